// The limiter under interleavings that a seed decides, and with a thread
// suspended at every step. The letters cite the argument in
// engine/limit/bucket.h.

#include <atomic>
#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "engine/limit/bucket.h"
#include "engine/limit/limit_tick.h"
#include "engine/limit/rate_limiter.h"
#include "engine/sync/epoch.h"
#include "gtest/gtest.h"
#include "tests/limit/charge_history.h"
#include "tests/limit/token_bucket_oracle.h"
#include "tests/support/deterministic_schedule.h"

namespace tollgate {
namespace {

using Limiter = BasicRateLimiter<DeterministicAtomics>;
using Domain = BasicEpochDomain<DeterministicAtomics>;

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kDay = 86'400 * kSecond;
constexpr int64_t kStart = 1'000 * kSecond;

MonotonicNanos AtMicros(int64_t us) { return {us * 1000}; }

const std::vector<LimitSpec>& SmallLimits() {
  static const auto& limits =
      *new std::vector<LimitSpec>{{"second", 3, kSecond, 3},
                                  {"minute", 7, 60 * kSecond, 7},
                                  {"day", 20, kDay, 12}};
  return limits;
}

const std::vector<LimitSpec>& LargeLimits() {
  static const auto& limits = *new std::vector<LimitSpec>{
      {"second", 300, kSecond, 300}, {"minute", 800, 60 * kSecond, 400}};
  return limits;
}

struct Fixture {
  explicit Fixture(const std::vector<LimitSpec>& specs, size_t worker_count)
      : limits(limiter.Intern(specs)), bucket(limiter.Create(limits)) {
    for (size_t i = 0; i < worker_count; ++i) AddWorker();
  }
  ~Fixture() { workers.clear(); }

  void AddWorker() {
    workers.push_back(std::unique_ptr<Limiter::Worker>(
        new Limiter::Worker(limiter.NewWorker())));
  }

  bool Charge(size_t worker, int64_t at_us, uint32_t permits = 1) {
    return limiter
               .Charge(*workers[worker], bucket, limits, AtMicros(at_us),
                       permits)
               .outcome == ChargeOutcome::kAllowed;
  }

  uint64_t Remaining(size_t window, int64_t at_us) {
    const ChargeResult result =
        limiter.Peek(*workers[0], bucket, limits, AtMicros(at_us));
    return ComputeLimitLeft(limits->windows()[window], result.slack[window])
        .remaining;
  }

  bool HasLease(size_t worker) { return workers[worker]->leases_held() != 0; }

