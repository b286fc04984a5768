#include "engine/json/shortest_decimal.h"

#include <charconv>
#include <cmath>

namespace tollgate {

// Reads the digits out of "d.ddde[+-]dd", the standard library's notation.
ShortestDecimal::ShortestDecimal(double value) {
  char text[32];
  const auto written =
      std::to_chars(text, text + sizeof(text), std::fabs(value),
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
