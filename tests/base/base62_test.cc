#include "engine/base/base62.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

namespace tollgate {
namespace {

std::string_view Text(const Base62Uint32& encoded) {
  return {encoded.data(), encoded.size()};
}

TEST(Base62Test, NumbersHaveOneKnownSpelling) {
  const struct {
    uint32_t value;
    std::string_view text;
  } kCases[] = {
      {0, "000000"},         {1, "000001"},          {61, "00000z"},
      {62, "000010"},        {3843, "0000zz"},       {3844, "000100"},
      {35, "00000Z"},        {36, "00000a"},         {916132832, "100000"},
      {916132831, "0zzzzz"}, {0xffffffff, "4gfFC3"},
  };
  for (const auto& [value, text] : kCases) {
    EXPECT_EQ(Text(EncodeBase62(value)), text);
    EXPECT_EQ(Base62Value(text.data()), value) << text;
  }
}

TEST(Base62Test, DecodingUndoesEncoding) {
  for (uint64_t value = 0; value <= UINT32_MAX; value += 65'537 * 31) {
    const Base62Uint32 text = EncodeBase62(static_cast<uint32_t>(value));
    EXPECT_EQ(Base62Value(text.data()), value) << Text(text);
  }
}

TEST(Base62Test, EncodedNumbersSortAsNumbers) {
  EXPECT_LT(Text(EncodeBase62(9)), Text(EncodeBase62(10)));
  EXPECT_LT(Text(EncodeBase62(35)), Text(EncodeBase62(36)));
  EXPECT_LT(Text(EncodeBase62(61)), Text(EncodeBase62(62)));
}

// Not cut off: else two texts would write one number.
TEST(Base62Test, SixCharactersAlsoWriteNumbersBeyond32Bits) {
  EXPECT_EQ(Base62Value("4gfFC4"), uint64_t{1} << 32);
  EXPECT_EQ(Base62Value("500000"), uint64_t{5} * 62 * 62 * 62 * 62 * 62);
  EXPECT_EQ(Base62Value("zzzzzz"), uint64_t{62} * 62 * 62 * 62 * 62 * 62 - 1);
}

TEST(Base62Test, EveryDigitCountsAtEveryPlace) {
  for (size_t at = 0; at < kBase62Uint32Chars; ++at) {
    for (const char digit : kBase62Alphabet) {
      std::string text = "0A9zaZ";
      text[at] = digit;
      EXPECT_EQ(Base62Value(text.data()),
                internal::Base62ValuePortable(text.data()))
          << text;
    }
  }
}

// Every byte at every place of texts of every length up to 70, so that each
// load of the vector code sees each byte in each lane.
TEST(Base62Test, IsBase62KnowsEveryByteAtEveryPlace) {
  for (size_t size = 0; size <= 70; ++size) {
    std::string text(size, 'x');
    EXPECT_TRUE(IsBase62(text)) << size;
    for (size_t at = 0; at < size; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        text[at] = static_cast<char>(byte);
        const bool expected =
            kBase62Alphabet.find(text[at]) != std::string_view::npos;
        ASSERT_EQ(IsBase62(text), expected) << size << " " << at << " " << byte;
        ASSERT_EQ(internal::IsBase62Portable(text.data(), size), expected)
            << size << " " << at << " " << byte;
      }
      text[at] = 'x';
    }
  }
}

// A copy of exactly the right size: reading beyond it is found by ASan.
TEST(Base62Test, IsBase62ReadsNothingBeyondTheText) {
  for (size_t size = 1; size <= 70; ++size) {
    const std::vector<char> text(size, 'Q');
    EXPECT_TRUE(IsBase62(text.data(), text.size())) << size;
  }
}

}  // namespace
}  // namespace tollgate
