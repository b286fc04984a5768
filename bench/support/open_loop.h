// Times calls that are due at their own times, for percentiles that hold what a
// caller would have waited: a call that is late because the one before took
// long has a long latency, not a late start (no coordinated omission).

#ifndef TOLLGATE_BENCH_SUPPORT_OPEN_LOOP_H_
#define TOLLGATE_BENCH_SUPPORT_OPEN_LOOP_H_

#include <chrono>
#include <cstdint>

#include "bench/support/latency.h"
#include "bench/support/ticks.h"

namespace tollgate::bench {

// Calls `op` at `per_second` for `slice`, evenly spaced; waits by spinning.
template <typename Op>
Latency TimeOpenLoop(std::chrono::nanoseconds slice, double per_second,
                     Op&& op) {
  const double interval = 1e9 / per_second / NanosPerTick();
  const auto calls = static_cast<int64_t>(static_cast<double>(slice.count()) *
                                          1e-9 * per_second);
  Latency latency;
  const uint64_t start = ReadTicks();
  for (int64_t i = 0; i < calls; ++i) {
    const uint64_t due =
        start + static_cast<uint64_t>(static_cast<double>(i) * interval);
    while (ReadTicks() < due) {
    }
    op();
    latency.ticks.Add(ReadTicks() - due);
  }
  return latency;
}

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_SUPPORT_OPEN_LOOP_H_
