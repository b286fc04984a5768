#include "engine/policy/uri_text.h"

#include "engine/base/limits.h"

namespace tollgate {
namespace {

// Takes the next character off `text`; escapes of reserved ones are decoded.
char TakeUnescaped(std::string_view& text) {
  const int byte = EscapedByte(text, 0);
  const bool decode =
      byte >= 0 && IsUriClass(static_cast<char>(byte), kUriReserved);
  const char c = decode ? static_cast<char>(byte) : text.front();
  text.remove_prefix(decode ? 3 : 1);
  return c;
}

}  // namespace

bool IsMethodToken(std::string_view method) {
  if (method.empty() || method.size() > limits::kMethodBytesMax) return false;
  uint8_t common = kHttpToken;
  for (char c : method) common &= kUriClasses[static_cast<uint8_t>(c)];
  return common != 0;
}

bool HasReservedEscape(std::string_view segment) {
  for (size_t at = 0; at < segment.size(); ++at) {
    const int byte = EscapedByte(segment, at);
    if (byte >= 0 && IsUriClass(static_cast<char>(byte), kUriReserved)) {
      return true;
    }
  }
  return false;
}

bool EqualUnescaped(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    if (TakeUnescaped(a) != TakeUnescaped(b)) return false;
  }
  return a.empty() && b.empty();
}

}  // namespace tollgate
