// Whether this run only checks that benchmarks run.

#ifndef TOLLGATE_BENCH_SUPPORT_SMOKE_H_
#define TOLLGATE_BENCH_SUPPORT_SMOKE_H_

#include <algorithm>
#include <cstddef>

namespace tollgate::bench {

namespace internal {
inline bool smoke = false;
}  // namespace internal

// Call it before any benchmark runs.
inline void SetSmoke(bool smoke) { internal::smoke = smoke; }

inline bool IsSmoke() { return internal::smoke; }

// Returns `size`, or a small one.
inline size_t Scaled(size_t size) {
  return internal::smoke ? std::min<size_t>(size, 4096) : size;
}

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_SUPPORT_SMOKE_H_
