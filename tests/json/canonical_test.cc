// RFC 8785: one document, one text.

#include "engine/json/canonical.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "engine/json/reader.h"
#include "engine/json/shortest_decimal.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

std::string Canonical(std::string_view text) {
  JsonReader reader({.big_integers = true});
  const auto document = reader.Parse(text);
  if (!document.ok()) return std::string(document.status().message());
  std::string out;
  AppendCanonical(*document, out);
  return out;
}

std::string Number(double value) {
  std::string out;
  AppendCanonicalNumber(value, out);
  return out;
}

TEST(CanonicalTest, WhiteSpaceGoesAndMembersAreSorted) {
  EXPECT_EQ(Canonical(" { \"b\" : [ 1 , { } , [ ] ] , \"a\" : null } "),
            R"({"a":null,"b":[1,{},[]]})");
  EXPECT_EQ(Canonical("true"), "true");
  EXPECT_EQ(Canonical(R"({"a":false,"":"","aa":1})"),
            R"({"":"","a":false,"aa":1})");
}

// Section 3.2.3, its own example: by UTF-16 code units, so that a surrogate
// comes before U+FB33.
TEST(CanonicalTest, NamesAreInTheOrderOfUtf16) {
  EXPECT_EQ(Canonical("{\"\\u20ac\":1,\"\\r\":2,\"\\ufb33\":3,\"1\":4,"
                      "\"\\ud83d\\ude00\":5,\"\\u0080\":6,\"\\u00f6\":7}"),
            "{\"\\r\":2,\"1\":4,\"\xc2\x80\":6,\"\xc3\xb6\":7,"
            "\"\xe2\x82\xac\":1,\"\xf0\x9f\x98\x80\":5,\"\xef\xac\xb3\":3}");
  EXPECT_TRUE(BeforeInUtf16("a", "aa"));
  EXPECT_FALSE(BeforeInUtf16("aa", "a"));
  EXPECT_FALSE(BeforeInUtf16("a", "a"));
  EXPECT_TRUE(BeforeInUtf16("\xf4\x8f\xbf\xbf", "\xee\x80\x80"));
  EXPECT_FALSE(BeforeInUtf16("\xee\x80\x80", "\xf0\x90\x80\x80"));
  EXPECT_TRUE(BeforeInUtf16("\xed\x9f\xbf", "\xf0\x90\x80\x80"));
  EXPECT_TRUE(BeforeInUtf16("\xee\x80\x80", "\xef\xbf\xbf"));
  EXPECT_TRUE(BeforeInUtf16("\xf0\x90\x80\x80", "\xf0\x90\x80\x81"));
}

TEST(CanonicalTest, ManyMembersAreSortedToo) {
  std::string text = "{";
  std::string sorted = "{";
  for (char c = 'z'; c >= 'a'; --c) {
    text += std::string("\"") + c + "\":0,\"" + c + c + "\":0,";
  }
  for (char c = 'a'; c <= 'z'; ++c) {
    sorted += std::string("\"") + c + "\":0,\"" + c + c + "\":0,";
  }
  text.back() = sorted.back() = '}';
  EXPECT_EQ(Canonical(text), sorted);
}

