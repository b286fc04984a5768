// How the rate limiters of others failed, one test each.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>

#include "engine/limit/rate_limiter.h"
#include "engine/sync/epoch.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kMinute = 60 * kSecond;
constexpr int64_t kDay = 86'400 * kSecond;
constexpr int64_t kNow = 1'000 * kDay;

MonotonicNanos AtMicros(int64_t us) { return {us * 1000}; }

class LimiterKnownFailuresTest : public testing::Test {
 protected:
  BucketId Make(uint64_t limit, int64_t period_us) {
    limits_ = limiter_->Intern(
        {{"window", limit, static_cast<uint64_t>(period_us), limit}});
    return limiter_->Create(limits_);
  }
  bool Allowed(BucketId id, int64_t at_us, uint32_t permits = 1) {
    return Allowed(*worker_, id, at_us, permits);
  }
  bool Allowed(RateLimiter::Worker& worker, BucketId id, int64_t at_us,
               uint32_t permits = 1) {
    return limiter_->Charge(worker, id, limits_, AtMicros(at_us), permits)
               .outcome == ChargeOutcome::kAllowed;
  }
  uint64_t AllowedAtOnce(BucketId id, int64_t at_us) {
    uint64_t count = 0;
    while (count < 10'000 && Allowed(id, at_us)) ++count;
    return count;
  }

  // A new limiter, whose clock has not been read.
  void Restart() {
    worker_.reset();
    limiter_.emplace(&domain_, RateLimiterOptions{.bucket_bytes_max = 4 << 20});
    worker_ = NewWorker();
  }
  std::unique_ptr<RateLimiter::Worker> NewWorker() {
    return std::unique_ptr<RateLimiter::Worker>(
        new RateLimiter::Worker(limiter_->NewWorker()));
  }

  LimiterKnownFailuresTest() { Restart(); }

  EpochDomain domain_;
  std::optional<RateLimiter> limiter_;
  std::unique_ptr<RateLimiter::Worker> worker_;
  const LimitSet* limits_ = nullptr;
};

// "clock steps back: negative tokens, lockout or panic"
// (MediaWiki-MCP-Server #557, go-limiter #42).
TEST_F(LimiterKnownFailuresTest, ClockStepsBackWithoutLockoutOrRefill) {
  for (const int64_t step : {int64_t{1}, kSecond, 9 * kSecond, 11 * kSecond,
                             kMinute, kDay, 100 * kDay, kNow}) {
    Restart();
    const BucketId id = Make(6, kMinute);
    EXPECT_TRUE(Allowed(id, kNow, 4));
    EXPECT_TRUE(Allowed(id, kNow - step, 2)) << "permits were lost";
    EXPECT_FALSE(Allowed(id, kNow - step)) << "a refill out of thin air";
    const int64_t back =
        kNow - step + (step <= 10 * kSecond ? step : 0) + kMinute / 6;
    EXPECT_FALSE(Allowed(id, back - 1));
    EXPECT_TRUE(Allowed(id, back)) << "locked out after a step of " << step;
  }
}

// The same, seen by a worker that was idle when the clock stepped.
TEST_F(LimiterKnownFailuresTest, ClockStepsBackWhileAWorkerSleeps) {
  const BucketId id = Make(6, kMinute);
  const auto sleeper = NewWorker();
  EXPECT_TRUE(Allowed(id, kNow, 6));
  int64_t now = kNow - 5000 * kSecond;
  EXPECT_FALSE(Allowed(*sleeper, id, now));
  now += kSecond;
  EXPECT_FALSE(Allowed(*sleeper, id, now)) << "no refill by the step itself";
  now += kMinute / 6;
  EXPECT_TRUE(Allowed(*sleeper, id, now))
      << "no lockout for longer than a refill";
  EXPECT_FALSE(Allowed(*sleeper, id, now));
}

// A worker that slept between reading the clock and charging must not be taken
// for a clock that stepped.
TEST_F(LimiterKnownFailuresTest, AStaleReadingRefillsNothing) {
  const BucketId id = Make(6, kMinute);
  const auto sleeper = NewWorker();
  const int64_t stale = kNow - 3600 * kSecond;
  EXPECT_TRUE(Allowed(id, kNow, 6));
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(Allowed(*sleeper, id, stale));
  EXPECT_FALSE(Allowed(*sleeper, id, kNow));
  EXPECT_FALSE(Allowed(id, kNow));
}

// "clock steps forward: free refill" (Eventra #11452): time that has passed
// refills at its rate, and never more than one burst.
TEST_F(LimiterKnownFailuresTest, ClockStepsForwardRefillsAtMostOneBurst) {
  const BucketId id = Make(6, kMinute);
  EXPECT_EQ(AllowedAtOnce(id, kNow), 6u);
  EXPECT_EQ(AllowedAtOnce(id, kNow + kMinute / 2), 3u);
  EXPECT_EQ(AllowedAtOnce(id, kNow + 10 * kDay), 6u);
  EXPECT_EQ(AllowedAtOnce(id, kNow + 10 * kDay), 0u);
  // To and fro gains nothing either.
  uint64_t gained = 0;
  for (int i = 0; i < 100; ++i) {
    gained += AllowedAtOnce(id, kNow + 10 * kDay + 9 * kSecond);
    gained += AllowedAtOnce(id, kNow + 10 * kDay);
  }
  EXPECT_EQ(gained, 0u);
}

// "overflow after long idle" (bucket4j #51).
TEST_F(LimiterKnownFailuresTest, LongIdleDoesNotOverflow) {
  struct Case {
    uint64_t limit;
    int64_t period_us;
  };
  const int64_t latest = INT64_MAX / 1000;
  for (const Case& c :
       {Case{1, kDay}, Case{8'388'593, kDay}, Case{999'983, kSecond},
        Case{3, 365 * kDay}, Case{uint64_t{1} << 62, 1}}) {
    Restart();
    const BucketId id = Make(c.limit, c.period_us);
    const auto burst =
        static_cast<uint32_t>(std::min<uint64_t>(c.limit, 4'000'000'000));
    int64_t now = 0;
    for (const int64_t idle : {int64_t{0}, 40 * kDay, 365 * kDay, 3650 * kDay,
                               36'500 * kDay, latest}) {
      now = now > latest - idle ? latest : now + idle;
      if (idle != 0 && now == latest && idle != latest) continue;
      if (idle < c.period_us && idle != 0) continue;
      EXPECT_TRUE(Allowed(id, now, burst)) << c.limit << " at " << now;
      if (c.limit == burst) {
        EXPECT_FALSE(Allowed(id, now)) << c.limit << " at " << now;
      }
    }
  }
}

// The clock runs to its end and steps back to its start, again and again.
TEST_F(LimiterKnownFailuresTest, CenturiesToAndFroDoNotOverflow) {
  const int64_t latest = INT64_MAX / 1000;
  for (const uint64_t limit : {6u, 1000u, 999'983u}) {
    Restart();
    const BucketId id = Make(limit, kMinute);
    const auto burst = static_cast<uint32_t>(limit);
    EXPECT_TRUE(Allowed(id, 0, burst));
    for (int i = 0; i < 40; ++i) {
      for (int64_t now = 0; now < latest - 20'000 * kDay;
           now += 20'000 * kDay) {
        EXPECT_EQ(Allowed(id, now, burst), now != 0) << limit << " at " << now;
        EXPECT_FALSE(Allowed(id, now)) << limit << " at " << now;
        const int64_t soon = now + 2 * kMinute / burst + 1;
        EXPECT_EQ(AllowedAtOnce(id, soon), 2u) << limit << " at " << soon;
      }
    }
  }
}

// "fraction lost on frequent refill" (firecracker PR 3370): asking often must
// not round the refill away, nor add to it.
TEST_F(LimiterKnownFailuresTest, FrequentQuestionsLoseNoFraction) {
  const BucketId id = Make(7, kSecond);
  EXPECT_EQ(AllowedAtOnce(id, kNow), 7u);
  uint64_t allowed = 0;
  for (int64_t us = 1; us <= 3 * kSecond; us += 3) {
    allowed += Allowed(id, kNow + us);
  }
  EXPECT_EQ(allowed, 20u) << "the 21st is due at 3,000,000us exactly";
  EXPECT_TRUE(Allowed(id, kNow + 3 * kSecond));
}

// "attacker evicts the victim's counter" (CVE-2024-21662 Argo CD): however many
// other buckets are charged, a bucket's usage stays.
TEST_F(LimiterKnownFailuresTest, OtherBucketsEvictNothing) {
  const LimitSet* large = limiter_->Intern({{"window", 800, 1'000'000, 800}});
  const auto other = NewWorker();
  const BucketId victim = Make(5, kDay);
  EXPECT_EQ(AllowedAtOnce(victim, kNow), 5u);
  for (int i = 0; i < 60'000; ++i) {
    const BucketId id = limiter_->Create(large);
    if (id == 0) break;
    limiter_->Charge(*worker_, id, large, AtMicros(kNow));
    limiter_->Charge(*other, id, large, AtMicros(kNow));
  }
  EXPECT_EQ(AllowedAtOnce(victim, kNow), 0u);
}

// "limit spent by others' failures (lockout as DoS)": what is refused, and what
// belongs to others, costs nothing.
TEST_F(LimiterKnownFailuresTest, RefusalsAndOthersCostNothing) {
  const BucketId victim = Make(5, kMinute);
  const BucketId attacker = limiter_->Create(limits_);
  for (int i = 0; i < 1000; ++i) Allowed(attacker, kNow);
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(Allowed(victim, kNow, 6));
  EXPECT_EQ(AllowedAtOnce(victim, kNow), 5u);
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(Allowed(victim, kNow));
  EXPECT_TRUE(Allowed(victim, kNow + kMinute / 5))
      << "refusals postponed the refill";
}

}  // namespace
}  // namespace tollgate
