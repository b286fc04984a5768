#include "engine/base/hash.h"

namespace tollgate {
namespace {

using internal::Uint128;

constexpr size_t kWordBytes = 7;
constexpr uint64_t kPrime = (uint64_t{1} << 61) - 1;

// Returns a * b mod kPrime, up to one multiple of kPrime.
// REQUIRES: a, b < 2^62.
uint64_t MultiplyModPrime(uint64_t a, uint64_t b) {
  // 2^61 is 1 mod kPrime, so the upper bits are added to the lower ones.
  const Uint128 product = Uint128{a} * b;
  const uint64_t sum = (static_cast<uint64_t>(product) & kPrime) +
                       static_cast<uint64_t>(product >> 61);
  return (sum & kPrime) + (sum >> 61);
}

// Returns the first `size` bytes at `p`, 1 to 7, as a number.
uint64_t LoadWord(const char* p, size_t size) {
  uint64_t word = 0;
  std::memcpy(&word, p, size);
  return word;
}

}  // namespace

uint64_t KeyedHash(const void* p, size_t size, const HashSeed& seed) {
  const char* bytes = static_cast<const char*>(p);
  const uint64_t point = seed.word(HashSeed::kWords - 1) & kPrime;
  uint64_t value = 0;
  size_t left = size;
  for (; left > kWordBytes; left -= kWordBytes, bytes += kWordBytes) {
    // At least 8 bytes are left: one load, of which 56 bits are used.
    const uint64_t word = internal::Load64(bytes) & ((uint64_t{1} << 56) - 1);
    value = MultiplyModPrime(value + word, point);
  }
  if (left > 0) {
    value = MultiplyModPrime(value + LoadWord(bytes, left), point);
  }
  return KeyedHashPair(value, size, seed);
}

}  // namespace tollgate
