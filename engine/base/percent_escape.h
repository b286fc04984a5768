// Hexadecimal digits, and the escapes of RFC 3986 section 2.1 made of them.
//
// Thread-safety: pure functions. Ownership: views the text. Cost: some ns, no
// allocation. Errors: -1.

#ifndef TOLLGATE_ENGINE_BASE_PERCENT_ESCAPE_H_
#define TOLLGATE_ENGINE_BASE_PERCENT_ESCAPE_H_

#include <cstddef>
#include <string_view>

namespace tollgate {

// Returns 0 to 15, or -1.
constexpr int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Returns the byte that the escape at `text[at]` stands for, or -1 when there
// is none. REQUIRES: at <= text.size().
constexpr int EscapedByte(std::string_view text, size_t at) {
  if (text.size() - at < 3 || text[at] != '%') return -1;
  const int high = HexDigit(text[at + 1]);
  const int low = HexDigit(text[at + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

// Section 2.3: whether an escape of `c` means the same as it.
constexpr bool IsUnreserved(char c) {
  constexpr std::string_view kMarks = "-._~";
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
         (c >= 'a' && c <= 'z') || kMarks.find(c) != std::string_view::npos;
}

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_BASE_PERCENT_ESCAPE_H_
