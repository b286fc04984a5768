// States of one bucket that the limiter reaches too rarely to wait for.

#include "engine/limit/bucket.h"

#include <atomic>
#include <cstdint>

#include "engine/limit/limit_set.h"
#include "engine/limit/limit_tick.h"
#include "engine/sync/atomics.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

using Bucket = BasicBucket<StdAtomics>;

constexpr uint64_t kSecond = 1'000'000;

class BucketTest : public testing::Test {
 protected:
  ChargeOutcome Charge(uint64_t tick, uint32_t permits = 1,
                       uint32_t lease_quanta = 0) {
    return bucket_.Charge({tick, permits, lease_quanta}, result_, receipt_);
  }
  BucketState State() const { return bucket_word::StateOf(bucket_.LoadWord()); }

  LimitSet set_{
      {{"second", 1000, kSecond, 1000}, {"minute", 2000, 60 * kSecond, 2000}}};
  std::atomic<uint64_t> cells_[3] = {};
  Bucket bucket_{cells_, &set_};
  ChargeResult result_;
  Bucket::Receipt receipt_;
  const uint64_t tick_ = kTickOrigin + 12'345'678;
};

TEST_F(BucketTest, AZeroedBucketIsFullAtAnyTime) {
  for (const uint64_t tick :
       {uint64_t{0}, uint64_t{1}, kTickOrigin, uint64_t{1} << 53,
        (uint64_t{1} << 53) + 5, (uint64_t{1} << 54) - 1,
        ToLimitTick(MonotonicNanos{INT64_MAX}).value}) {
    cells_[0] = 0;
    EXPECT_EQ(bucket_.Read(tick).backlog[0], 0) << tick;
    EXPECT_EQ(Charge(tick, 1000), ChargeOutcome::kAllowed) << tick;
    EXPECT_EQ(Charge(tick), ChargeOutcome::kRefused) << tick;
    EXPECT_EQ(Charge(tick + kSecond, 1000), ChargeOutcome::kAllowed) << tick;
  }
}

