#include "engine/crypto/fingerprint.h"

#include <openssl/aes.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/limits.h"
#include "gtest/gtest.h"
#include "tests/crypto/unprintable.h"

namespace tollgate {
namespace {

static_assert(!Streamable<Fingerprinter> && !Formattable<Fingerprinter>);

using Key = std::vector<uint8_t>;

// Bytes that look random and are the same on every run.
Key KeyOf(uint64_t seed) {
  Key key(Fingerprinter::kKeyBytes);
  for (uint8_t& byte : key) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    byte = static_cast<uint8_t>(seed >> 56);
  }
  return key;
}

std::string TextOf(size_t size) {
  std::string text;
  for (size_t i = 0; i < size; ++i) {
    text += static_cast<char>(i * i * 31 + i * 7 + size);
  }
  return text;
}

// A number of any size, by digits of 16 bits, least first: slow and plain.
class Digits {
 public:
  static Digits Of(const uint8_t* bytes, size_t size) {
    Digits number;
    for (size_t i = 0; i < size; ++i) {
      number.Set(i / 2, number.At(i / 2) | bytes[i] << 8 * (i % 2));
    }
    return number;
  }
  static Digits Of(uint64_t value) {
    Digits number;
    for (size_t i = 0; i < 4; ++i) number.Set(i, value >> 16 * i & 0xffff);
    return number;
  }
  // Returns `count` digits from `first` on.
  Digits Slice(size_t first, size_t count) const {
    Digits slice;
    for (size_t i = 0; i < count; ++i) slice.Set(i, At(first + i));
    return slice;
  }
  Digits operator+(const Digits& other) const {
    Digits sum;
    uint64_t carry = 0;
    const size_t size = std::max(digits_.size(), other.digits_.size()) + 1;
    for (size_t i = 0; i < size; ++i) {
      carry += At(i) + other.At(i);
      sum.Set(i, carry & 0xffff);
      carry >>= 16;
    }
    return sum;
  }
  Digits operator*(const Digits& other) const {
    Digits product;
    for (size_t i = 0; i < digits_.size(); ++i) {
      Digits row;
      uint64_t carry = 0;
      for (size_t j = 0; j < other.digits_.size() + 1; ++j) {
        carry += At(i) * other.At(j);
        row.Set(i + j, carry & 0xffff);
        carry >>= 16;
      }
      product = product + row;
    }
    return product;
  }
  // As polynomials over GF(2).
  Digits Plus(const Digits& other) const {
    Digits sum;
    const size_t size = std::max(digits_.size(), other.digits_.size());
    for (size_t i = 0; i < size; ++i) sum.Set(i, At(i) ^ other.At(i));
    return sum;
  }
  Digits Times(const Digits& other) const {
    Digits product;
    for (size_t bit = 0; bit < 16 * digits_.size(); ++bit) {
      if ((At(bit / 16) >> bit % 16 & 1) == 0) continue;
      for (size_t to = bit; to < bit + 16 * other.digits_.size(); ++to) {
        const size_t from = to - bit;
        const uint64_t one = other.At(from / 16) >> from % 16 & 1;
        product.Set(to / 16, product.At(to / 16) ^ one << to % 16);
      }
    }
    return product;
  }
  uint64_t At(size_t i) const { return i < digits_.size() ? digits_[i] : 0; }

 private:
  void Set(size_t i, uint64_t digit) {
    if (digits_.size() <= i) digits_.resize(i + 1);
    digits_[i] = digit;
  }

