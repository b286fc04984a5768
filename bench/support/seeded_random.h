// Random numbers that are the same on every run: splitmix64. For inputs of
// benchmarks, where repeatable matters and unpredictable does not.

#ifndef TOLLGATE_BENCH_SUPPORT_SEEDED_RANDOM_H_
#define TOLLGATE_BENCH_SUPPORT_SEEDED_RANDOM_H_

#include <cstddef>
#include <cstdint>
#include <limits>

#include "absl/types/span.h"
#include "engine/base/base62.h"

namespace tollgate::bench {

// Satisfies UniformRandomBitGenerator, for std::shuffle.
class SeededRandom {
 public:
  using result_type = uint64_t;

  explicit SeededRandom(uint64_t seed) : state_(seed) {}

  static constexpr uint64_t min() { return 0; }
  static constexpr uint64_t max() {
    return std::numeric_limits<uint64_t>::max();
  }

  uint64_t operator()() {
    state_ += 0x9e3779b97f4a7c15;
    uint64_t x = state_;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
  }

  // Returns a number below `bound`; the bias is below bound / 2^64.
  uint64_t Below(uint64_t bound) {
    __extension__ using Uint128 = unsigned __int128;
    return static_cast<uint64_t>((Uint128{(*this)()} * bound) >> 64);
  }

  void FillBase62(absl::Span<char> out) {
    for (char& c : out) c = kBase62Alphabet[Below(kBase62Alphabet.size())];
  }

 private:
  uint64_t state_;
};

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_SUPPORT_SEEDED_RANDOM_H_
