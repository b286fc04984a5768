#include "engine/base/percent_escape.h"

#include <string_view>
#include <vector>

#include "gtest/gtest.h"

namespace tollgate {
namespace {

TEST(PercentEscapeTest, DigitsAreThoseOfHexadecimal) {
  constexpr std::string_view kLower = "0123456789abcdef";
  constexpr std::string_view kUpper = "0123456789ABCDEF";
  for (int i = 0; i < 256; ++i) {
    const char c = static_cast<char>(i);
    const size_t lower = kLower.find(c);
    const size_t value = lower != kLower.npos ? lower : kUpper.find(c);
    EXPECT_EQ(HexDigit(c), value == kUpper.npos ? -1 : static_cast<int>(value))
        << i;
  }
}

TEST(PercentEscapeTest, EveryByteHasItsEscapes) {
  constexpr std::string_view kDigits = "0123456789abcdefABCDEF";
  for (const char high : kDigits) {
    for (const char low : kDigits) {
      const char text[] = {'x', '%', high, low};
      EXPECT_EQ(EscapedByte({text, 4}, 1), HexDigit(high) * 16 + HexDigit(low));
      EXPECT_EQ(EscapedByte({text, 4}, 0), -1);
    }
  }
}

TEST(PercentEscapeTest, NothingIsReadBehindTheText) {
  for (const std::string_view text : {"%", "%4", "%41", "%g1", "%1g", "41%"}) {
    const std::vector<char> bytes(text.begin(), text.end());
    EXPECT_EQ(EscapedByte({bytes.data(), bytes.size()}, 0),
              text == "%41" ? 0x41 : -1)
        << text;
    EXPECT_EQ(EscapedByte({bytes.data(), bytes.size()}, bytes.size()), -1);
  }
}

TEST(PercentEscapeTest, WhatIsUnreserved) {
  constexpr std::string_view kUnreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  for (int i = 0; i < 256; ++i) {
    const char c = static_cast<char>(i);
    EXPECT_EQ(IsUnreserved(c), kUnreserved.find(c) != kUnreserved.npos) << i;
  }
}

}  // namespace
}  // namespace tollgate
