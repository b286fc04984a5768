// Tokens from their bytes to what they prove: BM_Jwt_<Case>.
//
// Hits are whole validations by an engine, with a policy and three windows, of
// ten thousand live tokens in random order; misses are what a token costs when
// it is seen first, parsed and judged, beside the bare verification of the same
// bytes (BM_Jwt_Bare). Not in the numbers: sockets, HTTP, response headers.

#include <memory>
#include <string>

#include "bench/support/check.h"
#include "bench/support/live_tokens.h"
#include "bench/support/report_percentiles.h"
#include "bench/support/shared_fixtures.h"
#include "bench/support/smoke.h"
#include "benchmark/benchmark.h"

namespace tollgate::bench {
namespace {

constexpr Algorithm kAlgorithms[] = {Algorithm::kHs256, Algorithm::kRs256,
                                     Algorithm::kEs256, Algorithm::kEdDsa};

const SigningKey& KeyOf(Algorithm algorithm) {
  return SharedFixtures<Algorithm, const SigningKey>::Instance().Get(
      algorithm, [algorithm] {
        return std::make_unique<const SigningKey>(
            RequireValue(SigningKey::Generate(algorithm)));
      });
}

template <typename Loop>
void RunLoop(benchmark::State& state) {
  const SigningKey& key = KeyOf(kAlgorithms[state.range(0)]);
  state.SetLabel(std::string(AlgorithmName(key.algorithm())));
  Loop loop(key, Scaled(1000));
  for (auto _ : state) loop.Call();
  state.SetItemsProcessed(state.iterations());
}

void BM_Jwt_Miss(benchmark::State& state) { RunLoop<MissLoop>(state); }
BENCHMARK(BM_Jwt_Miss)->DenseRange(0, 3);

void BM_Jwt_Bare(benchmark::State& state) { RunLoop<BareLoop>(state); }
BENCHMARK(BM_Jwt_Bare)->DenseRange(0, 3);

void BM_Jwt_Hit(benchmark::State& state) {
  LiveTokens& tokens = SharedFixtures<int, LiveTokens>::Instance().Get(
      0, [] { return std::make_unique<LiveTokens>(Scaled(10'000)); });
  const auto thread = static_cast<size_t>(state.thread_index());
  HitLoop loop(&tokens, thread * tokens.size() / 2);
  loop.Warm();
  for (auto _ : state) loop.Call();
  state.SetItemsProcessed(state.iterations());
  ReportPercentiles(state, [&] { loop.Call(); });
}
BENCHMARK(BM_Jwt_Hit)->Threads(1)->Threads(2)->UseRealTime();

}  // namespace
}  // namespace tollgate::bench
