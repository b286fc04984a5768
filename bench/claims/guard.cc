// The standing guard: what admission, audit and sampling add to a validation,
// what a line of the audit costs who is refused, and what callers that were
// proved notice of a flood of forgeries.

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bench/claims/measurements.h"
#include "bench/support/check.h"
#include "bench/support/latency.h"
#include "bench/support/live_tokens.h"
#include "bench/support/paced_thread.h"
#include "bench/support/thread_team.h"
#include "bench/support/validation_loop.h"
#include "engine/base/limits.h"

namespace tollgate::bench {
namespace {

constexpr double kPercentile = 0.99;
constexpr double kForgedPerSecond = 20'000;

// As NanosPerOp, but for what brings the audit's ring to its file now and then:
// that is another thread's work, and so are the caches that it takes. Of each
// call at most one in `calls_an_event` is written.
template <typename Op>
double NanosPerOpBetweenDrains(std::chrono::nanoseconds slice,
                               Validator& validator, int calls_an_event,
                               Op&& op) {
  const int calls_a_drain =
      static_cast<int>(limits::kAuditRingEvents / 2) * calls_an_event;
  std::chrono::nanoseconds spent{};
  int64_t calls = 0;
  const auto end = Clock::now() + slice;
  do {
    RequireOk(validator.FlushAudit());
    for (int i = 0; i < calls_a_drain / 2; ++i) op();
    const auto start = ThreadTime();
    for (int i = 0; i < calls_a_drain; ++i) op();
    spent += ThreadTime() - start;
    calls += calls_a_drain;
  } while (Clock::now() < end);
  return static_cast<double>(spent.count()) / static_cast<double>(calls);
}

// A loop over the keys of one state, with its sequence and worker.
struct Loop {
  Loop(EngineFixture& engine, const SequenceOptions& drawn, Reason expected)
      : sequence(engine.keys(), drawn),
        worker(engine.validator().RegisterWorker()),
        calls(&worker, &sequence, {expected}) {}

  CredentialSequence sequence;
  Validator::Worker worker;
  ValidationLoop calls;
};

void MeasureOverhead(Context& context) {
  const auto slice = context.effort().slice;
  const size_t keys = context.effort().few_keys;
  EngineFixture plain({.keys = keys, .mix = EngineFixture::Keys::kMixed});
  EngineFixture guarded(
      {.keys = keys, .mix = EngineFixture::Keys::kMixed, .guarded = true});
  const SequenceOptions good = {
      .length = 1 << 18, .seed = 91, .modulus = EngineFixture::kMixModulus};
  SequenceOptions expired = good;
  expired.residue = EngineFixture::kExpired;
  Loop plain_good(plain, good, Reason::kOk);
  Loop guarded_good(guarded, good, Reason::kOk);
  Loop plain_refused(plain, expired, Reason::kKeyExpired);
  Loop guarded_refused(guarded, expired, Reason::kKeyExpired);
  InterleavedRun run;
  const auto add = [&](std::string name, EngineFixture& engine, Loop& loop,
                       int calls_an_event) {
    return run.Add(std::move(name), [&engine, &loop, calls_an_event, slice] {
      return NanosPerOpBetweenDrains(slice, engine.validator(), calls_an_event,
                                     [&loop] { loop.calls.Call(); });
    });
  };
  const size_t a = add("Good, no admission, no audit", plain, plain_good, 50);
  const size_t b =
      add("Good, admission and audit on", guarded, guarded_good, 50);
  const size_t c = add("Expired, no audit", plain, plain_refused, 1);
  const size_t d =
      add("Expired, written to the audit", guarded, guarded_refused, 1);
  run.Run(context.effort().Share(0.06));
  context.AddClaim({.text = "Good key, admission and audit on / off",
                    .bound = Claim::Bound::kAtMost,
                    .required = 1.08,
                    .measured = run.Ratio(b, a),
                    .unit = "x"});
  context.AddClaim({.text = "A line of the audit, to who is refused",
                    .bound = Claim::Bound::kAtMost,
                    .required = 300,
                    .measured = DifferenceOf(run.series(d), run.series(c)),
                    .unit = " ns",
                    .decimals = 0});
  for (size_t i = 0; i < run.size(); ++i) context.AddFigure(run, i);
}

// Presents tokens whose signatures are each wrong in another way.
class Forger {
 public:
  explicit Forger(LiveTokens* tokens)
      : tokens_(*tokens), worker_(tokens->validator().RegisterWorker()) {}

  void Call() {
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string forged = tokens_.value(at_ % tokens_.size());
    char& digit = forged[forged.size() - 2 - at_ / tokens_.size() % 40];
    digit = digit == kDigits[at_ % 64] ? kDigits[(at_ + 1) % 64]
                                       : kDigits[at_ % 64];
    ++at_;
    const HeaderView header = {"Authorization", forged};
    const Decision decision = worker_.Validate(
        {"GET", "/v1/items", IpAddress::FromV4(0x0a000001), {&header, 1}},
        ReadClock());
    Require(decision.reason == Reason::kBadSignature,
            "a forged token was not one");
  }

 private:
  LiveTokens& tokens_;
  Validator::Worker worker_;
  size_t at_ = 0;
};

// Nothing limits the flood but the processor that it has to itself.
void MeasureFlood(Context& context) {
  const auto slice = context.effort().long_slice;
  LiveTokens live(context.effort().few_keys);
  HitLoop hits(&live, 0);
  hits.Warm();
  Forger forger(&live);
  std::vector<double> percentiles[2];
  InterleavedRun run;
  for (const bool flooded : {false, true}) {
    run.Add(flooded ? "Token found, a flood of forged ones beside"
                    : "Token found, quiet",
            [&, flooded] {
              std::unique_ptr<PacedThread> beside;
              if (flooded) {
                beside = std::make_unique<PacedThread>(
                    kForgedPerSecond, [&forger] { forger.Call(); }, 1);
              }
              const Latency latency = TimeEach(slice, [&] { hits.Call(); });
              percentiles[flooded].push_back(latency.Percentile(kPercentile));
              return latency.nanos_per_op;
            });
  }
  PinToProcessor(0);
  run.Run(context.effort().Share(0.06));
  UnpinFromProcessor();
  for (auto& series : percentiles) series.erase(series.begin());  // warm-up
  context.AddClaim({.text = "Token found, a flood of forged ones: p99",
                    .bound = Claim::Bound::kAtMost,
                    .required = 2,
                    .measured = RatioOf(percentiles[1], percentiles[0]),
                    .unit = "x"});
  for (size_t i = 0; i < run.size(); ++i) {
    context.AddFigure(run, i);
    context.report().figures.push_back(
        {absl::StrCat(run.name(i), ", p99"), MedianOf(percentiles[i])});
  }
}

}  // namespace

void MeasureGuard(Context& context) {
  MeasureOverhead(context);
  MeasureFlood(context);
}

}  // namespace tollgate::bench
