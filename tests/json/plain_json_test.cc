// Documents that are read in one pass, and those that simdjson reads, are read
// alike. The same document behind a number with an exponent, which is not
// plain, goes the other way; so each is read twice and compared.

#include <cstddef>
#include <random>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "engine/json/reader.h"
#include "engine/json/write_value.h"
#include "gtest/gtest.h"
#include "tests/support/sanitized.h"

namespace tollgate {
namespace {

using namespace std::literals;

constexpr size_t kDepthMax = 6;

// Reads documents both ways. "" stands for what is refused.
class BothReaders {
 public:
  std::string Plain(std::string_view text) {
    const auto value = plain_.Parse(text);
    return value.ok() ? Written(*value) : "";
  }

  std::string Library(std::string_view text) {
    const std::string behind = absl::StrCat("[1e0,", text, "]");
    const auto list = library_.Parse(behind);
    if (!list.ok()) return "";
    const JsonArray items = *list->Array();
    if (items.size() != 2) return "";  // the text was a list's inside
    return Written(*++items.begin());
  }

 private:
  // JsonText writes 1 and 1.0 alike only if they are of one kind.
  static std::string Written(const JsonValue& value) {
    return absl::StrCat(JsonText(value), " ", static_cast<int>(value.kind()));
  }

  JsonReader plain_{{.depth_max = kDepthMax}};
  JsonReader library_{{.depth_max = kDepthMax + 1}};
};

constexpr std::string_view kDocuments[] = {
    R"({"iss":"https://a","aud":["x","y"],"exp":1700000000,"n":-12,"b":true})",
    R"( { "a" : [ ] , "b" : { } , "c" : [ 1 , -2 , { "d" : null } ] } )",
    "\t[\r\n1,\n2\t]\r",
    R"("a text that is longer than one vector of thirty-two bytes, or two")",
    R"({"text":"thirty-two bytes are up to here.","a":"thirty-one to here...."})",
    R"("\"\\\/\b\f\n\r\t\u0041\u00e9\u20ac\ud83d\ude00\u0000 and on")",
    R"({"\u0061":1,"b\n":"\n","c":"x\\","d":"\\\\\""})",
    "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 and a text behind, up to here\"",
    "[[[[[0]]]]]",
    "[[[[[[]]]]]]",
    "true",
    " false ",
    "null",
    "0",
    "-1",
    "999999999999999999",
    "1000000000000000000",
    "-9223372036854775808",
    "18446744073709551615",
    "1.5e3",
    "0.5",
    "-0.5",
    "[-0.0, 0.0, 0.1, 0.2, 0.3, 1.0, 100.25, 3.14159265358979]",
    "[9007199254740.992, 9007199254740.993, 900719925474099.3]",
    "[0.000000000000000001, 0.0000000000000000001, 123456789012345678.9]",
    "[12345678.12345678, 1234567.123456789, 0.12345678901234567]",
    "[1.00000000000000000, 999999999999999999.0, 4.35, 0.3e1, 1.5E-3]",
    "\"\"",
    "[]",
    "{}",
};

constexpr std::string_view kBroken[] = {
    "",
    " ",
    "{",
    "[",
    "\"",
    "\"\\",
    "\"\\u",
    "\"\\u00",
    "\"\\u004",
    R"("\u004g")",
    R"("\ud83d")",
    R"("\ud83d\u0041")",
    R"("\ude00")",
    R"("\ud83d\ud83d")",
    R"("\x41")",
    R"("\'")",
    "\"\n\"",
    "\"\x1f\"",
    "\"a\0b\""sv,
    "1\0"sv,
    "\0"sv,
    "\"\xc3\"",
    "\"\xed\xa0\x80\"",
    "\"\xc0\xaf\"",
    "\"\xf4\x90\x80\x80\"",
    "\"\x80\"",
    "\xef\xbb\xbf{}",
    "\xc2\xa0{}",
    R"({"a":1,"a":2})",
    R"({"a":1,"\u0061":2})",
    R"({"a":1,})",
    R"({,})",
    R"({"a"})",
    R"({"a":})",
    R"({"a" 1})",
    R"({"a":1 "b":2})",
    R"({"a":1]})",
    R"({1:2})",
    R"({a:2})",
    "[1,]",
    "[,1]",
    "[1 2]",
    "[1}",
    "[\"a\"\"b\"]",
    "01",
    "-",
    "-01",
    "+1",
    "1a",
    "1 a",
    "1-",
    "--1",
    "0x10",
    "1.",
    "1. ",
    "[1.]",
    "1.e5",
    "-.5",
    "-0.",
    "00.5",
    "01.5",
    "1.5.5",
    "1.5-",
    "1.5f",
    ".5",
    "1e",
    "tru",
    "truefalse",
    "true1",
    "nul",
    "nulll",
    "True",
    "NaN",
    "{}{}",
    "[] []",
    "{} x",
    "'a'",
    "/**/1",
    "[[[[[[0]]]]]]",
    R"([[[[[{"a":1}]]]]])",
    "1\f",
    "\v1",
};

