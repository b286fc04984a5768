// Two threads against one, over the same keys: each key's bucket is charged by
// both, in random order.
//
// The thread alone works for an engine of its own, which has only this one
// worker: the fastest one thread can be. The engine for two has two workers,
// also while only one of them works.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bench/claims/measurements.h"
#include "bench/support/thread_team.h"
#include "bench/support/validation_loop.h"

namespace tollgate::bench {
namespace {

constexpr size_t kThreads = 2;

// Long enough for the first call of each key, which finds what the case before
// left in its bucket, not to count.
constexpr int kSlices = 4;

size_t StartOf(size_t thread, const CredentialSequence& sequence) {
  return thread * sequence.size() / kThreads;
}

// The loops of one engine, one a worker, at different places of the sequence.
struct Gateway {
  Gateway(EngineFixture& engine, const CredentialSequence& sequence,
          size_t threads, Expectation expected = {}) {
    for (size_t i = 0; i < threads; ++i) {
      workers.push_back(std::make_unique<Validator::Worker>(
          engine.validator().RegisterWorker()));
      loops.push_back(std::make_unique<ValidationLoop>(
          workers.back().get(), &sequence, expected, StartOf(i, sequence)));
    }
  }

  std::vector<std::unique_ptr<Validator::Worker>> workers;
  std::vector<std::unique_ptr<ValidationLoop>> loops;
};

// The loops of one baseline.
struct PlainGateway {
  PlainGateway(const EngineFixture& engine, const CredentialSequence& sequence)
      : gate(Context::MakeGate(engine)) {
    for (size_t i = 0; i < kThreads; ++i) {
      loops.push_back(std::make_unique<GateLoop>(gate.get(), &sequence,
                                                 StartOf(i, sequence)));
    }
  }

  std::unique_ptr<PlainGate> gate;
  std::vector<std::unique_ptr<GateLoop>> loops;
};

// The cases of the group, all of a team.
class TeamRun {
 public:
  explicit TeamRun(Context& context)
      : context_(context), slice_(kSlices * context.effort().slice) {}

  template <typename Gateway>
  size_t Add(std::string_view name, Gateway& gateway, size_t threads) {
    auto body = Repeat([&loops = gateway.loops](size_t thread) {
      return [loop = loops[thread].get()] { loop->Call(); };
    });
    return run_.Add(
        absl::StrCat(name, ", ", context_.few_text(), " keys, ", threads,
                     threads == 1 ? " thread" : " threads"),
        [this, threads, body = std::move(body)] {
          return team_.NanosPerOp(threads, slice_, body);
        });
  }

  InterleavedRun& run() { return run_; }

 private:
  Context& context_;
  const std::chrono::nanoseconds slice_;
  ThreadTeam team_{kThreads};
  InterleavedRun run_;
};

}  // namespace

void MeasureThreads(Context& context) {
  const Effort& effort = context.effort();
  EngineFixture pair({.keys = effort.few_keys});
  EngineFixture exact_pair({.keys = effort.few_keys, .policy = "exact"});
  const CredentialSequence sequence(context.few().keys(),
                                    {.length = 1 << 18, .seed = 31});
  Gateway alone(context.few(), sequence, 1);
  Gateway leased(pair, sequence, kThreads);
  // A thread that is stopped between clock and charge may be too late.
  Gateway exact(exact_pair, sequence, kThreads, {.exceptions_part = 0.001});
  PlainGateway plain(context.few(), sequence);

  TeamRun team(context);
  const size_t one = team.Add("Good, the only worker", alone, 1);
  team.Add("Good, one of two workers", leased, 1);
  const size_t two = team.Add("Good", leased, 2);
  team.Add("Good, limits too small to lease", exact, 1);
  const size_t two_exact =
      team.Add("Good, limits too small to lease", exact, 2);
  const size_t plain_one = team.Add("Baseline, good", plain, 1);
  const size_t plain_two = team.Add("Baseline, good", plain, 2);
  InterleavedRun& run = team.run();
  run.Run(effort.Share(0.12));

  context.AddClaim({.text = "Two threads / one, per-key limits on",
                    .bound = Claim::Bound::kAtLeast,
                    .required = 1.9,
                    .measured = run.Ratio(one, two),
                    .unit = "x"});
  context.report().notes.push_back(absl::StrFormat(
      "Two threads / one where limits are too small to lease: %.2fx; of the "
      "baseline: %.2fx.",
      run.Ratio(one, two_exact).median,
      run.Ratio(plain_one, plain_two).median));
  for (size_t i = 0; i < run.size(); ++i) context.AddFigure(run, i);
}

}  // namespace tollgate::bench
