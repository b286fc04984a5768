#include "engine/limit/rate_limiter.h"

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/sync/epoch.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

constexpr uint64_t kSecond = 1'000'000;
constexpr uint64_t kMinute = 60 * kSecond;
constexpr uint64_t kDay = 86'400 * kSecond;
constexpr int64_t kStart = 5'000'000;  // microseconds

MonotonicNanos AtMicros(int64_t us) { return {us * 1000}; }

class RateLimiterTest : public testing::Test {
 protected:
  ChargeResult Charge(BucketId id, const LimitSet* limits, int64_t at_us,
                      uint32_t permits = 1) {
    return limiter_.Charge(worker_, id, limits, AtMicros(at_us), permits);
  }
  bool Allowed(BucketId id, const LimitSet* limits, int64_t at_us,
               uint32_t permits = 1) {
    return Charge(id, limits, at_us, permits).outcome ==
           ChargeOutcome::kAllowed;
  }
  uint64_t Remaining(BucketId id, const LimitSet* limits, int64_t at_us,
                     size_t window = 0) {
    const ChargeResult result =
        limiter_.Peek(worker_, id, limits, AtMicros(at_us));
    return ComputeLimitLeft(limits->windows()[window], result.slack[window])
        .remaining;
  }

  EpochDomain domain_;
  RateLimiter limiter_{&domain_, {.bucket_bytes_max = 4 << 20}};
  RateLimiter::Worker worker_{limiter_.NewWorker()};
  EpochDomain::Participant participant_ = domain_.Register();
};

TEST_F(RateLimiterTest, EqualSpecsAreOneSet) {
  const LimitSet* a = limiter_.Intern({{"second", 5, kSecond, 5}});
  EXPECT_EQ(limiter_.Intern({{"second", 5, kSecond, 5}}), a);
  EXPECT_NE(limiter_.Intern({{"second", 5, kSecond, 6}}), a);
  EXPECT_NE(limiter_.Intern({{"other", 5, kSecond, 5}}), a);
}

