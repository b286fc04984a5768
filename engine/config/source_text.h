// Checks on the bytes of a configuration before any parser sees them, and the
// words in which errors speak of a place in it.
//
// Thread-safety: pure functions. Cost: control path.

#ifndef TOLLGATE_ENGINE_CONFIG_SOURCE_TEXT_H_
#define TOLLGATE_ENGINE_CONFIG_SOURCE_TEXT_H_

#include <compare>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace tollgate {

// A place in a text, counted from 1; columns count bytes. Zero is nowhere.
struct SourcePosition {
  int line = 0;
  int column = 0;
  friend constexpr auto operator<=>(SourcePosition, SourcePosition) = default;
};

// Returns "file:line:column".
std::string FormatPosition(std::string_view file, SourcePosition position);

// Returns InvalidArgument "file:line:column: message".
absl::Status ErrorAt(std::string_view file, SourcePosition position,
                     std::string_view message);

// Returns `text` fit for one line of an error message: control bytes and what
// is not ASCII escaped, at most 64 bytes of it.
std::string Excerpt(std::string_view text);

// Returns OK if `text` is valid UTF-8 (RFC 3629) within kConfigBytesMax that
// has no control characters besides tab, line feed and carriage return; else
// an error at the first byte that is not. NUL, and U+0004 which one parser
// takes for the end of the text, are thus never seen behind this check.
absl::Status CheckSourceText(std::string_view text, std::string_view file);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CONFIG_SOURCE_TEXT_H_
