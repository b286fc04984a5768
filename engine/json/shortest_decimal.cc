#include "engine/json/shortest_decimal.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <iterator>

namespace tollgate {

ShortestDecimal::ShortestDecimal(double value) {
  if (!TakeFewDigits(std::fabs(value))) TakeDigits(std::fabs(value));
}

// Numbers that people write: up to fifteen digits, few of them behind the
// point. Of those no two are the same double, and the quotient of two whole
// numbers below 2^53 is rounded as reading the decimal is; so one that gives
// the value back is the shortest that does.
bool ShortestDecimal::TakeFewDigits(double value) {
  constexpr double kEnd = 1e15;
  constexpr double kPowers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
  for (int places = 0; places < static_cast<int>(std::size(kPowers));
       ++places) {
    const double scaled = std::nearbyint(value * kPowers[places]);
    if (scaled >= kEnd) return false;
    if (scaled / kPowers[places] != value) continue;
    const char* const end = std::to_chars(digits_, digits_ + kDigitsMax,
                                          static_cast<int64_t>(scaled))
                                .ptr;
    size_ = static_cast<size_t>(end - digits_);
    point_ = static_cast<int>(size_) - places;
    while (size_ > 1 && digits_[size_ - 1] == '0') --size_;
    return true;
  }
  return false;
}

// Reads the digits out of "d.ddde[+-]dd", the standard library's notation.
void ShortestDecimal::TakeDigits(double value) {
  char text[32];
  const auto written = std::to_chars(text, text + sizeof(text), value,
                                     std::chars_format::scientific);
  const char* at = text;
  for (; at != written.ptr && *at != 'e'; ++at) {
    if (*at != '.' && size_ < kDigitsMax) digits_[size_++] = *at;
  }
  ++at;
  if (*at == '+') ++at;
  int exponent = 0;
  std::from_chars(at, written.ptr, exponent);
  point_ = exponent + 1;
}

}  // namespace tollgate
