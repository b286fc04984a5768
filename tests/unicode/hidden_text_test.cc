#include "engine/unicode/hidden_text.h"

#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace tollgate {
namespace {

// UTF-8 of a code point.
std::string Utf8(char32_t code) {
  std::string text;
  const auto tail = [&](int shift) {
    text += static_cast<char>(0x80 | (code >> shift & 0x3f));
  };
  if (code < 0x80) {
    text += static_cast<char>(code);
  } else if (code < 0x800) {
    text += static_cast<char>(0xc0 | code >> 6);
    tail(0);
  } else if (code < 0x10000) {
    text += static_cast<char>(0xe0 | code >> 12);
    tail(6);
    tail(0);
  } else {
    text += static_cast<char>(0xf0 | code >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
  return text;
}

bool IsHidden(std::string_view text, TextLines lines = TextLines::kSeveral) {
  return HasHiddenText(text, lines, {});
}

TEST(HiddenTextTest, PlainTextIsSeen) {
  EXPECT_FALSE(IsHidden(""));
  EXPECT_FALSE(IsHidden("Tells the weather, ~ and all."));
  EXPECT_FALSE(IsHidden("two\nlines\r\n\tand a tab"));
  EXPECT_FALSE(IsHidden("K\xc3\xb6ln \xe4\xb8\xad\xe6\x96\x87 \xd7\xa9"));
  // A sign of its own, though a format character: ARABIC NUMBER SIGN.
  EXPECT_FALSE(IsHidden(Utf8(0x600)));
}

class HiddenCharacterTest : public testing::TestWithParam<char32_t> {};

// At each place of a word of eight bytes, and wherever the text ends.
TEST_P(HiddenCharacterTest, IsFoundWhereverItStands) {
  const std::string hidden = Utf8(GetParam());
  for (size_t before = 0; before < 18; ++before) {
    for (const size_t after : {0, 1, 9}) {
      const std::string text =
          std::string(before, 'x') + hidden + std::string(after, 'y');
      EXPECT_TRUE(IsHidden(text)) << before << " " << after;
      EXPECT_FALSE(HasHiddenText(text, TextLines::kSeveral, {GetParam()}));
    }
  }
  EXPECT_NE(WithHiddenShown("a" + hidden + "b").find("<U+"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    All, HiddenCharacterTest,
    testing::Values(0x00, 0x01, 0x08, 0x0b, 0x0c, 0x1b, 0x1f, 0x7f, 0x80, 0x85,
                    0x9b, 0xad, 0x34f, 0x61c, 0x115f, 0x17b4, 0x180e, 0x200b,
                    0x200c, 0x200d, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a,
                    0x202e, 0x2060, 0x2062, 0x2066, 0x2069, 0x206f, 0x2800,
                    0x3164, 0xfe00, 0xfe0f, 0xfeff, 0xffa0, 0xfff9, 0x16fe4,
                    0xfdd0, 0xfdef, 0xfffe, 0xffff, 0x1fffe, 0x10ffff, 0x1d159,
                    0x1d173, 0xe0001, 0xe0041, 0xe007f, 0xe0100, 0xe01ef));

TEST(HiddenTextTest, SpaceOfAnyKindStandsAtAnEdge) {
  for (const std::string space : {" ", "\u00a0", "\u1680", "\u2000", "\u2003",
                                  "\u200a", "\u202f", "\u205f", "\u3000"}) {
    EXPECT_TRUE(HasEdgeSpace(space)) << space;
    EXPECT_TRUE(HasEdgeSpace(space + "a")) << space;
    EXPECT_TRUE(HasEdgeSpace("a" + space)) << space;
    EXPECT_FALSE(HasEdgeSpace("a" + space + "b")) << space;
  }
  EXPECT_FALSE(HasEdgeSpace(""));
  EXPECT_FALSE(HasEdgeSpace("a"));
}

TEST(HiddenTextTest, NamesHaveOneLine) {
  for (const std::string_view name : {"a\nb", "a\tb", "a\rb"}) {
    EXPECT_TRUE(IsHidden(name, TextLines::kOne));
    EXPECT_FALSE(IsHidden(name, TextLines::kSeveral));
  }
}

// One selector behind an emoji, and joiners between two, are part of a picture;
// more of them are a message.
TEST(HiddenTextTest, PicturesMayBeMadeOfSeveral) {
  const std::string sun = Utf8(0x2600);
  const std::string woman = Utf8(0x1f469);
  const std::string laptop = Utf8(0x1f4bb);
  const std::string selector = Utf8(0xfe0f);
  const std::string joiner = Utf8(0x200d);
  EXPECT_FALSE(IsHidden("sunny " + sun + selector + " day"));
  for (size_t before = 0; before < 18; ++before) {
    EXPECT_FALSE(IsHidden(std::string(before, 'x') + "1" + selector +
                          Utf8(0x20e3) + "and more"))
        << before;
    EXPECT_TRUE(IsHidden(std::string(before, '1') + "x" + selector));
  }
  EXPECT_FALSE(IsHidden(woman + joiner + laptop));
  EXPECT_FALSE(IsHidden(woman + Utf8(0x1f3fd) + joiner + laptop));
  EXPECT_FALSE(IsHidden(Utf8(0x2764) + selector + joiner + Utf8(0x1f525)));
  EXPECT_TRUE(IsHidden(sun + selector + selector));
  EXPECT_TRUE(IsHidden(selector + sun));
  EXPECT_TRUE(IsHidden("x" + selector));
  EXPECT_TRUE(IsHidden(sun + Utf8(0xfe00)));
  EXPECT_TRUE(IsHidden(woman + joiner));
  EXPECT_TRUE(IsHidden(woman + joiner + joiner + laptop));
  EXPECT_TRUE(IsHidden(woman + joiner + "x"));
  EXPECT_TRUE(IsHidden("x" + joiner + laptop));
  // England's flag is made of tags.
  EXPECT_TRUE(IsHidden(Utf8(0x1f3f4) + Utf8(0xe0067) + Utf8(0xe007f)));
}

// At each place of a text of several vectors and a rest, each byte.
TEST(HiddenTextTest, EveryByteIsLookedAt) {
  for (const size_t size : {1, 31, 32, 33, 70}) {
    std::string text(size, '~');
    EXPECT_FALSE(HasHiddenText(text, TextLines::kOne, {})) << size;
    for (char& c : text) {
      for (int byte = 0; byte < 256; ++byte) {
        c = static_cast<char>(byte);
        const bool plain = byte >= 0x20 && byte < 0x7f;
        ASSERT_EQ(HasHiddenText(text, TextLines::kOne, {}), !plain)
            << byte << " of " << size;
      }
      c = ' ';
    }
  }
}

TEST(HiddenTextTest, EscapesOfJsonAreSeenOrNot) {
  EXPECT_TRUE(HasOnlySeenEscapes(R"({"a":"one\ntwo\tthree\r","b\"":"\\"})"));
  EXPECT_TRUE(HasOnlySeenEscapes(R"({"a":["\n","b",{"c":"\n:"}]})"));
  EXPECT_TRUE(HasOnlySeenEscapes(R"({"a\\":"n"})"));
  EXPECT_FALSE(HasOnlySeenEscapes(R"({"a\n":1})"));
  EXPECT_FALSE(HasOnlySeenEscapes(R"({"a":"\n","b\tc":1})"));
  EXPECT_FALSE(HasOnlySeenEscapes(R"({"\"\\\r":1})"));
  EXPECT_FALSE(HasOnlySeenEscapes(R"({"a":"\b"})"));
  EXPECT_FALSE(HasOnlySeenEscapes(R"({"a":"\f"})"));
  EXPECT_FALSE(HasOnlySeenEscapes(R"({"a":"\u001b"})"));
  EXPECT_FALSE(HasOnlySeenEscapes(R"({"a":"\u200b"})"));
  EXPECT_FALSE(HasOnlySeenEscapes("\\"));
}

TEST(HiddenTextTest, IsWrittenOut) {
  EXPECT_EQ(WithHiddenShown("a" + Utf8(0x200b) + "b" + Utf8(0xe0041)),
            "a<U+200B>b<U+E0041>");
  EXPECT_EQ(WithHiddenShown("K\xc3\xb6ln\n"), "K\xc3\xb6ln<U+000A>");
  EXPECT_EQ(WithHiddenShown("\xff"), "<U+FFFD>");
  EXPECT_EQ(WithHiddenShown(""), "");
}

}  // namespace
}  // namespace tollgate
