// The characters of request lines: classes of bytes and escapes, as RFC 3986
// and RFC 9110 define them. For path.h and endpoint_pattern.h.
//
// Thread-safety: pure functions. Cost: table look-ups; no allocation.

#ifndef TOLLGATE_ENGINE_POLICY_URI_TEXT_H_
#define TOLLGATE_ENGINE_POLICY_URI_TEXT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tollgate {

// Classes of a byte; a byte may be of several.
enum UriClass : uint8_t {
  // ALPHA, DIGIT, '-', '.', '_', '~': an escape of one means the same as it.
  kUriUnreserved = 1 << 0,
  // sub-delims but for ';', and ':' and '@': allowed in a path as themselves
  // and escaped, which RFC 3986 holds apart and many servers do not.
  kUriReserved = 1 << 1,
  // What a method consists of: tchar of RFC 9110 section 5.6.2.
  kHttpToken = 1 << 2,
};

constexpr uint8_t ClassifyUriByte(uint8_t byte) {
  constexpr std::string_view kUnreservedMarks = "-._~";
  constexpr std::string_view kReserved = "!$&'()*+,=:@";
  constexpr std::string_view kTokenMarks = "!#$%&'*+-.^_`|~";
  const char c = static_cast<char>(byte);
  const bool alphanumeric = (byte >= '0' && byte <= '9') ||
                            (byte >= 'A' && byte <= 'Z') ||
                            (byte >= 'a' && byte <= 'z');
  const auto in = [c](std::string_view set) {
    return set.find(c) != std::string_view::npos;
  };
  return (alphanumeric || in(kUnreservedMarks) ? kUriUnreserved : 0) |
         (in(kReserved) ? kUriReserved : 0) |
         (alphanumeric || in(kTokenMarks) ? kHttpToken : 0);
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

// Returns 0 to 15, or -1.
constexpr int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// Returns the byte that the escape at `text[at]` stands for, or -1 when there
// is none.
constexpr int EscapedByte(std::string_view text, size_t at) {
  if (text.size() - at < 3 || text[at] != '%') return -1;
  const int high = HexDigit(text[at + 1]);
  const int low = HexDigit(text[at + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
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
