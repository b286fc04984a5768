// Keyed hashes for in-memory tables that strangers can aim at.
//
// Each function is a member of a universal family picked by the seed, so two
// keys that were chosen without knowing the seed collide as rarely as random
// ones do, whatever structure they have:
//
// 1. KeyedHash12 and KeyedHash16 are k0 + k1*x + k2*y mod 2^128, of which the
//    upper 64 bits are taken (Dietzfelbinger's multiply-shift, for vectors:
//    Lemire and Kaser 2013). With k0, k1, k2 uniform in 2^128 the family is
//    strongly universal: for any two different keys the two hashes are
//    independent and uniform. So are their upper or lower bits.
// 2. KeyedHash evaluates the key's 56-bit words as a polynomial at a secret
//    point of the field 2^61 - 1, then mixes value and length as in 1. Two
//    different keys of n bytes share a value with probability at most
//    (n / 7 + 2) / 2^61.
//
// Two keys, not many: consecutive names can pile up in a few of many sets, with
// one seed of some hundred. Where a full set refuses, Scattered() makes the
// hashes of structured keys spread as those of random ones do. It is a
// bijection, so the facts above stay.
//
// The argument holds as long as hashes are not shown to the one who chooses the
// keys: they stay inside the process. These are not message authentication
// codes, and a full comparison of keys always follows a look-up.
//
// A seed comes from RandomHashSeed() in engine/crypto/random.h; tests use
// HashSeed(1, 2).
//
// Thread-safety: values and pure functions. Cost: no allocation; 12 or 16 bytes
// take about 2 ns (BM_KeyedHash12).

#ifndef TOLLGATE_ENGINE_BASE_HASH_H_
#define TOLLGATE_ENGINE_BASE_HASH_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace tollgate {

// Returns `x` without the structure it had: the finaliser of splitmix64
// (Steele, Lea and Flood 2014), a bijection.
constexpr uint64_t Scattered(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

class HashSeed {
 public:
  static constexpr size_t kWords = 7;

  // The seed of uniform random `words`; the facts above are about this one.
  explicit constexpr HashSeed(const std::array<uint64_t, kWords>& words)
      : words_(words) {}

  // The seed stretched from two words: the same hashes on every run.
  constexpr HashSeed(uint64_t a, uint64_t b) : words_{} {
    for (uint64_t& word : words_) {
      a += 0x9e3779b97f4a7c15;
      b ^= Scattered(a);
      word = Scattered(b + a);
    }
  }

  constexpr uint64_t word(size_t i) const { return words_[i]; }

 private:
  // k0, k1 and k2, each as low word, high word; then the point of 2.
  std::array<uint64_t, kWords> words_;
};

namespace internal {

__extension__ using Uint128 = unsigned __int128;

inline Uint128 SeedKey(const HashSeed& seed, size_t i) {
  return (Uint128{seed.word(2 * i + 1)} << 64) | seed.word(2 * i);
}

inline uint64_t Load64(const void* p) {
  uint64_t value;
  std::memcpy(&value, p, sizeof(value));
  return value;
}

inline uint32_t Load32(const void* p) {
  uint32_t value;
  std::memcpy(&value, p, sizeof(value));
  return value;
}

}  // namespace internal

// Returns the hash of a pair of words.
inline uint64_t KeyedHashPair(uint64_t x, uint64_t y, const HashSeed& seed) {
  using internal::SeedKey;
  return static_cast<uint64_t>(
      (SeedKey(seed, 0) + SeedKey(seed, 1) * x + SeedKey(seed, 2) * y) >> 64);
}

// Returns the hash of the 12 bytes at `p`.
inline uint64_t KeyedHash12(const void* p, const HashSeed& seed) {
  const char* bytes = static_cast<const char*>(p);
  return KeyedHashPair(internal::Load64(bytes), internal::Load32(bytes + 8),
                       seed);
}

// Returns the hash of the 16 bytes at `p`.
inline uint64_t KeyedHash16(const void* p, const HashSeed& seed) {
  const char* bytes = static_cast<const char*>(p);
  return KeyedHashPair(internal::Load64(bytes), internal::Load64(bytes + 8),
                       seed);
}

// Returns the hash of the `size` bytes at `p`; not the same hash as that of the
// functions for fixed sizes.
uint64_t KeyedHash(const void* p, size_t size, const HashSeed& seed);

inline uint64_t KeyedHash(std::string_view bytes, const HashSeed& seed) {
  return KeyedHash(bytes.data(), bytes.size(), seed);
}

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_BASE_HASH_H_
