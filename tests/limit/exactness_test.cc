// A limiter that one worker uses is the ideal token bucket: every answer, every
// remainder and every wait agrees with exact fractions.

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/limit/limit_set.h"
#include "engine/limit/rate_limiter.h"
#include "engine/sync/epoch.h"
#include "gtest/gtest.h"
#include "tests/limit/token_bucket_oracle.h"

namespace tollgate {
namespace {

constexpr uint64_t kSecond = 1'000'000;
constexpr uint64_t kMinute = 60 * kSecond;
constexpr uint64_t kHour = 60 * kMinute;
constexpr uint64_t kDay = 24 * kHour;

MonotonicNanos AtMicros(int64_t us) { return {us * 1000}; }

std::string Describe(const std::vector<LimitSpec>& specs) {
  return absl::StrJoin(specs, "; ", [](std::string* out, const LimitSpec& s) {
    absl::StrAppend(out, s.limit, " per ", s.period_us, "us burst ", s.burst);
  });
}

// One bucket beside its model.
class Pair {
 public:
  explicit Pair(std::vector<LimitSpec> specs)
      : oracle_(specs),
        limits_(limiter_.Intern(specs)),
        bucket_(limiter_.Create(limits_)),
        text_(Describe(specs)) {}

  // Charges both and compares all that they say.
  void Charge(int64_t clock_us, int64_t oracle_us, uint32_t permits) {
    const bool allowed = oracle_.Charge(oracle_us, permits);
    const ChargeResult result =
        limiter_.Charge(worker_, bucket_, limits_, AtMicros(clock_us), permits);
    const std::string where =
        absl::StrCat(text_, ", event ", ++events_, ", ", permits,
                     " permits at ", clock_us, "us");
    ASSERT_EQ(result.outcome == ChargeOutcome::kAllowed, allowed) << where;
    ASSERT_NE(result.outcome, ChargeOutcome::kStale) << where;
    for (size_t i = 0; i < limits_->size(); ++i) {
      const LimitLeft left =
          ComputeLimitLeft(limits_->windows()[i], result.slack[i]);
      ASSERT_EQ(left.remaining, oracle_.Remaining(i)) << where;
      ASSERT_EQ(left.reset_seconds,
                (oracle_.UntilFull(i) + 999'999) / 1'000'000)
          << where;
    }
    if (allowed) return;
    const int64_t wait = oracle_.RetryAfter(permits);
    const int64_t held = oracle_us - clock_us - shift_us_;
    ASSERT_EQ(result.retry_after_us, wait < 0 ? kNeverMicros : wait + held)
        << where;
  }

  // From now on the clock shows this much less than the model's time.
  void Shift(int64_t us) { shift_us_ = us; }

  const LimitSet& limits() const { return *limits_; }
  const TokenBucketOracle& oracle() const { return oracle_; }

 private:
  EpochDomain domain_;
  RateLimiter limiter_{&domain_, {.bucket_bytes_max = 4 << 20}};
  RateLimiter::Worker worker_{limiter_.NewWorker()};
  TokenBucketOracle oracle_;
  const LimitSet* limits_;
  BucketId bucket_;
  std::string text_;
  int events_ = 0;
  int64_t shift_us_ = 0;
};

// Draws limits that people write, and limits that nobody would.
class SpecSource {
 public:
  explicit SpecSource(uint64_t seed) : random_(seed) {}

  std::vector<LimitSpec> Draw() {
    std::vector<LimitSpec> specs;
    const int count = Pick({1, 1, 2, 3, 3, 4, 7});
    for (int i = 0; i < count; ++i) specs.push_back(DrawOne(i));
    return specs;
  }

  uint64_t Below(uint64_t n) { return random_() % n; }
  int Pick(std::vector<int> from) { return from[Below(from.size())]; }

 private:
  LimitSpec DrawOne(int i) {
    LimitSpec spec;
    spec.name = absl::StrCat("w", i);
    const uint64_t periods[] = {
        kSecond, kMinute, kHour, kDay, 90 * kSecond, 1, 1 + Below(10'000'000),
        250'000};
    spec.period_us = periods[Below(8)];
    const uint64_t limits[] = {1,
                               2,
                               3,
                               7,
                               10,
                               60,
                               100,
                               4999,
                               13,
                               97,
                               99'999,
                               100'003,
                               1 + Below(50),
                               1 + Below(1000),
                               1 + Below(1'000'000),
                               600};
    spec.limit = limits[Below(16)];
    spec.burst = Below(3) != 0 ? spec.limit : 1 + Below(2 * spec.limit);
    return spec;
  }

  std::mt19937_64 random_;
};

// Draws a step that is likely to meet a boundary: a multiple of a permit's
// time, a period, nothing, or one microsecond beside any of them.
int64_t DrawStep(SpecSource& source, const LimitSet& limits,
                 const TokenBucketOracle& oracle, int64_t unit) {
  const LimitWindow& window = limits.windows()[source.Below(limits.size())];
  const uint64_t permit = window.period_us / window.limit + 1;
  uint64_t step = 0;
  switch (source.Below(12)) {
    case 0:
    case 1:
    case 2:
      return 0;
    case 3:
      step = window.period_us;
      break;
    case 4:
      step = source.Below(2 * window.period_us + 1);
      break;
    case 5:
      step = static_cast<uint64_t>(oracle.RetryAfter(1));
      break;
    case 6:
      step = static_cast<uint64_t>(oracle.RetryAfter(1)) + source.Below(3) - 1;
      break;
    case 7:
      step =
          static_cast<uint64_t>(oracle.UntilFull(source.Below(limits.size())));
      break;
    case 8:
      step = source.Below(300) == 0 ? source.Below(40 * 365 * kDay) : permit;
      break;
    case 9:
      step = source.Below(30) == 0 ? source.Below(5 * kDay)
                                   : window.period_us * source.Below(3);
      break;
    default:
      step = source.Below(3 * permit);
  }
  if (static_cast<int64_t>(step) < 0) return 0;
  return static_cast<int64_t>(step) / unit * unit;
}

uint32_t DrawPermits(SpecSource& source, const LimitSet& limits) {
  if (source.Below(4) != 0) return 1;
  const uint64_t burst = limits.windows()[source.Below(limits.size())].burst;
  return static_cast<uint32_t>(1 + source.Below(burst + 1));
}

// Returns how many events it compared.
int RunTrace(uint64_t seed, int64_t unit, int events) {
  SpecSource source(seed);
  Pair pair(source.Draw());
  int64_t now = static_cast<int64_t>(source.Below(100)) * unit;
  for (int i = 0; i < events; ++i) {
    now += DrawStep(source, pair.limits(), pair.oracle(), unit);
    if (now > int64_t{140} * 365 * 86400 * 1'000'000) return i;
    pair.Charge(now, now, DrawPermits(source, pair.limits()));
    if (testing::Test::HasFatalFailure()) {
      ADD_FAILURE() << "seed " << seed;
      return i;
    }
  }
  return events;
}

TEST(ExactnessTest, MicrosecondTracesEqualTheIdealBucket) {
  int compared = 0;
  for (uint64_t seed = 0; seed < 800; ++seed) {
    compared += RunTrace(seed, 1, 500);
    if (HasFailure()) return;
  }
  EXPECT_GT(compared, 300'000);
}

TEST(ExactnessTest, MillisecondTracesEqualTheIdealBucket) {
  int compared = 0;
  for (uint64_t seed = 10'000; seed < 10'800; ++seed) {
    compared += RunTrace(seed, 1000, 500);
    if (HasFailure()) return;
  }
  EXPECT_GT(compared, 300'000);
}

// The clock jumps to and fro; the model's time stands still for steps back of
// up to ten seconds and leaves out larger ones.
TEST(ExactnessTest, StepsBackHoldTheIdealBucket) {
  for (uint64_t seed = 20'000; seed < 20'200; ++seed) {
    SpecSource source(seed);
    Pair pair(source.Draw());
    int64_t clock = 1'000'000'000'000;
    int64_t shift = 0;
    int64_t time = clock;
    pair.Charge(clock, time, 1);
    for (int i = 0; i < 500; ++i) {
      clock += DrawStep(source, pair.limits(), pair.oracle(), 1);
      if (source.Below(10) == 0) clock -= source.Below(10'000'001);
      if (source.Below(50) == 0) clock -= 10'000'001 + source.Below(kDay);
      if (clock < 0 || clock > int64_t{1} << 52) break;
      if (time - (clock + shift) > 10'000'000) shift = time - clock;
      time = std::max(time, clock + shift);
      pair.Shift(shift);
      pair.Charge(clock, time, DrawPermits(source, pair.limits()));
      if (HasFatalFailure()) {
        ADD_FAILURE() << "seed " << seed;
        return;
      }
    }
  }
}

TEST(ExactnessTest, ABurstSpentAtOnceIsBackAfterExactlyOnePeriod) {
  const LimitSpec cases[] = {
      {"a", 7, kMinute, 7},        {"a", 3, kSecond, 3},
      {"a", 13, kSecond, 13},      {"a", 99'999, kDay, 99'999},
      {"a", 7919, kHour, 7919},    {"a", 100'003, kMinute, 100'003},
      {"a", 11, 90 * kSecond, 11}, {"a", 999'983, kDay, 999'983},
      {"a", 1, kDay, 1},           {"a", 8'388'593, kDay, 8'388'593}};
  for (const LimitSpec& spec : cases) {
    EpochDomain domain;
    RateLimiter limiter(&domain, {.bucket_bytes_max = 4 << 20});
    auto worker = limiter.NewWorker();
    const LimitSet* limits = limiter.Intern({spec});
    const BucketId id = limiter.Create(limits);
    const auto charge = [&](uint64_t at_us, uint64_t permits) {
      return limiter
                 .Charge(worker, id, limits,
                         AtMicros(static_cast<int64_t>(at_us)),
                         static_cast<uint32_t>(permits))
                 .outcome == ChargeOutcome::kAllowed;
    };
    uint64_t t = 12'345;
    for (int round = 0; round < 3; ++round, t += spec.period_us) {
      ASSERT_FALSE(charge(t, spec.burst + 1)) << spec.limit;
      for (uint64_t i = 0; i < std::min<uint64_t>(spec.burst, 10); ++i) {
        ASSERT_TRUE(charge(t, i == 9 ? spec.burst - 9 : 1)) << spec.limit;
      }
      ASSERT_FALSE(charge(t, 1)) << spec.limit;
      ASSERT_FALSE(charge(t + spec.period_us - 1, spec.burst)) << spec.limit;
    }
    ASSERT_TRUE(charge(t, spec.burst)) << spec.limit;
  }
}

}  // namespace
}  // namespace tollgate
