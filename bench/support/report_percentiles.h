// Adds p50, p99 and p99.9 of single calls to a benchmark's counters.

#ifndef TOLLGATE_BENCH_SUPPORT_REPORT_PERCENTILES_H_
#define TOLLGATE_BENCH_SUPPORT_REPORT_PERCENTILES_H_

#include <chrono>

#include "bench/support/latency.h"
#include "bench/support/smoke.h"
#include "benchmark/benchmark.h"

namespace tollgate::bench {

// Times more calls of `op`, after the loop of the benchmark, each by itself and
// net of what timing costs. Google Benchmark averages over threads.
template <typename Op>
void ReportPercentiles(benchmark::State& state, Op&& op) {
  const auto slice =
      std::chrono::milliseconds(Scaled(100'000) == 100'000 ? 100 : 1);
  const Latency latency = TimeEach(slice, op);
  const auto kind = benchmark::Counter::kAvgThreads;
  state.counters["p50_ns"] = {latency.Percentile(0.5), kind};
  state.counters["p99_ns"] = {latency.Percentile(0.99), kind};
  state.counters["p999_ns"] = {latency.Percentile(0.999), kind};
}

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_SUPPORT_REPORT_PERCENTILES_H_
