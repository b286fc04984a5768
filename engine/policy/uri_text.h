// The characters of request lines: classes of bytes, as RFC 3986 and RFC 9110
// define them, and escapes of them. For path.h and endpoint_pattern.h.
//
// Thread-safety: pure functions. Cost: table look-ups; no allocation.

#ifndef TOLLGATE_ENGINE_POLICY_URI_TEXT_H_
#define TOLLGATE_ENGINE_POLICY_URI_TEXT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/base/percent_escape.h"

namespace tollgate {

// Classes of a byte; a byte may be of several.
enum UriClass : uint8_t {
  // IsUnreserved: an escape of one means the same as it.
  kUriUnreserved = 1 << 0,
  // sub-delims but for ';', and ':' and '@': allowed in a path as themselves
  // and escaped, which RFC 3986 holds apart and many servers do not.
  kUriReserved = 1 << 1,
  // What a method consists of: tchar of RFC 9110 section 5.6.2.
  kHttpToken = 1 << 2,
};

constexpr uint8_t ClassifyUriByte(uint8_t byte) {
  constexpr std::string_view kReserved = "!$&'()*+,=:@";
  constexpr std::string_view kTokenMarks = "!#$%&'*+^`|";
  const char c = static_cast<char>(byte);
  const bool unreserved = IsUnreserved(c);
  const auto in = [c](std::string_view set) {
    return set.find(c) != std::string_view::npos;
  };
  // A token may have any of the unreserved, and more.
  return (unreserved ? kUriUnreserved : 0) |
         (in(kReserved) ? kUriReserved : 0) |
         (unreserved || in(kTokenMarks) ? kHttpToken : 0);
}

inline constexpr std::array<uint8_t, 256> kUriClasses = [] {
  std::array<uint8_t, 256> classes = {};
  for (size_t i = 0; i < classes.size(); ++i) {
    classes[i] = ClassifyUriByte(static_cast<uint8_t>(i));
  }
  return classes;
}();

// Returns whether `c` is of one of the `classes`.
constexpr bool IsUriClass(char c, uint8_t classes) {
  return (kUriClasses[static_cast<uint8_t>(c)] & classes) != 0;
}

// Returns whether `c` may stand in a segment as itself: pchar but for ';'.
constexpr bool IsSegmentByte(char c) {
  return IsUriClass(c, kUriUnreserved | kUriReserved);
}

// Returns whether `method` is a method (RFC 9110 section 9.1): a token of at
// most limits::kMethodBytesMax bytes. Methods are case-sensitive.
[[nodiscard]] bool IsMethodToken(std::string_view method);

// Returns whether `segment` has an escape of a reserved character, which may
// also stand there as itself: "a%3Ab". REQUIRES: a canonical segment.
[[nodiscard]] bool HasReservedEscape(std::string_view segment);

// Returns whether two segments are equal when escapes of reserved characters
// count as those characters: "a%3Ab" equals "a:b". REQUIRES: canonical ones.
[[nodiscard]] bool EqualUnescaped(std::string_view a, std::string_view b);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_POLICY_URI_TEXT_H_