TEST_F(RateLimiterTest, ThreeWindowsTake32Bytes) {
  const LimitSet* limits = limiter_.Intern({{"second", 5, kSecond, 5},
                                            {"minute", 9, kMinute, 9},
                                            {"day", 99, kDay, 99}});
  for (int i = 0; i < 20'000; ++i) ASSERT_NE(limiter_.Create(limits), 0u);
  // And a begun chunk.
  EXPECT_LE(limiter_.MemoryBytes(), 20'000 * 32 + (65 << 10));
}

TEST_F(RateLimiterTest, ARefusalChargesNoWindow) {
  const LimitSet* limits = limiter_.Intern(
      {{"second", 2, kSecond, 2}, {"minute", 100, kMinute, 100}});
  const BucketId id = limiter_.Create(limits);
  EXPECT_TRUE(Allowed(id, limits, kStart, 2));
  for (int i = 0; i < 500; ++i) EXPECT_FALSE(Allowed(id, limits, kStart));
  EXPECT_EQ(Remaining(id, limits, kStart, 1), 98u);
}

TEST_F(RateLimiterTest, ARefusalNamesTheWindowThatRefusesLongest) {
  const LimitSet* limits = limiter_.Intern({{"second", 2, kSecond, 2},
                                            {"day", 2, kDay, 2},
                                            {"minute", 2, kMinute, 2}});
  const BucketId id = limiter_.Create(limits);
  EXPECT_TRUE(Allowed(id, limits, kStart, 2));
  const ChargeResult result = Charge(id, limits, kStart);
  EXPECT_EQ(result.window, 1);
  EXPECT_EQ(result.retry_after_us, static_cast<int64_t>(kDay / 2));
  EXPECT_FALSE(Allowed(id, limits, kStart + result.retry_after_us - 1));
  EXPECT_TRUE(Allowed(id, limits, kStart + result.retry_after_us));
}

TEST_F(RateLimiterTest, MoreThanTheBurstIsRefusedForEver) {
  const LimitSet* limits = limiter_.Intern({{"second", 5, kSecond, 5}});
  const BucketId id = limiter_.Create(limits);
  for (const uint32_t permits : {6u, 1'000'000u, ~0u}) {
    const ChargeResult result = Charge(id, limits, kStart, permits);
    EXPECT_EQ(result.outcome, ChargeOutcome::kRefused);
    EXPECT_EQ(result.retry_after_us, kNeverMicros);
    EXPECT_EQ(limiter_.Peek(worker_, id, limits, AtMicros(kStart), permits)
                  .retry_after_us,
              kNeverMicros);
  }
  EXPECT_EQ(Remaining(id, limits, kStart), 5u);
}

TEST_F(RateLimiterTest, ZeroLimitsRefuseEverything) {
  for (const LimitSpec& spec :
       {LimitSpec{"second", 0, kSecond, 5}, LimitSpec{"second", 5, kSecond, 0},
        LimitSpec{"second", 5, 0, 5}}) {
    const LimitSet* limits = limiter_.Intern({spec});
    const BucketId id = limiter_.Create(limits);
    const ChargeResult result = Charge(id, limits, kStart);
    EXPECT_EQ(result.outcome, ChargeOutcome::kRefused);
    EXPECT_EQ(result.retry_after_us, kNeverMicros);
  }
}

TEST_F(RateLimiterTest, NoWindowsAllowEverything) {
  const LimitSet* limits = limiter_.Intern({});
  EXPECT_TRUE(Allowed(0, limits, kStart));
  EXPECT_TRUE(Allowed(limiter_.Create(limits), limits, kStart, 1000));
}

TEST_F(RateLimiterTest, PeekTellsWhatAChargeWouldAndChargesNothing) {
  const LimitSet* limits =
      limiter_.Intern({{"second", 3, kSecond, 3}, {"minute", 7, kMinute, 7}});
  const BucketId id = limiter_.Create(limits);
  int64_t now = kStart;
  for (int i = 0; i < 200; ++i) {
    const uint32_t permits = 1 + i % 3;
    const ChargeResult told =
        limiter_.Peek(worker_, id, limits, AtMicros(now), permits);
    const ChargeResult again =
        limiter_.Peek(worker_, id, limits, AtMicros(now), permits);
    const ChargeResult done = Charge(id, limits, now, permits);
    ASSERT_EQ(told.outcome, done.outcome) << i;
    ASSERT_EQ(told.retry_after_us, done.retry_after_us) << i;
    ASSERT_EQ(told.slack[0], again.slack[0]);
    if (done.outcome == ChargeOutcome::kRefused) {
      ASSERT_EQ(told.window, done.window);
      ASSERT_EQ(told.slack[1], done.slack[1]);
    }
    now += (i % 7) * 170'000;
  }
}

TEST_F(RateLimiterTest, AnIdThatNamesNoBucketIsStale) {
  const LimitSet* limits = limiter_.Intern({{"second", 5, kSecond, 5}});
  for (const BucketId id : {0u, 1u, 5000u, 1u << 20, ~0u}) {
    EXPECT_EQ(Charge(id, limits, kStart).outcome, ChargeOutcome::kStale) << id;
    EXPECT_EQ(limiter_.Peek(worker_, id, limits, AtMicros(kStart)).outcome,
              ChargeOutcome::kStale);
    EXPECT_TRUE(limiter_.ExportUsage(id, AtMicros(kStart)).empty());
    limiter_.Free(participant_, id);
  }
  EXPECT_NE(limiter_.Rebind(worker_, 0, limits, AtMicros(kStart)), 0u);
}

TEST_F(RateLimiterTest, OtherLimitsAreStaleUntilReboundAndKeepTheUsage) {
  const LimitSet* few = limiter_.Intern(
      {{"minute", 10, kMinute, 10}, {"hour", 50, 60 * kMinute, 50}});
  const LimitSet* many = limiter_.Intern({{"hour", 500, 60 * kMinute, 500},
                                          {"minute", 30, kMinute, 30},
                                          {"day", 9, kDay, 9}});
  const BucketId id = limiter_.Create(few);
  EXPECT_TRUE(Allowed(id, few, kStart, 8));
  EXPECT_EQ(Charge(id, many, kStart).outcome, ChargeOutcome::kStale);
  const BucketId moved = limiter_.Rebind(worker_, id, many, AtMicros(kStart));
  ASSERT_NE(moved, id);
  EXPECT_EQ(limiter_.Rebind(worker_, id, many, AtMicros(kStart)), moved);
  EXPECT_EQ(limiter_.Rebind(worker_, moved, many, AtMicros(kStart)), moved);
  EXPECT_EQ(Remaining(moved, many, kStart, 0), 492u);
  EXPECT_EQ(Remaining(moved, many, kStart, 1), 22u);
  EXPECT_EQ(Remaining(moved, many, kStart, 2), 9u) << "a new window is full";
  EXPECT_TRUE(Allowed(id, many, kStart)) << "the old id leads to the new one";
  EXPECT_EQ(Remaining(moved, many, kStart, 1), 21u);
  EXPECT_EQ(Charge(moved, few, kStart).outcome, ChargeOutcome::kStale);
}

TEST_F(RateLimiterTest, RebindingMatchesWindowsByName) {
  const LimitSet* few = limiter_.Intern(
      {{"minute", 10, kMinute, 10}, {"hour", 50, 60 * kMinute, 50}});
  const LimitSet* many = limiter_.Intern(
      {{"hour", 500, 60 * kMinute, 500}, {"minute", 30, kMinute, 30}});
  const BucketId id = limiter_.Create(few);
  EXPECT_TRUE(Allowed(id, few, kStart, 8));
  const int64_t later = kStart + 30'000'000;  // 5 and 0.4 are back
  const BucketId moved = limiter_.Rebind(worker_, id, many, AtMicros(later));
  EXPECT_EQ(Remaining(moved, many, later, 0), 492u);
  EXPECT_EQ(Remaining(moved, many, later, 1), 27u);
}

TEST_F(RateLimiterTest, ASmallerBurstIsUsedUpButNotLockedOut) {
  const LimitSet* many =
      limiter_.Intern({{"hour", 10'000, 60 * kMinute, 10'000}});
  const LimitSet* few = limiter_.Intern({{"hour", 5, 60 * kMinute, 5}});
  const BucketId id = limiter_.Create(many);
  EXPECT_TRUE(Allowed(id, many, kStart, 9000));
  const BucketId moved = limiter_.Rebind(worker_, id, few, AtMicros(kStart));
  const ChargeResult result = Charge(moved, few, kStart);
  EXPECT_EQ(result.outcome, ChargeOutcome::kRefused);
  EXPECT_EQ(result.retry_after_us, static_cast<int64_t>(12 * kMinute));
}

TEST_F(RateLimiterTest, UsageSurvivesARestart) {
  const LimitSet* limits =
      limiter_.Intern({{"minute", 7, kMinute, 7}, {"day", 100, kDay, 100}});
  const BucketId id = limiter_.Create(limits);
  EXPECT_TRUE(Allowed(id, limits, kStart, 5));
  EXPECT_TRUE(Allowed(id, limits, kStart + 1'000'000));
  const auto usage = limiter_.ExportUsage(id, AtMicros(kStart + 1'000'000));
  ASSERT_EQ(usage.size(), 2u);
  EXPECT_EQ(usage[0].window, "minute");
  EXPECT_EQ(usage[0].used_micropermits, 5'883'334u);  // 6 - 7/60, rounded up
  EXPECT_EQ(usage[1].used_micropermits, 5'998'843u);

  // Another process, whose clock began anew, 20 seconds later.
  RateLimiter other(&domain_, {.bucket_bytes_max = 4 << 20});
  auto worker = other.NewWorker();
  const LimitSet* same = other.Intern(limits->specs());
  const BucketId restored = other.Create(same);
  other.RestoreUsage(restored, usage, 20 * kSecond, AtMicros(77));
  const ChargeResult left = other.Peek(worker, restored, same, AtMicros(77));
  EXPECT_EQ(ComputeLimitLeft(same->windows()[0], left.slack[0]).remaining, 3u);
  EXPECT_EQ(ComputeLimitLeft(same->windows()[1], left.slack[1]).remaining, 94u);
}

TEST_F(RateLimiterTest, RestoringNeverGivesAnythingBack) {
  const LimitSet* limits = limiter_.Intern({{"minute", 6, kMinute, 6}});
  const BucketId id = limiter_.Create(limits);
  EXPECT_TRUE(Allowed(id, limits, kStart, 5));
  limiter_.RestoreUsage(id, {{"minute", 2'000'000}}, 0, AtMicros(kStart));
  EXPECT_EQ(Remaining(id, limits, kStart), 1u);
  limiter_.RestoreUsage(id, {{"minute", ~uint64_t{0}}}, 0, AtMicros(kStart));
  EXPECT_EQ(Charge(id, limits, kStart).retry_after_us,
            static_cast<int64_t>(kMinute / 6))
      << "more than the burst is the burst";
  limiter_.RestoreUsage(id, {{"hour", 6'000'000}}, 0,
                        AtMicros(kStart + kMinute));
  EXPECT_EQ(Remaining(id, limits, kStart + kMinute), 6u);
}

TEST_F(RateLimiterTest, AFreedBucketIsStaleThenReused) {
  const LimitSet* limits = limiter_.Intern({{"second", 5, kSecond, 5}});
  const BucketId id = limiter_.Create(limits);
  EXPECT_TRUE(Allowed(id, limits, kStart, 5));
  limiter_.Free(participant_, id);
  limiter_.Free(participant_, id);
  EXPECT_EQ(Charge(id, limits, kStart).outcome, ChargeOutcome::kStale);
  EXPECT_EQ(limiter_.Rebind(worker_, id, limits, AtMicros(kStart)), 0u);
  while (participant_.Collect() == 0) {
  }
  std::set<BucketId> seen;
  for (int i = 0; i < 3; ++i) seen.insert(limiter_.Create(limits));
  EXPECT_EQ(seen.size(), 3u) << "freed twice, given out twice";
  ASSERT_EQ(seen.count(id), 1u);
  EXPECT_EQ(Remaining(id, limits, kStart), 5u);
}

TEST_F(RateLimiterTest, ManyBucketsComeAndGoInBoundedMemory) {
  const LimitSet* limits = limiter_.Intern({{"second", 5, kSecond, 5}});
  for (int i = 0; i < 200'000; ++i) {
    const BucketId id = limiter_.Create(limits);
    ASSERT_NE(id, 0u);
    ASSERT_TRUE(Allowed(id, limits, kStart, 5)) << "not a fresh bucket";
    limiter_.Free(participant_, id);
  }
  EXPECT_LE(limiter_.MemoryBytes(), size_t{256} << 10);
}

TEST_F(RateLimiterTest, AFullRangeIsToldAndHurtsNobody) {
  RateLimiter small(&domain_, {.bucket_bytes_max = 2 << 20});
  auto worker = small.NewWorker();
  const LimitSet* limits = small.Intern({{"second", 5, kSecond, 5}});
  const BucketId first = small.Create(limits);
  while (small.Create(limits) != 0) {
  }
  EXPECT_EQ(small.Rebind(worker, 0, limits, AtMicros(kStart)), 0u);
  EXPECT_EQ(small.Charge(worker, first, limits, AtMicros(kStart), 5).outcome,
            ChargeOutcome::kAllowed);
}

TEST_F(RateLimiterTest, ALimiterMayEndBeforeTheDomain) {
  auto limiter = std::make_unique<RateLimiter>(
      &domain_, RateLimiterOptions{.bucket_bytes_max = 4 << 20});
  limiter->Free(participant_,
                limiter->Create(limiter->Intern({{"s", 5, kSecond, 5}})));
  limiter.reset();
  participant_.Collect();
}

// Two workers that charge by turns soon hold leases.
class LeaseTest : public RateLimiterTest {
 protected:
  LeaseTest() { Contend(); }
  void Contend() {
    for (int i = 0; i < 4; ++i) {
      EXPECT_TRUE(Allowed(id_, limits_, kStart));
      EXPECT_TRUE(OtherAllowed(kStart));
    }
  }
  bool OtherAllowed(int64_t at_us) {
    return limiter_.Charge(*other_, id_, limits_, AtMicros(at_us)).outcome ==
           ChargeOutcome::kAllowed;
  }

  const LimitSet* limits_ = limiter_.Intern(
      {{"second", 800, kSecond, 800}, {"minute", 2000, kMinute, 2000}});
  BucketId id_ = limiter_.Create(limits_);
  std::unique_ptr<RateLimiter::Worker> other_{
      new RateLimiter::Worker(limiter_.NewWorker())};
};

TEST_F(LeaseTest, AHotSharedBucketIsLeased) {
  EXPECT_EQ(worker_.leases_held(), 1u);
  EXPECT_EQ(other_->leases_held(), 1u);
}

TEST_F(LeaseTest, IdleGivesLeasesBackToThePermit) {
  worker_.Idle();
  other_->Idle();
  EXPECT_EQ(worker_.leases_held(), 0u);
  EXPECT_EQ(Remaining(id_, limits_, kStart), 800u - 8);
  EXPECT_EQ(Remaining(id_, limits_, kStart, 1), 2000u - 8);
}

TEST_F(LeaseTest, AWorkerThatEndsGivesItsLeasesBack) {
  other_.reset();
  worker_.Idle();
  EXPECT_EQ(Remaining(id_, limits_, kStart), 800u - 8);
}

TEST_F(LeaseTest, AnOldLeaseEndsAtTheNextCharge) {
  const int64_t later = kStart + 110'000;
  EXPECT_TRUE(Allowed(id_, limits_, later));
  EXPECT_EQ(worker_.leases_held(), 0u) << "nobody else charged lately";
}

TEST_F(LeaseTest, ALeasedChargeTellsWhatIsLeft) {
  EXPECT_TRUE(Allowed(id_, limits_, kStart));
  other_->Idle();
  const ChargeResult result = Charge(id_, limits_, kStart);
  EXPECT_EQ(ComputeLimitLeft(limits_->windows()[0], result.slack[0]).remaining,
            800u - 10);
}

TEST_F(LeaseTest, WhatLeasesStrandIsAtMostAnEighth) {
  uint64_t allowed = 8;
  while (OtherAllowed(kStart)) ++allowed;
  EXPECT_GE(allowed, 700u);
  EXPECT_LE(allowed, 800u);
  while (Allowed(id_, limits_, kStart)) ++allowed;
  EXPECT_EQ(allowed, 800u) << "the rest was on lease to the other";
}

TEST_F(LeaseTest, ALoneWorkerIsExactAgain) {
  other_.reset();
  worker_.Idle();
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(Allowed(id_, limits_, kStart));
    EXPECT_EQ(worker_.leases_held(), 0u);
  }
}

TEST_F(LeaseTest, ALoneWorkerTakesNoNewLease) {
  other_.reset();
  for (int i = 0; i < 300; ++i) EXPECT_TRUE(Allowed(id_, limits_, kStart));
  EXPECT_EQ(worker_.leases_held(), 0u);
  EXPECT_EQ(Remaining(id_, limits_, kStart), 800u - 8 - 300);
}

// A lease is spent within a tenth of a second; when it ends later, what was
// spent of it has refilled since then.
TEST_F(LeaseTest, WhatWasSpentRefillsThoughTheLeaseEndsLate) {
  for (int i = 0; i < 60; ++i) {
    EXPECT_TRUE(Allowed(id_, limits_, kStart));
    EXPECT_TRUE(OtherAllowed(kStart));
  }
  EXPECT_NE(worker_.leases_held(), 0u);
  const int64_t later = kStart + 3'000'000;
  worker_.Begin(AtMicros(later));
  other_->Begin(AtMicros(later));
  worker_.Idle();
  other_->Idle();
  EXPECT_EQ(Remaining(id_, limits_, later), 800u);
}

TEST_F(LeaseTest, SmallLimitsAreNeverLeased) {
  const LimitSet* small = limiter_.Intern({{"second", 255, kSecond, 255}});
  const BucketId id = limiter_.Create(small);
  worker_.Idle();
  uint64_t allowed = 0;
  for (int i = 0; i < 200; ++i) {
    allowed += Allowed(id, small, kStart);
    allowed += limiter_.Charge(*other_, id, small, AtMicros(kStart)).outcome ==
               ChargeOutcome::kAllowed;
    EXPECT_EQ(worker_.leases_held(), 0u);
  }
  EXPECT_EQ(allowed, 255u);
}

TEST_F(LeaseTest, ALeaseIsNotSpentAfterTheLimitsChanged) {
  const LimitSet* few = limiter_.Intern({{"second", 10, kSecond, 10}});
  const BucketId moved = limiter_.Rebind(worker_, id_, few, AtMicros(kStart));
  uint64_t allowed = 0;
  for (int i = 0; i < 100; ++i) {
    // One worker still has the old id.
    allowed += limiter_.Charge(*other_, id_, few, AtMicros(kStart)).outcome ==
               ChargeOutcome::kAllowed;
    allowed += Allowed(moved, few, kStart);
  }
  EXPECT_EQ(allowed, 0u) << "what was on lease counts as used";
  EXPECT_EQ(limiter_.Charge(*other_, id_, limits_, AtMicros(kStart)).outcome,
            ChargeOutcome::kStale);
  EXPECT_EQ(other_->leases_held(), 0u);
}

TEST_F(LeaseTest, ABucketWithLeasesIsNotReused) {
  limiter_.Free(participant_, id_);
  const auto reused = [&] {
    // Enough retirements to make everything collected.
    for (int i = 0; i < 4; ++i) participant_.Collect();
    std::set<BucketId> ids;
    for (int i = 0; i < 8; ++i) ids.insert(limiter_.Create(limits_));
    return ids.count(id_) != 0;
  };
  EXPECT_FALSE(reused());
  worker_.Idle();
  EXPECT_FALSE(reused());
  other_.reset();  // its participant hands over what it retired
  EXPECT_TRUE(reused());
}

TEST_F(LeaseTest, AForwardWithLeasesIsNotReused) {
  const LimitSet* few = limiter_.Intern({{"second", 10, kSecond, 10}});
  EXPECT_NE(limiter_.Rebind(*other_, id_, few, AtMicros(kStart)), 0u);
  limiter_.Free(participant_, id_);
  const auto reused = [&] {
    for (int i = 0; i < 4; ++i) participant_.Collect();
    std::set<BucketId> ids;
    for (int i = 0; i < 8; ++i) ids.insert(limiter_.Create(limits_));
    return ids.count(id_) != 0;
  };
  EXPECT_FALSE(reused()) << "the first worker still has permits of it";
  EXPECT_EQ(limiter_.Charge(worker_, id_, limits_, AtMicros(kStart)).outcome,
            ChargeOutcome::kStale);
  EXPECT_EQ(worker_.leases_held(), 0u);
}

TEST_F(LeaseTest, ALeaseThatOutlivesAnEraMakesTheBucketStaleNotWrong) {
  const int64_t later = kStart + 5 * static_cast<int64_t>(kDay);
  worker_.Idle();
  EXPECT_EQ(Charge(id_, limits_, later).outcome, ChargeOutcome::kStale);
  const BucketId fresh =
      limiter_.Rebind(worker_, id_, limits_, AtMicros(later));
  EXPECT_NE(fresh, id_);
  EXPECT_TRUE(Allowed(id_, limits_, later));
  EXPECT_GE(Remaining(fresh, limits_, later), 700u);
  other_->Idle();
}

TEST_F(LeaseTest, ManyBucketsInASmallTableKeepTheirPermits) {
  RateLimiter small(&domain_, {.bucket_bytes_max = 4 << 20, .lease_sets = 2});
  auto a = small.NewWorker();
  auto b = small.NewWorker();
  const LimitSet* limits = small.Intern({{"second", 800, kSecond, 800}});
  std::vector<BucketId> ids;
  for (int i = 0; i < 40; ++i) ids.push_back(small.Create(limits));
  const auto charge = [&](RateLimiter::Worker& worker, BucketId id) {
    return small.Charge(worker, id, limits, AtMicros(kStart)).outcome ==
           ChargeOutcome::kAllowed;
  };
  for (const BucketId id : ids) {
    for (int i = 0; i < 5; ++i) {
      EXPECT_TRUE(charge(a, id));
      EXPECT_TRUE(charge(b, id));
    }
  }
  EXPECT_LE(a.leases_held(), 8u);
  a.Idle();
  b.Idle();
  for (const BucketId id : ids) {
    const ChargeResult left = small.Peek(a, id, limits, AtMicros(kStart));
    EXPECT_EQ(ComputeLimitLeft(limits->windows()[0], left.slack[0]).remaining,
              790u);
  }
}

}  // namespace
}  // namespace tollgate