// Section 3.2.2.2.
TEST(CanonicalTest, OnlyWhatMustBeEscapedIs) {
  EXPECT_EQ(Canonical(R"("\u0008\u0009\u000a\u000c\u000d\u000b\u001f")"),
            R"("\b\t\n\f\r\u000b\u001f")");
  EXPECT_EQ(Canonical(R"("\"\\\/\u0022\u005c\u002f")"), R"("\"\\/\"\\/")");
  EXPECT_EQ(Canonical(R"("\u007f\u00e9\u2028\ud83d\ude00")"),
            "\"\x7f\xc3\xa9\xe2\x80\xa8\xf0\x9f\x98\x80\"");
}

// Every byte of ASCII and one character beyond, at every place of texts that
// are copied in words and vectors.
TEST(CanonicalTest, WhatMustBeEscapedIsAtEveryPlace) {
  constexpr std::string_view kShort[] = {"\\b", "\\t", "\\n", "\\f", "\\r"};
  constexpr std::string_view kShortOf = "\b\t\n\f\r";
  std::vector<std::pair<std::string, std::string>> pairs = {
      {"\xc3\xa9", "\xc3\xa9"}, {"\"", "\\\""}, {"\\", "\\\\"}};
  for (int c = 0; c < 0x80; ++c) {
    const std::string raw(1, static_cast<char>(c));
    const size_t named = kShortOf.find(raw);
    if (raw == "\"" || raw == "\\") continue;
    pairs.emplace_back(raw, named < kShortOf.size() ? std::string(kShort[named])
                            : c < 0x20 ? absl::StrFormat("\\u%04x", c)
                                       : raw);
  }
  for (const size_t size : {1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 34, 50}) {
    for (size_t i = 0; i < size; ++i) {
      for (const auto& [raw, written] : pairs) {
        std::string text(size, 'x');
        text.replace(i, 1, raw);
        std::string expected(size, 'x');
        expected.replace(i, 1, written);
        std::string out;
        AppendCanonicalString(text, out);
        EXPECT_EQ(out, "\"" + expected + "\"");
      }
    }
  }
}

// Appendix B.
TEST(CanonicalTest, NumbersAreThoseOfEcmaScript) {
  EXPECT_EQ(Number(0.0), "0");
  EXPECT_EQ(Number(-0.0), "0");
  EXPECT_EQ(Number(std::numeric_limits<double>::denorm_min()), "5e-324");
  EXPECT_EQ(Number(-std::numeric_limits<double>::denorm_min()), "-5e-324");
  EXPECT_EQ(Number(std::numeric_limits<double>::max()),
            "1.7976931348623157e+308");
  EXPECT_EQ(Number(9007199254740992.0), "9007199254740992");
  EXPECT_EQ(Number(295147905179352830000.0), "295147905179352830000");
  EXPECT_EQ(Number(9.999999999999997e22), "9.999999999999997e+22");
  EXPECT_EQ(Number(1e23), "1e+23");
  EXPECT_EQ(Number(1.0000000000000001e23), "1.0000000000000001e+23");
  EXPECT_EQ(Number(999999999999999700000.0), "999999999999999700000");
  EXPECT_EQ(Number(1e21), "1e+21");
  EXPECT_EQ(Number(1e20), "100000000000000000000");
  EXPECT_EQ(Number(9.999999999999997e-7), "9.999999999999997e-7");
  EXPECT_EQ(Number(0.000001), "0.000001");
  EXPECT_EQ(Number(333333333.3333332), "333333333.3333332");
  EXPECT_EQ(Number(-0.0000033333333333333333), "-0.0000033333333333333333");
  EXPECT_EQ(Number(1424953923781206.2), "1424953923781206.2");
  EXPECT_EQ(Canonical("[1.0,1E2,-0,-0.0,0e5,4.50,2e-3,1E30]"),
            "[1,100,0,0,0,4.5,0.002,1e+30]");
}

// What has few digits is written another way; both ways agree, and with the
// neighbours of such numbers, which have many.
TEST(CanonicalTest, FewDigitsAreTheShortest) {
  const auto shortest = [](double value) {
    char text[32];
    const auto end = std::to_chars(text, text + sizeof(text), value,
                                   std::chars_format::scientific);
    return std::string(text, end.ptr);
  };
  std::mt19937_64 random(1);
  for (int i = 0; i < 200'000; ++i) {
    const auto digits = static_cast<int>(random() % 17 + 1);
    const double whole =
        std::floor(static_cast<double>(random() % (uint64_t{1} << 53)) /
                   std::pow(10.0, 17 - digits));
    const double value = whole / std::pow(10.0, static_cast<int>(random() % 9));
    for (const double near :
         {value, std::nextafter(value, 0), std::nextafter(value, 1e300)}) {
      if (near == 0) continue;
      const ShortestDecimal decimal(near);
      std::string text(decimal.digits().substr(0, 1));
      if (decimal.digits().size() > 1) {
        text += absl::StrCat(".", decimal.digits().substr(1));
      }
      const int exponent = decimal.point() - 1;
      absl::StrAppendFormat(&text, "e%c%02d", exponent < 0 ? '-' : '+',
                            std::abs(exponent));
      ASSERT_EQ(text, shortest(near));
    }
  }
}

// Whole numbers become doubles: exact up to 2^53, rounded to even above.
TEST(CanonicalTest, WholeNumbersAreDoubles) {
  EXPECT_EQ(Canonical("[9007199254740991,-9007199254740992]"),
            "[9007199254740991,-9007199254740992]");
  EXPECT_EQ(Canonical("[9007199254740993,9007199254740995]"),
            "[9007199254740992,9007199254740996]");
  EXPECT_EQ(Canonical("[9223372036854775807,-9223372036854775808]"),
            "[9223372036854776000,-9223372036854776000]");
  EXPECT_EQ(Canonical("18446744073709551615"), "18446744073709552000");
  EXPECT_EQ(Canonical("18446744073709551616"), "18446744073709552000");
  EXPECT_EQ(Canonical("-100000000000000000000"), "-100000000000000000000");
  EXPECT_EQ(Canonical("{\"123456789012345678901\":[1e2,"
                      "1234567890123456789012345,\"\\\"1234567890123456789012"
                      "\"]}"),
            "{\"123456789012345678901\":[100,1.2345678901234568e+24,"
            "\"\\\"1234567890123456789012\"]}");
}

TEST(CanonicalTest, WhatIsNotInAnyDoubleIsRefused) {
  const std::string beyond(400, '9');
  for (const std::string& text :
       {std::string("1e400"), std::string("-1e309"), beyond, "[" + beyond + "]",
        beyond + "x", beyond + ".", beyond + "e", "0" + beyond}) {
    EXPECT_NE(Canonical(text).find("not JSON"), std::string::npos) << text;
  }
}

// Brackets in a row have room, however many there are.
TEST(CanonicalTest, DeepDocumentsAreWritten) {
  for (size_t depth = 1; depth < 64; ++depth) {
    const std::string lists = std::string(depth, '[') + std::string(depth, ']');
    EXPECT_EQ(Canonical(lists), lists);
    std::string objects;
    for (size_t i = 0; i < depth; ++i) objects += "{\"\":";
    objects += "1" + std::string(depth, '}');
    EXPECT_EQ(Canonical(objects), objects);
  }
}

TEST(CanonicalTest, CanonicalTextIsItsOwnForm) {
  for (const std::string_view text :
       {R"({"z":[1e21,1e-7,"\u0001\u00e9"],"a":{"b":[true,null]}})",
        "[295147905179352830000,-295147905179352830000,1e300]",
        R"("\ud83d\ude00")"}) {
    const std::string once = Canonical(text);
    EXPECT_EQ(Canonical(once), once);
  }
}

}  // namespace
}  // namespace tollgate
