#include "engine/extract/query_token.h"

#include <cstddef>

#include "engine/base/percent_escape.h"

namespace tollgate {
namespace {

constexpr std::string_view kName = "access_token";

// Takes the first character off `text`, or what an escape stands for.
char TakeUnescaped(std::string_view& text) {
  const int byte = EscapedByte(text, 0);
  const char c = byte < 0 ? text.front() : static_cast<char>(byte);
  text.remove_prefix(byte < 0 ? 1 : 3);
  return c;
}

// Whether `parameter` is the name, with a value or without.
bool IsToken(std::string_view parameter) {
  parameter = parameter.substr(0, parameter.find('='));
  for (const char c : kName) {
    if (parameter.empty() || TakeUnescaped(parameter) != c) return false;
  }
  return parameter.empty();
}

}  // namespace

bool HasQueryToken(std::string_view target) {
  size_t at = target.find('?');
  while (at != std::string_view::npos) {
    // A shorter rest has no room for the name.
    if (target.size() - at <= kName.size()) return false;
    const std::string_view rest = target.substr(at + 1);
    if ((rest.front() == kName.front() || rest.front() == '%') &&
        IsToken(rest.substr(0, rest.find('&')))) {
      return true;
    }
    at = target.find('&', at + 1);
  }
  return false;
}

}  // namespace tollgate
