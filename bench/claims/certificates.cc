// Client certificates: found in the cache, seen first, made to cost, and a
// reload beside them.

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bench/claims/measurements.h"
#include "bench/support/check.h"
#include "bench/support/latency.h"
#include "bench/support/live_chains.h"
#include "bench/support/paced_thread.h"
#include "bench/support/thread_team.h"
#include "bench/support/validation_loop.h"

namespace tollgate::bench {
namespace {

constexpr size_t kMissChains = 200;
constexpr double kPercentile = 0.999;
constexpr double kNanosPerMilli = 1e6;

void AddRatio(Context& context, std::string text, double at_most,
              const Estimate& measured) {
  context.AddClaim({.text = std::move(text),
                    .bound = Claim::Bound::kAtMost,
                    .required = at_most,
                    .measured = measured,
                    .unit = "x"});
}

void AddMillis(Context& context, std::string text, double at_most,
               const Estimate& nanos) {
  context.AddClaim(
      {.text = std::move(text),
       .bound = Claim::Bound::kAtMost,
       .required = at_most,
       .measured = {nanos.median / kNanosPerMilli, nanos.low / kNanosPerMilli,
                    nanos.high / kNanosPerMilli},
       .unit = " ms"});
}

// A certificate found, beside a good key: one thread.
void MeasureHits(Context& context, LiveChains& live) {
  const auto slice = context.effort().slice;
  InterleavedRun run;
  ChainHitLoop hits(&live);
  hits.Warm();
  const size_t hit =
      run.Add(absl::StrCat("Certificate found, ", context.few_text(), " live"),
              [&] { return NanosPerOp(slice, [&] { hits.Call(); }); });
  const CredentialSequence sequence(context.few().keys(),
                                    {.length = 1 << 18, .seed = 83});
  Validator::Worker worker = context.few().validator().RegisterWorker();
  ValidationLoop keys(&worker, &sequence);
  const size_t key =
      run.Add(absl::StrCat("Good key beside it, ", context.few_text(), " keys"),
              [&] { return NanosPerOp(slice, [&] { keys.Call(); }); });
  run.Run(context.effort().Share(0.06));
  AddRatio(context, "Certificate found / good key", 1.5, run.Ratio(hit, key));
  context.report().CostOf("mtls").nanos = run.Median(hit).median;
  for (size_t i = 0; i < run.size(); ++i) context.AddFigure(run, i);
}

// Chains seen first, beside the signatures that are in them: one thread.
void MeasureMisses(Context& context) {
  const auto slice = context.effort().slice;
  InterleavedRun run;
  ChainMissLoop ec(ChainKeys::kP256, kMissChains);
  ChainMissLoop rsa(ChainKeys::kRsa2048, kMissChains);
  BareChainLoop bare_ec(ChainKeys::kP256, kMissChains);
  BareChainLoop bare_rsa(ChainKeys::kRsa2048, kMissChains);
  CostlyChainLoop costly;
  const auto add = [&](std::string name, auto& loop) {
    return run.Add(std::move(name), [&loop, slice] {
      return NanosPerOp(slice, [&loop] { loop.Call(); });
    });
  };
  const size_t ec_miss = add("Chain seen first, P-256", ec);
  const size_t ec_bare = add("Its two signatures, P-256", bare_ec);
  const size_t rsa_miss = add("Chain seen first, RSA-2048", rsa);
  const size_t rsa_bare = add("Its two signatures, RSA-2048", bare_rsa);
  const size_t worst = add("Chain made to cost, P-521", costly);
  run.Run(context.effort().Share(0.06));
  AddRatio(context, "P-256 chain seen first / its signatures", 1.15,
           run.Ratio(ec_miss, ec_bare));
  AddRatio(context, "RSA-2048 chain seen first / its signatures", 1.15,
           run.Ratio(rsa_miss, rsa_bare));
  AddMillis(context, "Chain made to cost as much as it may", 25,
            run.Median(worst));
  for (size_t i = 0; i < run.size(); ++i) context.AddFigure(run, i);
}

// What a reload takes, and what readers notice of one each second.
void MeasureReload(Context& context, LiveChains& live) {
  const auto slice = context.effort().long_slice;
  const double per_second =
      std::max(1.0, 1 / std::chrono::duration<double>(slice).count());
  ChainHitLoop hits(&live);
  hits.Warm();
  std::vector<double> percentiles[2];
  std::vector<double> reloads;
  InterleavedRun run;
  for (const bool reloading : {false, true}) {
    run.Add(reloading ? "Certificate found, a reload each second"
                      : "Certificate found, undisturbed",
            [&, reloading] {
              std::unique_ptr<PacedThread> beside;
              if (reloading) {
                const auto reload = [&live, &reloads] {
                  const auto start = Clock::now();
                  RequireOk(live.validator().Reload());
                  reloads.push_back(std::chrono::duration<double, std::nano>(
                                        Clock::now() - start)
                                        .count());
                };
                beside = std::make_unique<PacedThread>(per_second, reload, 1);
              }
              const Latency latency = TimeEach(slice, [&] { hits.Call(); });
              percentiles[reloading].push_back(latency.Percentile(kPercentile));
              return latency.nanos_per_op;
            });
  }
  PinToProcessor(0);
  run.Run(context.effort().Share(0.12));
  UnpinFromProcessor();
  for (auto& series : percentiles) series.erase(series.begin());  // warm-up
  AddMillis(
      context,
      absl::StrCat("A reload with ", context.few_text(), " registrations"), 50,
      MedianOf(reloads));
  AddRatio(context, "Certificate found, a reload each second: p99.9", 2,
           RatioOf(percentiles[1], percentiles[0]));
  for (size_t i = 0; i < run.size(); ++i) {
    context.AddFigure(run, i);
    context.report().figures.push_back(
        {absl::StrCat(run.name(i), ", p99.9"), MedianOf(percentiles[i])});
  }
}

}  // namespace

void MeasureCertificates(Context& context) {
  LiveChains live(context.effort().few_keys);
  MeasureHits(context, live);
  MeasureMisses(context);
  MeasureReload(context, live);
}

}  // namespace tollgate::bench
