// One reader on the first processor, the control path on the second: what the
// reader notices of it is what they share, not the processor's time.

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bench/claims/measurements.h"
#include "bench/support/check.h"
#include "bench/support/latency.h"
#include "bench/support/paced_thread.h"
#include "bench/support/thread_team.h"
#include "bench/support/validation_loop.h"
#include "engine/key_ledger.h"

namespace tollgate::bench {
namespace {

constexpr double kReplacementsPerSecond = 1000;
constexpr double kPercentile = 0.999;

// One case: what goes on beside the reader, and the percentile of each slice.
struct Disturbance {
  std::string name;
  double per_second;
  std::function<void()> chore;  // empty: nothing goes on
  size_t index = 0;
  std::vector<double> percentiles = {};
};

// Runs one slice of the reader beside `disturbance`.
double RunSlice(ValidationLoop& reader, Disturbance& disturbance,
                std::chrono::nanoseconds slice) {
  std::unique_ptr<PacedThread> beside;
  if (disturbance.chore) {
    beside = std::make_unique<PacedThread>(disturbance.per_second,
                                           disturbance.chore, 1);
  }
  const Latency latency = TimeEach(slice, [&] { reader.Call(); });
  disturbance.percentiles.push_back(latency.Percentile(kPercentile));
  return latency.nanos_per_op;
}

// Replaces keys that the reader uses, one after the other, through the ledger:
// store, feed and key store. What the replacement says is the same as before,
// so the reader's decisions are, too.
std::function<void()> ReplaceKeys(EngineFixture& engine) {
  return [&engine, random = SeededRandom(41)]() mutable {
    const size_t i = random.Below(engine.keys().size());
    RequireOk(engine.validator().keys().Enable(engine.keys().id(i).text(),
                                               ReadClock().wall));
  };
}

void AddClaims(Context& context, const InterleavedRun& run,
               const Disturbance& quiet, const Disturbance& disturbed) {
  context.AddClaim({.text = absl::StrCat(disturbed.name, ": time per call"),
                    .bound = Claim::Bound::kAtMost,
                    .required = 1.05,
                    .measured = run.Ratio(disturbed.index, quiet.index),
                    .unit = "x"});
  context.AddClaim(
      {.text = absl::StrCat(disturbed.name, ": p99.9"),
       .bound = Claim::Bound::kAtMost,
       .required = 2,
       .measured = RatioOf(disturbed.percentiles, quiet.percentiles),
       .unit = "x"});
}

}  // namespace

void MeasureDisturbance(Context& context) {
  const Effort& effort = context.effort();
  // In memory: a thousand durable transactions a second are the disk's affair.
  EngineFixture engine({.keys = effort.few_keys, .in_memory = true});
  const CredentialSequence sequence(engine.keys(),
                                    {.length = 1 << 18, .seed = 42});
  Validator::Worker worker = engine.validator().RegisterWorker();
  ValidationLoop reader(&worker, &sequence);
  const double slice_seconds =
      std::chrono::duration<double>(effort.long_slice).count();
  std::vector<Disturbance> cases = {
      {"Undisturbed", 0, {}},
      {"Undisturbed again", 0, {}},
      {"1,000 keys replaced a second", kReplacementsPerSecond,
       ReplaceKeys(engine)},
      // At least one a slice, however short.
      {"A reload each second", std::max(1.0, 1 / slice_seconds),
       [&engine] { RequireOk(engine.validator().Reload()); }},
  };
  InterleavedRun run;
  for (Disturbance& disturbance : cases) {
    disturbance.index = run.Add(disturbance.name, [&] {
      return RunSlice(reader, disturbance, effort.long_slice);
    });
  }
  PinToProcessor(0);
  run.Run(effort.Share(0.25));
  UnpinFromProcessor();
  for (Disturbance& disturbance : cases) {
    disturbance.percentiles.erase(disturbance.percentiles.begin());  // warm-up
    context.AddFigure(run, disturbance.index);
    context.report().figures.push_back(
        {absl::StrCat(disturbance.name, ", p99.9"),
         MedianOf(disturbance.percentiles)});
  }
  AddClaims(context, run, cases[0], cases[2]);
  AddClaims(context, run, cases[0], cases[3]);
}

}  // namespace tollgate::bench
