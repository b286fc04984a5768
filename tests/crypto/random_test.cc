#include "engine/crypto/random.h"

#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/base62.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

TEST(RandomTest, FillsEveryByte) {
  // A byte that is never written stays 0 in all of 64 rounds.
  std::array<uint8_t, 37> seen = {};
  for (int round = 0; round < 64; ++round) {
    std::array<uint8_t, 37> bytes = {};
    FillRandom(absl::MakeSpan(bytes));
    for (size_t i = 0; i < bytes.size(); ++i) seen[i] |= bytes[i];
  }
  for (size_t i = 0; i < seen.size(); ++i) EXPECT_NE(seen[i], 0) << i;
}

TEST(RandomTest, Base62OfEverySizeIsBase62) {
  for (size_t size = 0; size < 200; ++size) {
    std::vector<char> text(size, '\0');
    FillRandomBase62(absl::MakeSpan(text));
    EXPECT_TRUE(IsBase62(text.data(), text.size()))
        << std::string_view(text.data(), size);
  }
}

// Bytes taken modulo 62 would give the first eight characters 21 % more than
// they are due; here 8 % would be noticed, and 8 % is eight standard
// deviations.
TEST(RandomTest, EachBase62CharacterIsEquallyLikely) {
  constexpr size_t kEach = 10'000;
  std::vector<char> text(62 * kEach);
  FillRandomBase62(absl::MakeSpan(text));
  std::array<size_t, 256> counts = {};
  for (char c : text) ++counts[static_cast<uint8_t>(c)];
  for (char c : kBase62Alphabet) {
    EXPECT_GT(counts[static_cast<uint8_t>(c)], kEach - 800) << c;
    EXPECT_LT(counts[static_cast<uint8_t>(c)], kEach + 800) << c;
  }
}

TEST(RandomTest, EverySeedIsAnother) {
  std::set<uint64_t> words;
  for (int i = 0; i < 100; ++i) {
    const HashSeed seed = RandomHashSeed();
    for (size_t j = 0; j < HashSeed::kWords; ++j) words.insert(seed.word(j));
  }
  EXPECT_EQ(words.size(), 100 * HashSeed::kWords);
}

}  // namespace
}  // namespace tollgate