  Domain domain;
  Limiter limiter{&domain,
                  {.bucket_bytes_max = size_t{2} << 20, .lease_sets = 2}};
  const LimitSet* limits;
  BucketId bucket;
  std::vector<std::unique_ptr<Limiter::Worker>> workers;
};

// What has happened to the bucket before the threads meet it: each brings its
// word into another state.
struct History {
  const char* name;
  std::vector<std::pair<int64_t, uint32_t>> charges;  // at, permits
  int64_t now;
};

const std::vector<History>& SmallHistories() {
  static const auto& histories = *new std::vector<History>{
      {"untouched", {}, kStart},
      {"run at this time", {{kStart, 2}}, kStart},
      {"run, full again", {{kStart, 3}}, kStart + kDay},
      {"run, some windows full", {{kStart, 2}}, kStart + 2 * kSecond},
      {"live", {{kStart, 2}, {kStart + 2 * kSecond, 1}}, kStart + 2 * kSecond},
      {"live, some windows full",
       {{kStart, 2}, {kStart + 2 * kSecond, 1}},
       kStart + 5 * kSecond},
      {"live, all windows full",
       {{kStart, 2}, {kStart + 2 * kSecond, 1}},
       kStart + kDay},
      {"live, idle for years",
       {{kStart, 2}, {kStart + 2 * kSecond, 1}},
       kStart + 4000 * kDay}};
  return histories;
}

uint64_t Prepare(const History& history, Fixture& fixture) {
  TokenBucketOracle oracle(fixture.limits->specs());
  for (const auto& [at, permits] : history.charges) {
    EXPECT_EQ(fixture.Charge(0, at, permits), oracle.Charge(at, permits))
        << history.name;
  }
  oracle.Advance(history.now);
  uint64_t left = ~uint64_t{0};
  for (size_t i = 0; i < fixture.limits->size(); ++i) {
    left = std::min(left, oracle.Remaining(i));
  }
  return left;
}

// G1-G5, G7, G8: at one instant the answers are those of one thread, whatever
// the state and the interleaving.
TEST(LimiterInterleavingTest, ExactChargesAreLinearizable) {
  for (const History& history : SmallHistories()) {
    for (uint64_t seed = 0; seed < 150; ++seed) {
      Fixture fixture(SmallLimits(), 3);
      const uint64_t left = Prepare(history, fixture);
      std::vector<ChargeCall> calls(6);
      std::atomic<uint64_t> moment{0};
      DeterministicSchedule schedule(seed);
      for (size_t thread = 0; thread < 3; ++thread) {
        schedule.Spawn([&, thread] {
          for (size_t i = 0; i < 2; ++i) {
            ChargeCall& call = calls[2 * thread + i];
            call.permits = 1 + (seed + thread + i) % 2;
            call.begun = ++moment;
            call.allowed = fixture.Charge(thread, history.now,
                                          static_cast<uint32_t>(call.permits));
            call.ended = ++moment;
          }
        });
      }
      ASSERT_TRUE(schedule.Run().others_finished);
      EXPECT_TRUE(LinearizationSearch(calls, left).Find())
          << history.name << ", seed " << seed << ", left " << left;
      uint64_t spent = 0;
      for (const ChargeCall& call : calls) {
        spent += call.allowed ? call.permits : 0;
      }
      for (size_t i = 0; i < 3; ++i) {
        EXPECT_GE(fixture.Remaining(i, history.now), left - spent)
            << history.name << ", seed " << seed;
      }
    }
  }
}

// G8: a thread that read the word of one live period and the bases of the next
// refuses nobody. The periods lie on either side of a wrap of where `used`
// starts, so the mixture looks like a bucket that was charged for ever.
TEST(LimiterInterleavingTest, ARefusalIsOfOneMoment) {
  using Bucket = BasicBucket<DeterministicAtomics>;
  const LimitSet set(
      {{"second", 30, kSecond, 30}, {"minute", 60, 60 * kSecond, 60}});
  const uint64_t wrap = kTickOrigin + bucket_word::kUsedStartMask + 1;
  for (uint64_t seed = 0; seed < 600; ++seed) {
    Bucket::Cell cells[3] = {};
    Bucket bucket(cells, &set);
    const auto charge = [&](uint64_t tick) {
      ChargeResult result;
      Bucket::Receipt receipt;
      return bucket.Charge({tick, 1, 0}, result, receipt) ==
             ChargeOutcome::kAllowed;
    };
    for (const uint64_t since : {5 * kSecond, 5 * kSecond, 4'900'000l}) {
      EXPECT_TRUE(charge(wrap - since));
    }
    ASSERT_EQ(bucket_word::StateOf(bucket.LoadWord()), BucketState::kLive);
    const uint64_t now = wrap + 100 * kSecond;
    DeterministicSchedule schedule(seed);
    for (const uint64_t tick : {now, now, now + 50'000}) {
      schedule.Spawn([&, tick] {
        EXPECT_TRUE(charge(tick)) << "seed " << seed << ", tick " << tick;
      });
    }
    ASSERT_TRUE(schedule.Run().others_finished);
  }
}

// G3: a thread that raises a base late, for an earlier tick, lowers nothing.
TEST(LimiterInterleavingTest, ALateRaiseLowersNoBase) {
  const std::vector<LimitSpec> specs = {{"second", 30, kSecond, 30},
                                        {"minute", 120, 60 * kSecond, 60}};
  for (uint64_t seed = 0; seed < 1500; ++seed) {
    Fixture fixture(specs, 2);
    EXPECT_TRUE(fixture.Charge(0, kStart, 9));
    EXPECT_TRUE(fixture.Charge(0, kStart + kSecond, 9));
    std::vector<AllowedCharge> slow;
    std::vector<AllowedCharge> fast;
    DeterministicSchedule schedule(seed);
    schedule.Spawn([&] {
      const int64_t at = kStart + 2 * kSecond;
      if (fixture.Charge(0, at)) slow.push_back({at, 1});
    });
    schedule.Spawn([&] {
      const int64_t at = kStart + 2 * kSecond + 500'000;
      for (int i = 0; i < 32; ++i) {
        if (fixture.Charge(1, at)) fast.push_back({at, 1});
      }
    });
    ASSERT_TRUE(schedule.Run().others_finished);
    EXPECT_LE(fast.size(), 30u) << "seed " << seed;
    fast.insert(fast.end(), slow.begin(), slow.end());
    EXPECT_EQ(FindExcess(specs[0], fast), "") << "seed " << seed;
  }
}

// G9: a thread that is suspended at any step of a charge, for ever as far as
// the others can tell, neither stops them nor lets anything through.
TEST(LimiterInterleavingTest, ASuspendedChargeStopsNobody) {
  for (const History& history : SmallHistories()) {
    bool suspended = true;
    for (uint64_t step = 0; suspended && step < 200; ++step) {
      Fixture fixture(SmallLimits(), 3);
      const uint64_t left = Prepare(history, fixture);
      std::atomic<uint64_t> allowed{0};
      std::atomic<uint64_t> allowed_others{0};
      DeterministicSchedule schedule(step);
      schedule.Spawn([&] { allowed += fixture.Charge(0, history.now); });
      for (size_t thread = 1; thread < 3; ++thread) {
        schedule.Spawn([&, thread] {
          for (int i = 0; i < 8; ++i) {
            allowed_others += fixture.Charge(thread, history.now);
          }
        });
      }
      schedule.SuspendAt(0, step);
      const auto outcome = schedule.Run();
      suspended = outcome.suspended;
      ASSERT_TRUE(outcome.others_finished) << history.name << step;
      EXPECT_EQ(allowed + allowed_others, left)
          << history.name << ", step " << step;
      EXPECT_GE(allowed_others + 1, left) << history.name << ", step " << step;
    }
    EXPECT_FALSE(suspended) << "more steps than tried";
  }
}

// G3-G6: with leases, with threads that use a time read long ago, and with
// workers that go idle, no window's bound is ever exceeded.
TEST(LimiterInterleavingTest, LeasesKeepTheBound) {
  uint64_t leased = 0;
  for (uint64_t seed = 0; seed < 500; ++seed) {
    Fixture fixture(LargeLimits(), 3);
    std::atomic<int64_t> clock{kStart};
    std::vector<std::vector<AllowedCharge>> allowed(3);
    DeterministicSchedule schedule(seed);
    for (size_t thread = 0; thread < 3; ++thread) {
      schedule.Spawn([&, thread] {
        std::mt19937_64 random(seed * 3 + thread);
        int64_t now = clock;
        for (int i = 0; i < 60; ++i) {
          if (random() % 2 == 0) now = clock;
          const uint32_t permits = random() % 8 == 0 ? 1 + random() % 9 : 1;
          if (fixture.Charge(thread, now, permits)) {
            allowed[thread].push_back({now, permits});
          }
          switch (random() % 40) {
            case 0:
              fixture.workers[thread]->Idle();
              break;
            case 1:
              clock += static_cast<int64_t>(random() % 300'000);
              break;
            case 2:
              clock += static_cast<int64_t>(random() % 3) * kDay;
              break;
            case 3:
            case 4:
            case 5:
              clock += static_cast<int64_t>(random() % 3000);
          }
          leased += fixture.HasLease(thread);
        }
      });
    }
    ASSERT_TRUE(schedule.Run().others_finished) << "seed " << seed;
    std::vector<AllowedCharge> all;
    for (const auto& one : allowed) {
      all.insert(all.end(), one.begin(), one.end());
    }
    for (const LimitSpec& spec : LargeLimits()) {
      EXPECT_EQ(FindExcess(spec, all), "") << "seed " << seed;
    }
  }
  EXPECT_GT(leased, 1000u) << "the test does not test leases";
}

// G6: what leases took and did not spend is given back to the permit.
TEST(LimiterInterleavingTest, UnspentLeasesComeBackWhole) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Fixture fixture(LargeLimits(), 3);
    std::atomic<uint64_t> spent{0};
    DeterministicSchedule schedule(seed);
    for (size_t thread = 0; thread < 3; ++thread) {
      schedule.Spawn([&, thread] {
        for (int i = 0; i < 110; ++i) {
          spent += fixture.Charge(thread, kStart);
        }
        fixture.workers[thread]->Idle();
      });
    }
    ASSERT_TRUE(schedule.Run().others_finished) << "seed " << seed;
    EXPECT_LE(spent, 300u);
    EXPECT_GE(spent, 300u - 300u / 8) << "more than the reserve was stranded";
    EXPECT_EQ(fixture.Remaining(0, kStart), 300 - spent) << "seed " << seed;
    EXPECT_EQ(fixture.Remaining(1, kStart), 400 - spent) << "seed " << seed;
  }
}

// G9 for leases: a worker suspended at any step of granting, spending or ending
// a lease strands at most the reserve, and stops nobody.
TEST(LimiterInterleavingTest, ASuspendedLeaseStrandsAtMostTheReserve) {
  bool suspended = true;
  for (uint64_t step = 0; suspended; ++step) {
    ASSERT_LT(step, 1000u);
    Fixture fixture(LargeLimits(), 2);
    // Both have charged, so that the next charges lease.
    for (size_t i = 0; i < 4; ++i) fixture.Charge(i % 2, kStart);
    std::atomic<uint64_t> others{0};
    DeterministicSchedule schedule(step);
    schedule.Spawn([&] {
      for (int i = 0; i < 20; ++i) fixture.Charge(0, kStart);
      fixture.workers[0]->Idle();
    });
    schedule.Spawn([&] {
      for (int i = 0; i < 400; ++i) others += fixture.Charge(1, kStart);
    });
    schedule.SuspendAt(0, step);
    const auto outcome = schedule.Run();
    suspended = outcome.suspended;
    ASSERT_TRUE(outcome.others_finished) << "step " << step;
    EXPECT_GE(others, 300u - 4 - 20 - 300u / 8) << "step " << step;
    EXPECT_LE(others, 300u - 4);
  }
}

// A rebind carries what was used, whoever charges meanwhile, and every thread
// ends up at the same bucket.
TEST(LimiterInterleavingTest, RebindingLosesNoCharge) {
  for (const bool large : {false, true}) {
    for (uint64_t seed = 0; seed < 250; ++seed) {
      const auto& specs = large ? LargeLimits() : SmallLimits();
      Fixture fixture(specs, 4);
      std::vector<LimitSpec> raised = specs;
      for (LimitSpec& spec : raised) spec.burst += 3;
      const LimitSet* wanted = fixture.limiter.Intern(raised);
      if (large) {
        for (size_t i = 0; i < 6; ++i) fixture.Charge(i % 4, kStart);
      }
      std::atomic<uint64_t> spent{large ? 6u : 0u};
      std::vector<BucketId> found(2);
      DeterministicSchedule schedule(seed);
      for (size_t thread = 0; thread < 2; ++thread) {
        schedule.Spawn([&, thread] {
          for (int i = 0; i < 4; ++i) spent += fixture.Charge(thread, kStart);
        });
        schedule.Spawn([&, thread] {
          found[thread] =
              fixture.limiter.Rebind(*fixture.workers[2 + thread],
                                     fixture.bucket, wanted, AtMicros(kStart));
          spent += fixture.limiter
                       .Charge(*fixture.workers[2 + thread], fixture.bucket,
                               wanted, AtMicros(kStart))
                       .outcome == ChargeOutcome::kAllowed;
        });
      }
      ASSERT_TRUE(schedule.Run().others_finished) << "seed " << seed;
      ASSERT_EQ(found[0], found[1]) << "seed " << seed;
      ASSERT_NE(found[0], fixture.bucket);
      for (auto& worker : fixture.workers) worker->Idle();
      fixture.bucket = found[0];
      fixture.limits = wanted;
      // What was on lease when the bucket moved counts as spent.
      const uint64_t used = raised[0].burst - fixture.Remaining(0, kStart);
      EXPECT_GE(used, spent) << "seed " << seed;
      if (!large) {
        EXPECT_EQ(used, spent) << "seed " << seed;
      }
    }
  }
}

// A freed bucket is given out again only when nobody can be looking at it and
// all leases on it have ended; a charge of the new owner meets a full bucket.
TEST(LimiterInterleavingTest, AFreedBucketIsReusedClean) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    Fixture fixture(LargeLimits(), 3);
    for (size_t i = 0; i < 6; ++i) fixture.Charge(i % 2, kStart);
    std::atomic<BucketId> known{fixture.bucket};
    std::atomic<uint64_t> late{0};
    DeterministicSchedule schedule(seed);
    for (size_t thread = 0; thread < 2; ++thread) {
      schedule.Spawn([&, thread] {
        auto participant = fixture.domain.Register();
        for (int i = 0; i < 12; ++i) {
          auto guard = participant.Pin();
          const BucketId id = known.load();
          if (id == 0) break;
          late += fixture.limiter
                      .Charge(*fixture.workers[thread], id, fixture.limits,
                              AtMicros(kStart))
                      .outcome == ChargeOutcome::kAllowed;
        }
        fixture.workers[thread]->Idle();
      });
    }
    schedule.Spawn([&] {
      auto participant = fixture.domain.Register();
      known.store(0);
      fixture.limiter.Free(participant, fixture.bucket);
      for (int i = 0; i < 3; ++i) {
        participant.Collect();
        const BucketId id = fixture.limiter.Create(fixture.limits);
        const ChargeResult result = fixture.limiter.Charge(
            *fixture.workers[2], id, fixture.limits, AtMicros(kStart), 300);
        EXPECT_EQ(result.outcome, ChargeOutcome::kAllowed) << "seed " << seed;
      }
    });
    ASSERT_TRUE(schedule.Run().others_finished) << "seed " << seed;
  }
}

}  // namespace
}  // namespace tollgate
