#include "engine/base/hash.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace tollgate {
namespace {

using Key12 = std::array<char, 12>;

// Keys that differ as consecutive base62 identifiers do.
Key12 KeyOf(uint32_t number) {
  Key12 key;
  key.fill('0');
  for (size_t i = key.size(); number > 0; number /= 10) {
    key[--i] = static_cast<char>('0' + number % 10);
  }
  return key;
}

// The largest of 256 buckets that `count` hashes fall into.
template <typename HashOf>
size_t LargestBucket(uint32_t count, int shift, HashOf hash_of) {
  std::vector<size_t> buckets(256);
  for (uint32_t i = 0; i < count; ++i) {
    ++buckets[(hash_of(i) >> shift) & 255];
  }
  return *std::max_element(buckets.begin(), buckets.end());
}

TEST(HashTest, TheSameSeedGivesTheSameHash) {
  const Key12 key = KeyOf(12345);
  EXPECT_EQ(KeyedHash12(key.data(), HashSeed(1, 2)),
            KeyedHash12(key.data(), HashSeed(1, 2)));
  EXPECT_EQ(KeyedHash("some text", HashSeed(1, 2)),
            KeyedHash("some text", HashSeed(1, 2)));
}

TEST(HashTest, OneBitOfTheKeyChangesTheHash) {
  const HashSeed seed(1, 2);
  std::array<char, 16> key = {'k', 'e', 'y'};
  const uint64_t hash12 = KeyedHash12(key.data(), seed);
  const uint64_t hash16 = KeyedHash16(key.data(), seed);
  const uint64_t hash = KeyedHash(key.data(), key.size(), seed);
  for (size_t bit = 0; bit < 8 * key.size(); ++bit) {
    key[bit / 8] = static_cast<char>(key[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_EQ(KeyedHash12(key.data(), seed) == hash12, bit >= 96) << bit;
    EXPECT_NE(KeyedHash16(key.data(), seed), hash16) << bit;
    EXPECT_NE(KeyedHash(key.data(), key.size(), seed), hash) << bit;
    key[bit / 8] = static_cast<char>(key[bit / 8] ^ (1 << (bit % 8)));
  }
}

// How many of 65,536 consecutive names share one of 8,192 sets at most.
template <typename Finish>
size_t LargestSet(const HashSeed& seed, Finish finish) {
  std::vector<size_t> sets(8192);
  for (uint32_t i = 0; i < 65536; ++i) {
    const uint64_t hash = KeyedHash("value" + std::to_string(i), seed);
    ++sets[finish(hash) % sets.size()];
  }
  return *std::max_element(sets.begin(), sets.end());
}

// Of 1,500 seeds these are the ones with which they pile up.
TEST(HashTest, ScatteredNamesDoNotPileUpUnderAnySeed) {
  for (const uint64_t word : {251, 510, 1431}) {
    const HashSeed seed(word, 2);
    EXPECT_GT(LargestSet(seed, [](uint64_t hash) { return hash; }), 31u);
    EXPECT_LT(LargestSet(seed, Scattered), 28u) << word;
  }
}

TEST(HashTest, ConsecutiveKeysFillBucketsEvenlyByLowAndByHighBits) {
  constexpr uint32_t kKeys = 256 * 400;
  for (int shift : {0, 8, 24, 48, 56}) {
    for (uint64_t word : {1, 2, 3}) {
      const HashSeed seed(word, word);
      // Random buckets of 400 exceed 520 once in a hundred million.
      EXPECT_LT(LargestBucket(kKeys, shift,
                              [&](uint32_t i) {
                                return KeyedHash12(KeyOf(i).data(), seed);
                              }),
                520u)
          << shift << " " << word;
      EXPECT_LT(LargestBucket(kKeys, shift,
                              [&](uint32_t i) {
                                return KeyedHash(KeyOf(i).data(), 12, seed);
                              }),
                520u)
          << shift << " " << word;
    }
  }
}

// Known failure "hash flooding": keys chosen to share a bucket under a seed
// that was guessed are spread by the real one.
TEST(HashTest, KeysAimedAtOneSeedSpreadUnderAnother) {
  const HashSeed guessed(1, 2);
  const HashSeed real(3, 4);
  std::set<uint64_t> buckets;
  size_t aimed = 0;
  for (uint32_t i = 0; i < 200'000; ++i) {
    const Key12 key = KeyOf(i);
    if (KeyedHash12(key.data(), guessed) % 256 != 0) continue;
    ++aimed;
    buckets.insert(KeyedHash12(key.data(), real) % 256);
  }
  EXPECT_GT(aimed, 500u);
  EXPECT_GT(buckets.size(), 200u);
}

TEST(HashTest, EveryPrefixAndEveryNumberOfZerosHasItsOwnHash) {
  const std::string text(100, 'a');
  const std::string zeros(100, '\0');
  std::set<uint64_t> hashes;
  for (size_t size = 0; size <= text.size(); ++size) {
    hashes.insert(KeyedHash(text.data(), size, HashSeed(1, 2)));
    if (size > 0) hashes.insert(KeyedHash(zeros.data(), size, HashSeed(1, 2)));
  }
  EXPECT_EQ(hashes.size(), 201u);
}

// The polynomial written down without any trick.
uint64_t ModelHash(const std::string& text, const HashSeed& seed) {
  constexpr uint64_t kPrime = (uint64_t{1} << 61) - 1;
  const uint64_t point = seed.word(6) & kPrime;
  internal::Uint128 value = 0;
  for (size_t at = 0; at < text.size(); at += 7) {
    uint64_t word = 0;
    for (size_t i = std::min<size_t>(7, text.size() - at); i > 0; --i) {
      word = word << 8 | static_cast<uint8_t>(text[at + i - 1]);
    }
    value = (value + word) * point % kPrime;
  }
  return static_cast<uint64_t>(value);
}

TEST(HashTest, LongKeysAreHashedAsAPolynomialModuloAPrime) {
  const HashSeed seed(1, 2);
  std::string text;
  for (int size = 0; size < 80; ++size) {
    // The same value up to a multiple of the prime gives one of two hashes.
    const uint64_t value = ModelHash(text, seed);
    const uint64_t prime = (uint64_t{1} << 61) - 1;
    const uint64_t hash = KeyedHash(text, seed);
    EXPECT_TRUE(hash == KeyedHashPair(value, text.size(), seed) ||
                hash == KeyedHashPair(value + prime, text.size(), seed))
        << size;
    text += static_cast<char>(size * 37 + 200);
  }
}

// Buffers of the exact size: reading beyond one is found by ASan.
TEST(HashTest, ReadsNothingBeyondTheKey) {
  for (size_t size = 0; size <= 40; ++size) {
    const std::vector<char> key(size, 'k');
    EXPECT_EQ(KeyedHash(key.data(), size, HashSeed(1, 2)),
              KeyedHash(std::string(size, 'k'), HashSeed(1, 2)))
        << size;
  }
}

TEST(HashTest, TheAddressOfTheKeyDoesNotMatter) {
  const std::string text = "an odd place";
  std::string padded = "x" + text;
  EXPECT_EQ(KeyedHash12(text.data(), HashSeed(1, 2)),
            KeyedHash12(padded.data() + 1, HashSeed(1, 2)));
  EXPECT_EQ(KeyedHash(text, HashSeed(1, 2)),
            KeyedHash(padded.data() + 1, text.size(), HashSeed(1, 2)));
}

}  // namespace
}  // namespace tollgate
