#include "bench/support/ticks.h"

#include <chrono>

#include "bench/support/histogram.h"

namespace tollgate::bench {
namespace {

double MeasureNanosPerTick() {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  const uint64_t first = ReadTicks();
  std::chrono::nanoseconds elapsed{};
  while (elapsed < std::chrono::milliseconds(50))
    elapsed = Clock::now() - start;
  return static_cast<double>(elapsed.count()) /
         static_cast<double>(ReadTicks() - first);
}

double MeasureTickCost() {
  constexpr int kReads = 100'000;
  Histogram distances;
  uint64_t last = ReadTicks();
  for (int i = 0; i < kReads; ++i) {
    const uint64_t next = ReadTicks();
    distances.Add(next - last);
    last = next;
  }
  return distances.Percentile(0.5) * NanosPerTick();
}

}  // namespace

double NanosPerTick() {
  static const double nanos = MeasureNanosPerTick();
  return nanos;
}

double TickCostNanos() {
  static const double nanos = MeasureTickCost();
  return nanos;
}

}  // namespace tollgate::bench
