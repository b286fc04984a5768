#include "engine/limit/limit_set.h"

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "engine/limit/limit_tick.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

constexpr uint64_t kSecond = 1'000'000;

TEST(LimitSetTest, SpecsThatCanNotBeEnforcedAreNamed) {
  struct Case {
    LimitSpec spec;
    const char* complaint;
  };
  const Case cases[] = {
      {{"second", 0, kSecond, 1}, "limit must be at least 1"},
      {{"second", 1, 0, 1}, "period must not be zero"},
      {{"second", 1, kSecond, 0}, "burst must be at least 1"},
      {{"second", 1, ~uint64_t{0}, 1}, "century"},
      {{"second", 1, kSecond, ~uint64_t{0}}, "century"},
  };
  for (const Case& c : cases) {
    const absl::Status status = CheckLimitSpec(c.spec);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_TRUE(absl::StrContains(status.message(), c.complaint)) << status;
    EXPECT_TRUE(absl::StrContains(status.message(), "\"second\"")) << status;
    const LimitSet set({c.spec});
    EXPECT_LE(set.permits_max(), set.windows()[0].burst);
  }
  EXPECT_TRUE(CheckLimitSpec({"second", 1, kSecond, 1}).ok());
}

TEST(LimitSetTest, ZeroPermitsAllowNothing) {
  EXPECT_EQ(LimitSet({{"second", 0, kSecond, 0}}).permits_max(), 0u);
  EXPECT_EQ(LimitSet({{"second", 0, kSecond, 5}}).permits_max(), 0u);
  EXPECT_EQ(LimitSet({{"second", 5, kSecond, 0}}).permits_max(), 0u);
  EXPECT_EQ(
      LimitSet(std::vector<LimitSpec>(8, {"w", 5, kSecond, 5})).permits_max(),
      0u)
      << "a window that is not kept must not be forgotten";
}

TEST(LimitSetTest, LeasesAreAtMostAnEighthOfTheLeastBurst) {
  struct Case {
    uint64_t burst;
    uint32_t quanta;
    int shift;
  };
  const Case cases[] = {
      {1, 0, 3},        {64, 0, 3},        {255, 0, 3},
      {256, 4, 3},      {1000, 15, 3},     {16'320, 255, 3},
      {16'400, 128, 4}, {131'072, 255, 6}, {1'000'000'000, 255, 6}};
  for (const Case& c : cases) {
    const LimitSet set({{"second", c.burst, kSecond, c.burst},
                        {"minute", 2 * c.burst, 60 * kSecond, 2 * c.burst}});
    EXPECT_EQ(set.lease_quanta_max(), c.quanta) << c.burst;
    EXPECT_EQ(set.quantum_shift(), c.shift) << c.burst;
    EXPECT_LE(uint64_t{set.lease_quanta_max()} << set.quantum_shift(),
              c.burst / 8);
  }
}

TEST(LimitSetTest, AnEraRefillsEveryWindow) {
  for (const LimitSpec& spec : {LimitSpec{"a", 1, kSecond, 1},
                                LimitSpec{"a", 1, 90 * 86'400 * kSecond, 1},
                                LimitSpec{"a", 1, 86'400 * kSecond, 1000}}) {
    const LimitSet set({spec});
    const GcraRate& rate = set.rate(0);
    EXPECT_GE(set.era_us(), GcraWaitMicros(rate, rate.tolerance));
  }
}

TEST(LimitSetTest, WhatIsLeftCountsWholePermitsAndSecondsRoundedUp) {
  const LimitSet set({{"minute", 7, 60 * kSecond, 7}});
  const LimitWindow& window = set.windows()[0];
  const int64_t inc = window.rate.increment;
  const LimitLeft some = ComputeLimitLeft(window, 2 * inc - 1);
  EXPECT_EQ(some.name, "minute");
  EXPECT_EQ(some.limit, 7u);
  EXPECT_EQ(some.remaining, 1u);
  EXPECT_EQ(some.reset_seconds, 43u) << "5 permits and a bit: 42.86 s";
  const LimitLeft full = ComputeLimitLeft(window, window.rate.tolerance);
  EXPECT_EQ(full.remaining, 7u);
  EXPECT_EQ(full.reset_seconds, 0u);
  EXPECT_EQ(ComputeLimitLeft(window, -5).remaining, 0u);
  EXPECT_EQ(ComputeLimitLeft(window, 8 * inc).remaining, 7u);
}

TEST(LimitTickTest, TicksAreMicrosecondsRoundedDownAtAnyInstant) {
  const auto tick = [](int64_t nanos) {
    return ToLimitTick(MonotonicNanos{nanos}).value;
  };
  EXPECT_EQ(tick(0), kTickOrigin);
  EXPECT_EQ(tick(999), kTickOrigin);
  EXPECT_EQ(tick(1000), kTickOrigin + 1);
  EXPECT_EQ(tick(-1), kTickOrigin - 1);
  EXPECT_EQ(tick(-1000), kTickOrigin - 1);
  EXPECT_EQ(tick(-1001), kTickOrigin - 2);
  EXPECT_EQ(tick(INT64_MIN), 0u);
  EXPECT_EQ(tick(INT64_MAX) - kTickOrigin, uint64_t{INT64_MAX} / 1000);
}

}  // namespace
}  // namespace tollgate
