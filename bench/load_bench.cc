// Opening a validator over a store of N keys in SQLite, the file in the
// system's cache. One iteration, since each takes seconds to prepare.

#include "bench/support/engine_fixture.h"
#include "bench/support/smoke.h"
#include "benchmark/benchmark.h"

namespace tollgate::bench {
namespace {

void BM_Load_Keys(benchmark::State& state) {
  const size_t keys = Scaled(static_cast<size_t>(state.range(0)));
  for (auto _ : state) {
    EngineFixture engine({.keys = keys});
    state.SetIterationTime(engine.open_seconds());
    state.counters["store_s"] = engine.store_seconds();
    state.counters["key_store_bytes_per_key"] =
        static_cast<double>(engine.validator().memory().key_store_bytes) /
        static_cast<double>(keys);
  }
  state.SetItemsProcessed(static_cast<int64_t>(keys));
}
BENCHMARK(BM_Load_Keys)
    ->ArgName("keys")
    ->Arg(10'000)
    ->Arg(1'000'000)
    ->Iterations(1)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tollgate::bench
