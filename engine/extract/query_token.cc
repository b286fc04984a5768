#include "engine/extract/query_token.h"

#include <cstddef>

namespace tollgate {
namespace {

constexpr std::string_view kName = "access_token";

// Returns the value of a hexadecimal digit, or a negative one.
int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Takes the first character off `text`, or what an escape stands for.
char TakeUnescaped(std::string_view& text) {
  char c = text.front();
  size_t size = 1;
  if (c == '%' && text.size() >= 3) {
    const int high = HexDigit(text[1]), low = HexDigit(text[2]);
    if (high >= 0 && low >= 0) {
      c = static_cast<char>(high * 16 + low);
      size = 3;
    }
  }
  text.remove_prefix(size);
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
