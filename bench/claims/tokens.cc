// Tokens: found in the cache, seen first, and by other libraries.

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
#include "bench/support/live_tokens.h"
#include "bench/support/paced_thread.h"
#include "bench/support/peer_process.h"
#include "bench/support/thread_team.h"
#include "bench/support/validation_loop.h"

namespace tollgate::bench {
namespace {

constexpr size_t kMissTokens = 1000;
constexpr size_t kThreads = 2;
constexpr double kPercentile = 0.999;

using Bound = Claim::Bound;

void AddRatio(Context& context, std::string text, Bound bound, double required,
              const Estimate& measured) {
  context.AddClaim({.text = std::move(text),
                    .bound = bound,
                    .required = required,
                    .measured = measured,
                    .unit = "x"});
}

// A token that is seen first, beside its bare signature.
struct Algorithms {
  struct Case {
    Algorithm algorithm;
    double required;
    SigningKey key;
    size_t miss = 0;
    size_t bare = 0;
  };

  explicit Algorithms(Context& context, InterleavedRun& run) {
    const auto slice = context.effort().slice;
    const std::pair<Algorithm, double> kCases[] = {{Algorithm::kHs256, 1.6},
                                                   {Algorithm::kRs256, 1.06},
                                                   {Algorithm::kEs256, 1.06},
                                                   {Algorithm::kEdDsa, 1.06}};
    for (const auto& [algorithm, required] : kCases) {
      cases.push_back(
          {algorithm, required, RequireValue(SigningKey::Generate(algorithm))});
      Case& added = cases.back();
      const std::string name(AlgorithmName(algorithm));
      auto miss = std::make_shared<MissLoop>(added.key, kMissTokens);
      auto bare = std::make_shared<BareLoop>(added.key, kMissTokens);
      added.miss = run.Add(absl::StrCat("Token seen first, ", name), [=] {
        return NanosPerOp(slice, [&] { miss->Call(); });
      });
      added.bare = run.Add(absl::StrCat("Bare signature, ", name), [=] {
        return NanosPerOp(slice, [&] { bare->Call(); });
      });
    }
  }

  void AddClaims(Context& context, const InterleavedRun& run) const {
    for (const Case& added : cases) {
      AddRatio(context,
               absl::StrCat(AlgorithmName(added.algorithm),
                            " token seen first / bare signature"),
               Bound::kAtMost, added.required,
               run.Ratio(added.miss, added.bare));
    }
    AddRatio(context, "HS256 token seen first / BoringSSL's HMAC()",
             Bound::kAtMost, cases.front().required,
             run.Ratio(hmac_miss(), library_hmac));
  }

  // HS256 once more, beside what BoringSSL takes as it comes.
  void AddHmac(Context& context, InterleavedRun& run) {
    auto loop = std::make_shared<LibraryHmacLoop>(kMissTokens);
    library_hmac = run.Add("The same by BoringSSL's HMAC()",
                           [=, slice = context.effort().slice] {
                             return NanosPerOp(slice, [&] { loop->Call(); });
                           });
  }

  size_t hmac_miss() const { return cases.front().miss; }

  std::vector<Case> cases;
  size_t library_hmac = 0;
};

// Other libraries, each a process of its own, on the same tokens.
class Peers {
 public:
  Peers(Context& context, InterleavedRun& run) {
    std::vector<std::string> tokens;
    const SigningKey key = TokenSecretKey();
    for (size_t i = 0; i < kMissTokens; ++i) {
      tokens.push_back(MakeToken(key, i));
    }
    for (const std::string_view name : {"cjose", "libjwt"}) {
      auto process = PeerProcess::Start(absl::StrCat(name, "_peer"),
                                        TokenSecret(), tokens);
      if (process == nullptr) {
        context.report().notes.push_back(
            absl::StrCat(name, " is not there and was not measured."));
        continue;
      }
      const size_t index =
          run.Add(absl::StrCat("The same by ", name),
                  [peer = process.get(), slice = context.effort().slice] {
                    return peer->NanosPerOp(slice);
                  });
      running_.push_back({std::string(name), index, std::move(process)});
    }
  }

  void AddClaims(Context& context, const InterleavedRun& run,
                 size_t ours) const {
    for (const Running& peer : running_) {
      AddRatio(context, absl::StrCat(peer.name, " / HS256 token seen first"),
               Bound::kAtLeast, 5, run.Ratio(peer.index, ours));
    }
    PeerGroup group = {"HS256 token seen first", {}};
    group.entries.push_back({"Tollgate", run.Median(ours), true});
    for (const Running& peer : running_) {
      group.entries.push_back({peer.name, run.Median(peer.index)});
    }
    context.report().peers.push_back(std::move(group));
  }

 private:
  struct Running {
    std::string name;
    size_t index;
    std::unique_ptr<PeerProcess> process;
  };

