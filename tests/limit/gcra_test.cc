#include "engine/limit/gcra.h"

#include <cstdint>

#include "gtest/gtest.h"

namespace tollgate {
namespace {

constexpr uint64_t kSecond = 1'000'000;
constexpr uint64_t kMinute = 60 * kSecond;
constexpr uint64_t kDay = 24 * 60 * kMinute;
constexpr int kUsual = 37;  // horizon for windows of up to 38 hours

TEST(GcraTest, TheRateIsTheReducedFraction) {
  struct Case {
    GcraLimit limit;
    int64_t increment, denominator;
  };
  const Case cases[] = {
      {{7, kMinute, 7}, 60'000'000, 7},
      {{3, kSecond, 3}, 1'000'000, 3},
      {{600, kMinute, 600}, 100'000, 1},
      {{100'000, kDay, 100'000}, 864'000, 1},
      {{99'999, kDay, 1}, 86'400'000'000 / 9, 99'999 / 9},
      {{2'000'000, kSecond, 5}, 1, 2},
      {{1, kDay, 1}, 86'400'000'000, 1},
  };
  for (const Case& c : cases) {
    const GcraRate rate = MakeGcraRate(c.limit, kUsual);
    EXPECT_EQ(rate.increment, c.increment) << c.limit.limit;
    EXPECT_EQ(rate.denominator, c.denominator) << c.limit.limit;
    EXPECT_EQ(rate.tolerance,
              static_cast<int64_t>(c.limit.burst) * c.increment);
    EXPECT_EQ(GcraBurst(rate), c.limit.burst);
  }
}

TEST(GcraTest, ACappedRateIsStricterByLessThanOneIncrement) {
  for (const uint64_t limit : {1'000'000'007ull, 998'244'353ull}) {
    const GcraRate rate = MakeGcraRate({limit, kDay, limit}, kUsual);
    EXPECT_EQ(rate.denominator, int64_t{1} << (kGcraUnitBits - kUsual));
    const internal::Wide exact =
        internal::Wide{kDay} * static_cast<uint64_t>(rate.denominator);
    const internal::Wide mine =
        internal::Wide{static_cast<uint64_t>(rate.increment)} * limit;
    EXPECT_GE(mine, exact) << "more than the limit would be let through";
    EXPECT_LT(mine, exact + limit);
  }
}

TEST(GcraTest, WhatMakesNoSenseAllowsNothing) {
  for (const GcraLimit& limit :
       {GcraLimit{0, kSecond, 1}, GcraLimit{1, 0, 1}, GcraLimit{1, kSecond, 0},
        GcraLimit{1, kGcraPeriodMax + 1, 1},
        GcraLimit{1, ~uint64_t{0}, ~uint64_t{0}}}) {
    EXPECT_EQ(GcraBurst(MakeGcraRate(limit, kUsual)), 0u);
  }
}

TEST(GcraTest, ExtremesNeverOverflow) {
  const uint64_t values[] = {1,         2,          999'983,    kSecond,
                             kDay,      1ull << 40, 1ull << 52, 1ull << 63,
                             ~0ull - 1, ~0ull};
  for (const uint64_t limit : values) {
    for (const uint64_t period : values) {
      for (const uint64_t burst : values) {
        for (const int horizon : {kUsual, 45, kGcraDrainBitsMax}) {
          const GcraRate rate = MakeGcraRate({limit, period, burst}, horizon);
          ASSERT_GT(rate.increment, 0);
          ASSERT_GT(rate.denominator, 0);
          ASSERT_LE(rate.tolerance, int64_t{1} << kGcraUnitBits);
          ASSERT_LE(rate.increment, int64_t{1} << kGcraUnitBits);
          ASSERT_LE(static_cast<internal::Wide>(rate.tolerance),
                    static_cast<internal::Wide>(rate.denominator) << horizon)
              << limit << " " << period << " " << burst;
          ASSERT_LE(GcraBurst(rate), burst);
        }
      }
    }
  }
}

TEST(GcraTest, ModularTimeEqualsPlainTimeAcrossTheWrap) {
  const GcraRate rate = MakeGcraRate({7, kMinute, 7}, kUsual);
  for (const uint64_t start :
       {uint64_t{0}, uint64_t{1} << 52, (~uint64_t{0} / 7) - 5}) {
    for (const uint64_t used : {uint64_t{0}, uint64_t{1} << 37}) {
      const uint64_t base = GcraBase(rate, 123, used, start);
      EXPECT_EQ(GcraBacklogModular(rate, base, used, start), 123);
      EXPECT_EQ(GcraBacklogModular(rate, base, used + 2, start + 10),
                123 + GcraBacklog(rate, 2, 10));
    }
  }
}

TEST(GcraTest, WaitsAreRoundedUp) {
  const GcraRate rate{10, 3, 100};
  EXPECT_EQ(GcraWaitMicros(rate, -5), 0);
  EXPECT_EQ(GcraWaitMicros(rate, 0), 0);
  EXPECT_EQ(GcraWaitMicros(rate, 1), 1);
  EXPECT_EQ(GcraWaitMicros(rate, 3), 1);
  EXPECT_EQ(GcraWaitMicros(rate, 4), 2);
}

TEST(GcraTest, CarryingKeepsPermitsRoundsUpAndStopsAtTheBurst) {
  const GcraRate minute = MakeGcraRate({7, kMinute, 7}, kUsual);
  const GcraRate day = MakeGcraRate({13, kDay, 13}, kUsual);
  EXPECT_EQ(GcraCarry(minute, 3 * minute.increment, day), 3 * day.increment);
  EXPECT_EQ(GcraCarry(minute, 1, day),
            (day.increment + minute.increment - 1) / minute.increment);
  EXPECT_EQ(GcraCarry(day, 13 * day.increment, minute), minute.tolerance);
  EXPECT_EQ(GcraCarry(day, -5, minute), 0);
}

TEST(GcraTest, DrainBitsCoverTheRefill) {
  EXPECT_EQ(GcraDrainBits({1, 1, 1}), 0);
  EXPECT_EQ(GcraDrainBits({1, 1, 2}), 1);
  EXPECT_EQ(GcraDrainBits({1, 1, 3}), 2);
  EXPECT_EQ(GcraDrainBits({100, kDay, 100}), 37);
  EXPECT_EQ(GcraDrainBits({1, kDay, 2}), 38);
  EXPECT_EQ(GcraDrainBits({1, ~uint64_t{0}, ~uint64_t{0}}), 128);
}

}  // namespace
}  // namespace tollgate
