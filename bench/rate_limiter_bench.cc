// The rate limiter: BM_RateLimiter_<Case>/buckets:N/threads:T, three windows.
// The clock is read once in 64 charges. With one thread there is one worker,
// so nothing is leased.

#include <memory>
#include <utility>

#include "bench/support/charge_loop.h"
#include "bench/support/shared_fixtures.h"
#include "bench/support/smoke.h"
#include "benchmark/benchmark.h"

namespace tollgate::bench {
namespace {

enum class Kind { kLeased, kExact, kScarce };

ChargeBuckets& Buckets(Kind kind, size_t buckets) {
  using Fixtures = SharedFixtures<std::pair<Kind, size_t>, ChargeBuckets>;
  return Fixtures::Instance().Get({kind, buckets}, [=] {
    return std::make_unique<ChargeBuckets>(
        ChargeOptions{.buckets = buckets,
                      .leases = kind != Kind::kExact,
                      .scarce = kind == Kind::kScarce});
  });
}

void RunCharges(benchmark::State& state, Kind kind) {
  const size_t buckets = Scaled(static_cast<size_t>(state.range(0)));
  ChargeLoop loop(&Buckets(kind, buckets),
                  static_cast<size_t>(state.thread_index()),
                  static_cast<size_t>(state.threads()));
  for (auto _ : state) loop.Call();
  state.SetItemsProcessed(state.iterations());
}

// Bursts large enough to lease, which happens at two threads.
void BM_RateLimiter_Charge(benchmark::State& state) {
  RunCharges(state, Kind::kLeased);
}
BENCHMARK(BM_RateLimiter_Charge)
    ->ArgName("buckets")
    ->Arg(1)
    ->Arg(10'000)
    ->Arg(1'000'000)
    ->Threads(1)
    ->Threads(2)
    ->UseRealTime();

// Bursts too small to lease. Not of one bucket: it would be throttled.
void BM_RateLimiter_ChargeExact(benchmark::State& state) {
  RunCharges(state, Kind::kExact);
}
BENCHMARK(BM_RateLimiter_ChargeExact)
    ->ArgName("buckets")
    ->Arg(10'000)
    ->Threads(1)
    ->Threads(2)
    ->UseRealTime();

void BM_RateLimiter_Refuse(benchmark::State& state) {
  RunCharges(state, Kind::kScarce);
}
BENCHMARK(BM_RateLimiter_Refuse)->ArgName("buckets")->Arg(10'000);

}  // namespace
}  // namespace tollgate::bench