TEST(PlainJsonTest, WhatIsGoodIsReadAsTheLibraryReadsIt) {
  BothReaders readers;
  for (const std::string_view text : kDocuments) {
    EXPECT_NE(readers.Plain(text), "") << text;
    EXPECT_EQ(readers.Plain(text), readers.Library(text)) << text;
  }
}

TEST(PlainJsonTest, FractionsAreTheDoublesThatAreNearest) {
  constexpr int kNumbers = 20'000;
  BothReaders readers;
  std::mt19937_64 random(2);
  for (int i = 0; i < kNumbers; ++i) {
    std::string text = std::to_string(random() >> (random() % 64));
    text.insert(1 + random() % text.size(), ".");
    if (text.back() == '.') text += '5';
    if (random() % 2 == 0) text.insert(0, "-");
    EXPECT_EQ(readers.Plain(text), readers.Library(text)) << text;
  }
}

TEST(PlainJsonTest, WhatIsBrokenIsRefused) {
  BothReaders readers;
  for (const std::string_view text : kBroken) {
    EXPECT_EQ(readers.Plain(text), "") << text;
    EXPECT_EQ(readers.Library(text), "") << text;
  }
}

TEST(PlainJsonTest, EveryPrefixIsReadAsTheLibraryReadsIt) {
  BothReaders readers;
  for (const std::string_view text : kDocuments) {
    for (size_t size = 0; size < text.size(); ++size) {
      const std::string_view prefix = text.substr(0, size);
      EXPECT_EQ(readers.Plain(prefix), readers.Library(prefix)) << prefix;
    }
  }
}

// A stop at every place of a vector, an escape before and behind it.
TEST(PlainJsonTest, EscapesAtEveryPlaceAreReadAsTheLibraryReadsThem) {
  BothReaders readers;
  for (size_t before = 0; before < 70; ++before) {
    for (const std::string_view escape : {"\\n", "\\u20ac", "\\ud83d\\ude00"}) {
      const std::string text =
          absl::StrCat("[\"", std::string(before, 'a'), escape,
                       std::string(70 - before, 'b'), escape, "\",\"c\"]");
      EXPECT_NE(readers.Plain(text), "");
      EXPECT_EQ(readers.Plain(text), readers.Library(text)) << text;
    }
  }
}

// Returns `text` with one byte changed, taken out, put in, or all behind it
// repeated.
std::string Mutated(std::string text, std::mt19937& random) {
  constexpr std::string_view kBytes =
      "\"\\{}[]:,0123456789-+.eEtrufalsn/b \t\r\n\0\x1f\x7f\x80\xbf\xc3\xe2\xff"sv;
  const size_t at = random() % text.size();
  const char byte = kBytes[random() % kBytes.size()];
  switch (random() % 4) {
    case 0:
      text[at] = byte;
      return text;
    case 1:
      return text.erase(at, 1);
    case 2:
      return text.insert(at, 1, byte);
    default:
      return text.append(text.substr(at));
  }
}

TEST(PlainJsonTest, MutationsAreReadAsTheLibraryReadsThem) {
  constexpr int kRounds = kSanitized ? 600 : 3000;
  constexpr int kMutations = 4;
  BothReaders readers;
  std::mt19937 random(1);
  int good = 0;
  for (const std::string_view seed : kDocuments) {
    for (int round = 0; round < kRounds; ++round) {
      std::string text(seed);
      for (int i = 0; i < kMutations && !text.empty(); ++i) {
        text = Mutated(std::move(text), random);
        const std::string plain = readers.Plain(text);
        ASSERT_EQ(plain, readers.Library(text)) << text;
        good += plain.empty() ? 0 : 1;
      }
    }
  }
  EXPECT_GT(good, kRounds);  // and not all of them were refused
}

}  // namespace
}  // namespace tollgate
