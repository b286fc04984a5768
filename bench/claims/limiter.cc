// The limiter by itself, over three windows as a policy has them, and over one
// beside the buckets of others, which have one. The clock is read once in 64
// charges; in a validation it is read for each.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bench/baseline/token_buckets.h"
#include "bench/claims/measurements.h"
#include "bench/support/charge_loop.h"
#include "bench/support/check.h"
#include "bench/support/seeded_random.h"
#include "bench/support/thread_team.h"
#include "engine/base/cacheline.h"
#include "engine/base/steady_clock.h"

namespace tollgate::bench {
namespace {

constexpr size_t kThreads = 2;

// The buckets of one limiter and one loop a thread.
struct Charges {
  Charges(const ChargeOptions& options, size_t threads) : buckets(options) {
    for (size_t i = 0; i < threads; ++i) {
      loops.push_back(std::make_unique<ChargeLoop>(&buckets, i, threads));
    }
  }

  ChargeBuckets buckets;
  std::vector<std::unique_ptr<ChargeLoop>> loops;
};

// Buckets of another kind, charged in random order as ours are.
template <typename Bucket>
class OtherBuckets {
 public:
  explicit OtherBuckets(size_t buckets)
      : buckets_(std::make_unique<Padded[]>(buckets)) {
    SeededRandom random(61);
    for (uint32_t& drawn : order_) {
      drawn = static_cast<uint32_t>(random.Below(buckets));
    }
  }

  // The call of one thread of `threads`.
  auto CallOf(size_t thread, size_t threads) {
    return [this, at = thread * kOrder / threads, now = 1e6]() mutable {
      constexpr size_t kCallsPerRead = 64;
      if (at % kCallsPerRead == 0) {
        now = static_cast<double>(clock_.Read().monotonic.value) * 1e-9 + 1e6;
      }
      Require(buckets_[order_[at++ % kOrder]].bucket.Charge(kRate, now),
              "another bucket refused");
    };
  }

 private:
  static constexpr size_t kOrder = ChargeBuckets::kOrder;
  static constexpr BucketRate kRate = {5e8, 5e8};

  // Ours do not share lines with others' either.
  struct alignas(kCacheLineBytes) Padded {
    Bucket bucket;
  };

  const std::unique_ptr<Padded[]> buckets_;
  std::vector<uint32_t> order_ = std::vector<uint32_t>(kOrder);
  SteadyClock clock_;
};

// One window, on one thread and on two, beside the buckets of others.
class Contest {
 public:
  Contest(Context& context, ThreadTeam& team, size_t buckets, size_t threads)
      : slice_(2 * context.effort().slice),
        team_(team),
        threads_(threads),
        ours_({.buckets = buckets, .single = true}, threads),
        locked_(buckets),
        empty_since_(buckets),
        timer_(buckets) {
    Add("Tollgate", [this](size_t thread) {
      return [loop = ours_.loops[thread].get()] { loop->Call(); };
    });
    Add("mutex", [this](size_t i) { return locked_.CallOf(i, threads_); });
    Add("folly's algorithm",
        [this](size_t i) { return empty_since_.CallOf(i, threads_); });
    Add("Envoy's algorithm, without its timer",
        [this](size_t i) { return timer_.CallOf(i, threads_); });
    run_.Run(context.effort().Share(0.02));
  }

  PeerGroup Peers(size_t buckets) const {
    PeerGroup group = {absl::StrCat("charge one of ", Context::Count(buckets),
                                    " buckets, one window, ", threads_,
                                    threads_ == 1 ? " thread" : " threads"),
                       {}};
    for (size_t i = 0; i < run_.size(); ++i) {
      group.entries.push_back({run_.name(i), run_.Median(i), i == 0});
    }
    return group;
  }

 private:
  template <typename MakeCall>
  void Add(std::string name, MakeCall make_call) {
    run_.Add(std::move(name), [this, body = Repeat(make_call)] {
      return team_.NanosPerOp(threads_, slice_, body);
    });
  }

  const std::chrono::nanoseconds slice_;
  ThreadTeam& team_;
  const size_t threads_;
  Charges ours_;
  OtherBuckets<MutexBucket> locked_;
  OtherBuckets<EmptySinceBucket> empty_since_;
  OtherBuckets<TimerBucket> timer_;
  InterleavedRun run_;
};

}  // namespace

void MeasureLimiter(Context& context) {
  const Effort& effort = context.effort();
  const size_t keys = effort.few_keys;
  const std::string many = absl::StrCat(context.few_text(), " buckets");
  Charges own({.buckets = keys}, 1);
  Charges leased({.buckets = keys}, kThreads);
  Charges exact({.buckets = keys, .leases = false}, kThreads);
  Charges hot({.buckets = 1}, kThreads);
  Charges refused({.buckets = keys, .scarce = true}, 1);

  ThreadTeam team(kThreads);
  InterleavedRun run;
  const auto add = [&](std::string name, Charges& charges) {
    const size_t threads = charges.loops.size();
    auto body = Repeat([&charges](size_t thread) {
      return [loop = charges.loops[thread].get()] { loop->Call(); };
    });
    run.Add(std::move(name),
            [&team, threads, slice = 2 * effort.slice, body = std::move(body)] {
              return team.NanosPerOp(threads, slice, body);
            });
  };
  add(absl::StrCat("Charge, only worker, ", many), own);
  add(absl::StrCat("Charge refused, ", many), refused);
  add(absl::StrCat("Charge, 2 threads, leased, ", many), leased);
  add(absl::StrCat("Charge, 2 threads, exact, ", many), exact);
  add("Charge, 2 threads, leased, one bucket", hot);
  run.Run(effort.Share(0.05));
  for (size_t i = 0; i < run.size(); ++i) context.AddFigure(run, i);

  for (const size_t buckets : {size_t{1}, keys}) {
    for (const size_t threads : {size_t{1}, kThreads}) {
      context.report().peers.push_back(
          Contest(context, team, buckets, threads).Peers(buckets));
    }
  }

  const size_t many_buckets = effort.many_keys;
  const double bytes =
      static_cast<double>(
          ChargeBuckets({.buckets = many_buckets}).MemoryBytes()) /
      static_cast<double>(many_buckets);
  context.report().notes.push_back(absl::StrFormat(
      "A bucket of three windows takes %.1f bytes, of %s buckets.", bytes,
      Context::Count(many_buckets)));
}

}  // namespace tollgate::bench