  std::vector<uint64_t> digits_;
};

constexpr size_t kWord = 4;    // digits of 64 bits
constexpr size_t kDouble = 8;  // digits of 128 bits

// The sum over pairs of words of (m + k) (m' + k') as polynomials over GF(2), k
// from `at` bytes into the key on; words of 64 bits. The last block has its
// zeros first.
Digits ModelPh(std::string text, const Key& key, size_t at) {
  const size_t left = text.size() % 32;
  if (left != 0) text.insert(text.size() - left, 32 - left, '\0');
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  Digits sum;
  for (size_t i = 0; i < text.size(); i += 16) {
    Digits factors[2];
    for (size_t word = 0; word < 2; ++word) {
      const size_t offset = i + 8 * word;
      factors[word] = Digits::Of(bytes + offset, 8)
                          .Plus(Digits::Of(key.data() + at + offset, 8));
    }
    sum = sum.Plus(factors[0].Times(factors[1]));
  }
  return sum;
}

// The bytes that AES is to encrypt.
std::vector<uint8_t> ModelMix(const std::string& text, const Key& key) {
  const Digits passes[] = {ModelPh(text, key, 0), ModelPh(text, key, 16)};
  const Digits words[] = {
      passes[0].Slice(0, kWord), passes[0].Slice(kWord, kWord),
      passes[1].Slice(0, kWord), passes[1].Slice(kWord, kWord),
      Digits::Of(text.size())};
  std::vector<uint8_t> block;
  const uint8_t* mix_key = key.data() + Fingerprinter::kPhBytes;
  for (int half = 0; half < 2; ++half) {
    Digits sum = Digits::Of(mix_key, 16);
    mix_key += 16;
    for (const Digits& word : words) {
      sum = sum + Digits::Of(mix_key, 16) * word;
      mix_key += 16;
    }
    for (size_t i = kWord; i < kDouble; ++i) {
      block.push_back(static_cast<uint8_t>(sum.At(i)));
      block.push_back(static_cast<uint8_t>(sum.At(i) >> 8));
    }
  }
  return block;
}

// What AES encrypted into `fingerprint` under the last bytes of the key.
std::vector<uint8_t> Decrypt(const Fingerprint& fingerprint, const Key& key) {
  AES_KEY aes;
  AES_set_decrypt_key(key.data() + key.size() - 16, 128, &aes);
  uint8_t encrypted[16];
  std::memcpy(encrypted, &fingerprint, sizeof(encrypted));
  std::vector<uint8_t> block(16);
  AES_decrypt(encrypted, block.data(), &aes);
  return block;
}

TEST(FingerprintTest, AgreesWithTheDefinitionAtEverySize) {
  const Key key = KeyOf(1);
  const Fingerprinter wide(key);
  const Fingerprinter narrow(key, /*wide=*/false);
  std::vector<size_t> sizes;
  for (size_t size = 1; size <= 130; ++size) sizes.push_back(size);
  for (size_t size : {500u, 511u, 512u, 513u}) sizes.push_back(size);
  for (size_t less : {0, 1, 15, 16, 17, 31, 32, 33}) {
    sizes.push_back(limits::kTokenBytesMax - less);
  }
  for (size_t size : sizes) {
    const std::string text = TextOf(size);
    // A buffer of the exact size: ASan finds what reads beyond it.
    const std::vector<char> exact(text.begin(), text.end());
    const std::string_view view(exact.data(), exact.size());
    EXPECT_EQ(wide.Of(view), narrow.Of(view)) << size;
    EXPECT_EQ(Decrypt(narrow.Of(view), key), ModelMix(text, key)) << size;
  }
}

// FIPS 197, appendix C.1, with a mix that ignores the text.
TEST(FingerprintTest, EncryptsWithAes128) {
  Key key(Fingerprinter::kKeyBytes);
  uint8_t* mix_key = key.data() + Fingerprinter::kPhBytes;
  for (size_t i = 0; i < 8; ++i) {
    mix_key[8 + i] = static_cast<uint8_t>(0x11 * i);
    mix_key[96 + 8 + i] = static_cast<uint8_t>(0x11 * (8 + i));
  }
  for (uint8_t i = 0; i < 16; ++i) key[key.size() - 16 + i] = i;
  const Fingerprint got = Fingerprinter(key).Of("any text");
  const uint8_t expected[16] = {0x69, 0xc4, 0xe0, 0xd8, 0x6a, 0x7b, 0x04, 0x30,
                                0xd8, 0xcd, 0xb7, 0x80, 0x70, 0xb4, 0xc5, 0x5a};
  EXPECT_EQ(std::memcmp(&got, expected, sizeof(expected)), 0);
}

TEST(FingerprintTest, OneBitAnywhereChangesBothHalves) {
  const Fingerprinter fingerprinter(KeyOf(2));
  std::string text = TextOf(470);
  const Fingerprint before = fingerprinter.Of(text);
  for (size_t bit = 0; bit < 8 * text.size(); ++bit) {
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << bit % 8));
    const Fingerprint after = fingerprinter.Of(text);
    EXPECT_NE(after.low, before.low) << bit;
    EXPECT_NE(after.high, before.high) << bit;
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << bit % 8));
  }
}

TEST(FingerprintTest, EveryPrefixAndEveryNumberOfZerosHasItsOwn) {
  const Fingerprinter fingerprinter(KeyOf(3));
  const std::string text(300, 'a');
  const std::string zeros(300, '\0');
  std::set<std::pair<uint64_t, uint64_t>> seen;
  for (size_t size = 1; size <= text.size(); ++size) {
    for (const std::string& whole : {text, zeros}) {
      const Fingerprint of = fingerprinter.Of({whole.data(), size});
      EXPECT_TRUE(seen.emplace(of.low, of.high).second) << size;
    }
  }
}

TEST(FingerprintTest, WhatIsEmptyOrTooLongHasNone) {
  const Fingerprinter fingerprinter(KeyOf(4));
  EXPECT_FALSE(fingerprinter.Of(""));
  EXPECT_FALSE(fingerprinter.Of(std::string(limits::kTokenBytesMax + 1, 'a')));
  EXPECT_TRUE(fingerprinter.Of(std::string(limits::kTokenBytesMax, 'a')));
  EXPECT_FALSE(Fingerprint());
}

TEST(FingerprintTest, NoTwoFingerprintersAgree) {
  const Fingerprinter one, another;
  EXPECT_EQ(one.Of("credential"), one.Of("credential"));
  EXPECT_FALSE(one.Of("credential") == another.Of("credential"));
}

TEST(FingerprintDeathTest, KeyOfAnotherSizeEndsTheProcess) {
  const Key key(Fingerprinter::kKeyBytes - 1);
  EXPECT_DEATH(Fingerprinter{key}, "");
}

}  // namespace
}  // namespace tollgate
