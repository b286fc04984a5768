// Every path of bench/paths, as BM_Path/<strategy>/<case>/threads:n: what
// --table measures, in Google Benchmark's loop, for its options and tools.

#include <memory>
#include <string>

#include "bench/paths/path.h"
#include "bench/paths/world.h"
#include "bench/support/report_percentiles.h"
#include "bench/support/smoke.h"
#include "benchmark/benchmark.h"

namespace tollgate::bench {
namespace {

PathWorld& World() {
  static PathWorld* const world =
      new PathWorld({.keys = Scaled(10'000),
                     .tokens = IsSmoke() ? 64u : 10'000u,
                     .chains = IsSmoke() ? 64u : 10'000u,
                     .tools = IsSmoke() ? 16u : 1000u,
                     .first_tokens = IsSmoke() ? 16u : 1000u,
                     .first_chains = IsSmoke() ? 16u : 200u,
                     .sequence = IsSmoke() ? 1024u : 1u << 18});
  return *world;
}

void RunPath(benchmark::State& state, const Path& path) {
  const std::unique_ptr<Loop> loop = path.make(World(), 0);
  for (auto _ : state) loop->Call();
  state.SetItemsProcessed(state.iterations());
  state.SetLabel(path.meaning);
  ReportPercentiles(state, [&] { loop->Call(); });
}

const bool kRegistered = [] {
  for (const Path& path : AllPaths()) {
    benchmark::RegisterBenchmark(
        ("BM_Path/" + path.name).c_str(),
        [path](benchmark::State& state) { RunPath(state, path); });
  }
  return true;
}();

}  // namespace
}  // namespace tollgate::bench
