// Times every call of a slice, for percentiles.

#ifndef TOLLGATE_BENCH_SUPPORT_LATENCY_H_
#define TOLLGATE_BENCH_SUPPORT_LATENCY_H_

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "bench/support/histogram.h"
#include "bench/support/interleaved_run.h"
#include "bench/support/ticks.h"

namespace tollgate::bench {

struct Latency {
  Histogram ticks;
  double nanos_per_op = 0;  // net of reading the counter

  // Net of reading the counter.
  double Percentile(double fraction) const {
    return std::max(
        0.0, ticks.Percentile(fraction) * NanosPerTick() - TickCostNanos());
  }
};

// Runs `op` for `slice`. From one reading of the counter to the next lies one
// call, so that nothing that happens is in no call.
template <typename Op>
Latency TimeEach(std::chrono::nanoseconds slice, Op&& op) {
  constexpr int kCallsPerRead = 256;
  Latency latency;
  const double tick_cost = TickCostNanos();
  const auto start = Clock::now();
  std::chrono::nanoseconds elapsed{};
  uint64_t last = ReadTicks();
  do {
    for (int i = 0; i < kCallsPerRead; ++i) {
      op();
      const uint64_t now = ReadTicks();
      latency.ticks.Add(now - last);
      last = now;
    }
    elapsed = Clock::now() - start;
  } while (elapsed < slice);
  latency.nanos_per_op = static_cast<double>(elapsed.count()) /
                             static_cast<double>(latency.ticks.total()) -
                         tick_cost;
  return latency;
}

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_SUPPORT_LATENCY_H_