  std::vector<Running> running_;
};

// One thread: all cases in one interleaved run.
void MeasureOneThread(Context& context, LiveTokens& live) {
  const auto slice = context.effort().slice;
  InterleavedRun run;
  HitLoop hits(&live, 0);
  hits.Warm();
  const size_t hit =
      run.Add(absl::StrCat("Token found, ", context.few_text(), " live"),
              [&] { return NanosPerOp(slice, [&] { hits.Call(); }); });
  const CredentialSequence sequence(context.few().keys(),
                                    {.length = 1 << 18, .seed = 81});
  Validator::Worker worker = context.few().validator().RegisterWorker();
  ValidationLoop keys(&worker, &sequence);
  const size_t key =
      run.Add(absl::StrCat("Good key beside it, ", context.few_text()),
              [&] { return NanosPerOp(slice, [&] { keys.Call(); }); });
  Algorithms algorithms(context, run);
  algorithms.AddHmac(context, run);
  const Peers peers(context, run);
  run.Run(context.effort().Share(0.2));
  context.AddClaim(
      {.text = "Token found, validations a second and core",
       .bound = Bound::kAtLeast,
       .required = 12,
       .measured = {1e3 / run.Median(hit).median, 1e3 / run.Median(hit).high,
                    1e3 / run.Median(hit).low},
       .unit = " M/s"});
  AddRatio(context, "Token found / HS256 token seen first", Bound::kAtMost, 0.2,
           run.Ratio(hit, algorithms.hmac_miss()));
  AddRatio(context, "Token found / good key", Bound::kAtMost, 1.5,
           run.Ratio(hit, key));
  context.report().CostOf("jwt").nanos = run.Median(hit).median;
  context.report().CostOf("api_key").nanos = run.Median(key).median;
  algorithms.AddClaims(context, run);
  peers.AddClaims(context, run, algorithms.hmac_miss());
  for (size_t i = 0; i < run.size(); ++i) context.AddFigure(run, i);
}

void MeasureTwoThreads(Context& context, LiveTokens& live) {
  InterleavedRun run;
  ThreadTeam team(kThreads);
  std::vector<std::unique_ptr<HitLoop>> loops;
  for (size_t i = 0; i < kThreads; ++i) {
    loops.push_back(std::make_unique<HitLoop>(&live, i * live.size() / 2));
    loops.back()->Warm();
  }
  std::vector<size_t> index;
  for (size_t threads = 1; threads <= kThreads; ++threads) {
    const auto body = Repeat([&loops](size_t thread) {
      return [loop = loops[thread].get()] { loop->Call(); };
    });
    index.push_back(
        run.Add(absl::StrCat("Token found, ", threads,
                             threads == 1 ? " thread" : " threads"),
                [&team, threads, body, slice = 4 * context.effort().slice] {
                  return team.NanosPerOp(threads, slice, body);
                }));
  }
  run.Run(context.effort().Share(0.08));
  AddRatio(context, "Tokens found: two threads / one", Bound::kAtLeast, 1.9,
           run.Ratio(index[0], index[1]));
  for (size_t i = 0; i < run.size(); ++i) context.AddFigure(run, i);
}

// A reload of the same configuration reads all keys again, and ends no proof.
void MeasureReload(Context& context, LiveTokens& live) {
  const auto slice = context.effort().long_slice;
  const double per_second =
      std::max(1.0, 1 / std::chrono::duration<double>(slice).count());
  HitLoop hits(&live, 0);
  hits.Warm();
  std::vector<double> percentiles[2];
  InterleavedRun run;
  for (const bool reloading : {false, true}) {
    run.Add(reloading ? "Token found, a reload each second"
                      : "Token found, undisturbed",
            [&, reloading] {
              std::unique_ptr<PacedThread> beside;
              if (reloading) {
                beside = std::make_unique<PacedThread>(
                    per_second,
                    [&live] { RequireOk(live.validator().Reload()); }, 1);
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
  AddRatio(context, "Token found, a reload each second: p99.9", Bound::kAtMost,
           2, RatioOf(percentiles[1], percentiles[0]));
  for (size_t i = 0; i < run.size(); ++i) {
    context.AddFigure(run, i);
    context.report().figures.push_back(
        {absl::StrCat(run.name(i), ", p99.9"), MedianOf(percentiles[i])});
  }
}

void MeasureCacheMemory(Context& context) {
  LiveTokens live(context.effort().many_keys, {.limited = false});
  HitLoop hits(&live, 0);
  hits.Warm();
  const Validator::Memory memory = live.validator().memory();
  const double bytes = static_cast<double>(memory.cached_token_bytes) /
                       static_cast<double>(memory.cached_tokens);
  context.report().CostOf("jwt").credential_bytes = bytes;
  Require(memory.cached_tokens > live.size() * 9 / 10,
          "the cache does not hold the tokens");
  context.AddClaim(
      {.text = absl::StrCat("Verified cache, ", context.many_text(), " tokens"),
       .bound = Bound::kAtMost,
       .required = 192,
       .measured = {bytes, bytes, bytes},
       .unit = " B/token",
       .decimals = 1});
}

}  // namespace

void MeasureTokens(Context& context) {
  {
    LiveTokens live(context.effort().few_keys);
    MeasureOneThread(context, live);
    MeasureTwoThreads(context, live);
    MeasureReload(context, live);
  }
  MeasureCacheMemory(context);
}

}  // namespace tollgate::bench
