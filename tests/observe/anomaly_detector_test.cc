#include "engine/observe/anomaly_detector.h"

#include "gtest/gtest.h"

namespace tollgate {
namespace {

constexpr AnomalyRules kRules = {
    .interval_ms = 10'000, .factor = 4, .minimum = 20};

class AnomalyDetectorTest : public testing::Test {
 protected:
  // Lets an interval with so many failures pass.
  std::vector<Anomaly> Pass(uint64_t failures) {
    totals_[0] += failures;
    now_.value += 10'000'000'000;
    return detector_.Look(totals_, kRules, now_);
  }

  AnomalyTotals totals_ = {};
  MonotonicNanos now_ = {5};
  AnomalyDetector detector_;
};

TEST_F(AnomalyDetectorTest, ABurstIsToldWhenItBeginsAndWhenItIsOver) {
  Pass(0);
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(Pass(10).empty());
  const auto begun = Pass(100);
  ASSERT_EQ(begun.size(), 1u);
  EXPECT_EQ(begun[0].kind, AnomalyKind::kFailures);
  EXPECT_TRUE(begun[0].begins);
  EXPECT_EQ(begun[0].events, 100u);
  EXPECT_NEAR(begun[0].usual, 10, 1);
  EXPECT_TRUE(detector_.lasts(AnomalyKind::kFailures));
  EXPECT_TRUE(Pass(100).empty()) << "it lasts";
  const auto over = Pass(10);
  ASSERT_EQ(over.size(), 1u);
  EXPECT_FALSE(over[0].begins);
  EXPECT_EQ(detector_.begun()[0], 1u);
}

TEST_F(AnomalyDetectorTest, FewEventsAreNoAnomaly) {
  Pass(0);
  EXPECT_TRUE(Pass(19).empty());
  EXPECT_EQ(Pass(20).size(), 1u);
}

TEST_F(AnomalyDetectorTest, WhatGrowsSlowlyIsUsual) {
  Pass(0);
  for (uint64_t events = 10; events < 2000; events += events / 20 + 1) {
    EXPECT_TRUE(Pass(events).empty()) << events;
  }
}

TEST_F(AnomalyDetectorTest, WhatWasThereBeforeTheFirstLookIsNotCounted) {
  EXPECT_TRUE(Pass(1'000'000).empty());
  EXPECT_TRUE(Pass(0).empty());
}

TEST_F(AnomalyDetectorTest, LooksOnceAnInterval) {
  Pass(0);
  totals_[0] += 1000;
  EXPECT_TRUE(
      detector_.Look(totals_, kRules, {now_.value + 1'000'000}).empty());
  EXPECT_EQ(Pass(0).size(), 1u);
}

}  // namespace
}  // namespace tollgate