TEST_F(BucketTest, ARunBecomesLiveWhenOnlySomeWindowsAreFull) {
  EXPECT_EQ(Charge(tick_, 5), ChargeOutcome::kAllowed);
  EXPECT_EQ(State(), BucketState::kRun);
  EXPECT_EQ(Charge(tick_ + 1000), ChargeOutcome::kAllowed);
  EXPECT_EQ(State(), BucketState::kRun);
  EXPECT_EQ(Charge(tick_ + 20'000), ChargeOutcome::kAllowed);
  EXPECT_EQ(State(), BucketState::kLive);
  EXPECT_EQ(Charge(tick_ + 60 * kSecond), ChargeOutcome::kAllowed);
  EXPECT_EQ(State(), BucketState::kRun);
}

TEST_F(BucketTest, MoreThanARunCanCountMakesItLive) {
  EXPECT_EQ(Charge(tick_, 255), ChargeOutcome::kAllowed);
  EXPECT_EQ(State(), BucketState::kRun);
  EXPECT_EQ(Charge(tick_), ChargeOutcome::kAllowed);
  EXPECT_EQ(State(), BucketState::kLive);
  EXPECT_EQ(Charge(tick_, 744), ChargeOutcome::kAllowed);
  EXPECT_EQ(Charge(tick_), ChargeOutcome::kRefused);
}

TEST_F(BucketTest, ACounterThatNearsItsEndIsWornOut) {
  Charge(tick_, 300);
  const uint64_t word =
      bucket_word::Used::Set(bucket_.LoadWord(), bucket_word::kUsedMax + 1);
  EXPECT_FALSE(bucket_.IsWornOut(bucket_.LoadWord(), tick_));
  cells_[0] = word;
  EXPECT_TRUE(bucket_.IsWornOut(word, tick_));
  EXPECT_EQ(Charge(tick_), ChargeOutcome::kStale);
}

TEST_F(BucketTest, UsedStaysRightUpToItsEnd) {
  // Full at tick_, with a counter as high as it gets.
  const uint64_t used = bucket_word::kUsedMax;
  for (size_t i = 0; i < 2; ++i) {
    cells_[1 + i] = GcraBase(set_.rate(i), 0, used, tick_);
  }
  cells_[0] = bucket_word::MakeLive(tick_ >> set_.era_shift(), 0, used);
  EXPECT_EQ(Charge(tick_, 1000), ChargeOutcome::kAllowed);
  EXPECT_EQ(bucket_.Read(tick_).backlog[0], set_.rate(0).tolerance);
}

TEST_F(BucketTest, EveryErasDistanceIsJudgedRight) {
  const auto era = static_cast<uint64_t>(set_.era_us());
  for (uint64_t eras = 0; eras < 70'000; eras += eras < 10 ? 1 : 997) {
    for (const uint64_t extra : {uint64_t{0}, era / 2, era - 1}) {
      cells_[0] = 0;
      ASSERT_EQ(Charge(tick_, 1000), ChargeOutcome::kAllowed);
      ASSERT_EQ(State(), BucketState::kLive);
      const uint64_t later = tick_ + eras * era + extra;
      if (eras == 0 && extra == 0) continue;
      if (eras > 65'400) break;  // more than 284 years
      EXPECT_EQ(Charge(later, 1000), ChargeOutcome::kAllowed)
          << eras << " eras and " << extra;
      EXPECT_EQ(Charge(later), ChargeOutcome::kRefused);
    }
  }
}

TEST_F(BucketTest, ABucketThatIsErasAheadRefusesAndTellsHowFar) {
  const auto era = static_cast<uint64_t>(set_.era_us());
  const uint64_t ahead = tick_ + 10 * era;
  EXPECT_EQ(Charge(ahead, 1000), ChargeOutcome::kAllowed);
  EXPECT_EQ(Charge(tick_), ChargeOutcome::kRefused);
  EXPECT_GT(receipt_.ahead_us, static_cast<int64_t>(8 * era));
  EXPECT_LE(receipt_.ahead_us, static_cast<int64_t>(10 * era));
  EXPECT_GE(result_.retry_after_us, static_cast<int64_t>(10 * era));
}

TEST_F(BucketTest, ALeaseTakesNoMoreThanEveryWindowHas) {
  // 40 permits are left in the second.
  EXPECT_EQ(Charge(tick_, 959), ChargeOutcome::kAllowed);
  EXPECT_EQ(Charge(tick_, 1, 15), ChargeOutcome::kAllowed);
  EXPECT_LE(receipt_.quanta * 8, 40u);
  EXPECT_GT(receipt_.quanta, 0u);
  uint64_t left = 40 - receipt_.quanta * 8;
  while (Charge(tick_) == ChargeOutcome::kAllowed) --left;
  EXPECT_EQ(left, 0u);
  EXPECT_FALSE(bucket_.EndLease(receipt_.quanta, 0, tick_));
}

TEST_F(BucketTest, LeasesTogetherStayWithinTheReserve) {
  uint32_t leased = 0;
  for (int i = 0; i < 100; ++i) {
    receipt_ = {};
    EXPECT_EQ(Charge(tick_, 1, 255), ChargeOutcome::kAllowed);
    leased += receipt_.quanta;
  }
  EXPECT_EQ(leased, set_.lease_quanta_max());
  EXPECT_EQ(leased, 15u);
}

// G4: a run has no room for leases, so a bucket with some does not become one.
TEST_F(BucketTest, AFullBucketWithLeasesStaysLive) {
  EXPECT_EQ(Charge(tick_, 1, 15), ChargeOutcome::kAllowed);
  const uint32_t quanta = receipt_.quanta;
  const uint64_t later = tick_ + 60 * kSecond;
  EXPECT_EQ(Charge(later, 1000 - quanta * 8), ChargeOutcome::kAllowed);
  EXPECT_EQ(State(), BucketState::kLive);
  EXPECT_EQ(bucket_word::Quanta::Get(bucket_.LoadWord()), quanta);
  EXPECT_EQ(Charge(later), ChargeOutcome::kRefused);
  EXPECT_FALSE(bucket_.EndLease(quanta, 0, later));
  EXPECT_EQ(Charge(later, quanta * 8), ChargeOutcome::kAllowed);
}

// A single permit, which a run could count.
TEST_F(BucketTest, OneChargeOfAFullBucketKeepsItsLeases) {
  EXPECT_EQ(Charge(tick_, 1, 15), ChargeOutcome::kAllowed);
  const uint32_t quanta = receipt_.quanta;
  EXPECT_EQ(Charge(tick_ + 60 * kSecond), ChargeOutcome::kAllowed);
  EXPECT_EQ(State(), BucketState::kLive);
  EXPECT_EQ(bucket_word::Quanta::Get(bucket_.LoadWord()), quanta);
}

// G6: what is leased early and spent late must not have refilled in between.
TEST_F(BucketTest, ALeaseCountsWhenItEnds) {
  EXPECT_EQ(Charge(tick_, 1, 15), ChargeOutcome::kAllowed);
  const uint32_t spent = receipt_.quanta * 8;
  EXPECT_GE(spent, 40u);
  const uint64_t later = tick_ + kSecond / 2;
  EXPECT_FALSE(bucket_.EndLease(receipt_.quanta, spent, later));
  uint32_t rest = 0;
  while (Charge(later) == ChargeOutcome::kAllowed) ++rest;
  EXPECT_EQ(rest, 1000 - spent);
}

// G6 over more than an era: a lease that ends long after it was spent.
TEST_F(BucketTest, ALeaseThatEndsErasLaterCountsWhenItWasSpent) {
  const auto era = static_cast<uint64_t>(set_.era_us());
  EXPECT_EQ(Charge(tick_, 1, 15), ChargeOutcome::kAllowed);
  const uint32_t quanta = receipt_.quanta;
  EXPECT_EQ(Charge(tick_ + 9 * era), ChargeOutcome::kStale);
  EXPECT_FALSE(bucket_.EndLease(quanta, quanta * 8, tick_ + 9 * era));
  EXPECT_EQ(Charge(tick_ + 9 * era, 1000), ChargeOutcome::kAllowed);
}

// The same for a thread whose clock is that of the spending.
TEST_F(BucketTest, ALeaseThatEndsErasLaterStillCountsForASlowClock) {
  EXPECT_EQ(Charge(tick_, 1, 15), ChargeOutcome::kAllowed);
  const uint32_t spent = receipt_.quanta * 8;
  const auto era = static_cast<uint64_t>(set_.era_us());
  EXPECT_FALSE(bucket_.EndLease(receipt_.quanta, spent, tick_ + 9 * era));
  uint32_t rest = 0;
  while (Charge(tick_ + kSecond / 2) == ChargeOutcome::kAllowed) ++rest;
  EXPECT_LE(rest, 1000 - spent);
}

// A bucket that is live for many eras, never full and never idle.
TEST_F(BucketTest, ErasPassWhileABucketIsUsed) {
  const LimitSet set(
      {{"second", 5, kSecond, 5}, {"day", 10, 86'400 * kSecond, 10}});
  Bucket bucket(cells_, &set);
  const auto charge = [&](uint64_t tick, uint32_t permits) {
    return bucket.Charge({tick, permits, 0}, result_, receipt_);
  };
  uint64_t tick = tick_;
  EXPECT_EQ(charge(tick, 5), ChargeOutcome::kAllowed);
  tick += kSecond;
  EXPECT_EQ(charge(tick, 5), ChargeOutcome::kAllowed);
  tick = tick_;
  for (int i = 0; i < 300; ++i) {
    tick += 8'640 * kSecond;
    ASSERT_EQ(charge(tick, 1), ChargeOutcome::kAllowed) << i;
    ASSERT_EQ(charge(tick, 1), ChargeOutcome::kRefused) << i;
  }
}

TEST_F(BucketTest, AFreedForwardWaitsForItsLeases) {
  EXPECT_EQ(Charge(tick_, 1, 15), ChargeOutcome::kAllowed);
  const uint32_t quanta = receipt_.quanta;
  EXPECT_FALSE(bucket_.Free());
  EXPECT_FALSE(bucket_.Free());
  EXPECT_EQ(Charge(tick_), ChargeOutcome::kStale);
  EXPECT_TRUE(bucket_.EndLease(quanta, 3, tick_));
}

TEST_F(BucketTest, AResetIsFinishedByWhoeverMeetsIt) {
  for (int how = 0; how < 3; ++how) {
    cells_[0] = bucket_word::MakeReset(tick_, 7);
    cells_[1] = 0x1234;
    cells_[2] = ~uint64_t{0};
    EXPECT_EQ(bucket_.Read(tick_).backlog[0], 7 * set_.rate(0).increment);
    int64_t backlog[2] = {};
    if (how == 0) {
      EXPECT_EQ(Charge(tick_), ChargeOutcome::kAllowed);
    } else if (how == 1) {
      bucket_.Raise(tick_, backlog);
    } else {
      EXPECT_TRUE(bucket_.Free());
      continue;
    }
    EXPECT_EQ(bucket_.Read(tick_).backlog[1],
              (how == 0 ? 8 : 7) * set_.rate(1).increment);
  }
}

}  // namespace
}  // namespace tollgate
