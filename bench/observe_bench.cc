// Metrics: what counting adds to a validation. In Worker::Validate it is one
// Count, one CountCache for what has a cache, and of one call in sixty-four the
// clock, twice, and RecordLatency.

#include <chrono>
#include <cstdint>
#include <memory>

#include "bench/support/consume.h"
#include "benchmark/benchmark.h"
#include "engine/observe/validation_counters.h"

namespace tollgate::bench {
namespace {

void BM_Metrics_CountValidation(benchmark::State& state) {
  using Clock = std::chrono::steady_clock;
  constexpr uint32_t kTimedOnceIn = 64;
  const auto counters = std::make_unique<ValidationCounters>();
  uint32_t calls = 0;
  for (auto _ : state) {
    const bool timed = ++calls % kTimedOnceIn == 0;
    const auto begun = timed ? Clock::now() : Clock::time_point();
    counters->CountCache(Strategy::kJwt, calls % 16 != 0);
    counters->Count(Strategy::kJwt,
                    calls % 32 == 0 ? Reason::kTokenExpired : Reason::kOk);
    if (timed) {
      counters->RecordLatency(
          Strategy::kJwt, Verdict::kAllow,
          static_cast<uint64_t>(
              std::chrono::nanoseconds(Clock::now() - begun).count()));
    }
    Consume(*counters);
  }
}
BENCHMARK(BM_Metrics_CountValidation);

}  // namespace
}  // namespace tollgate::bench
