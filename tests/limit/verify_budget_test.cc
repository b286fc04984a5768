#include "engine/limit/verify_budget.h"

#include <cstdint>

#include "gtest/gtest.h"

namespace tollgate {
namespace {

using Outcome = VerifyBudget::Outcome;

constexpr MonotonicNanos At(int64_t millis) { return {millis * 1'000'000}; }

int Granted(VerifyBudget& budget, uint64_t source, const BudgetRules& rules,
            MonotonicNanos now, int tries) {
  int granted = 0;
  for (int i = 0; i < tries; ++i) {
    granted += budget.Spend(source, 1, rules, now) == Outcome::kGranted;
  }
  return granted;
}

TEST(VerifyBudgetTest, WithoutRulesAllIsGranted) {
  VerifyBudget budget;
  EXPECT_EQ(Granted(budget, 1, {}, At(0), 10'000), 10'000);
}

TEST(VerifyBudgetTest, ASecondsOperationsAtOnceThenAsTheyComeBack) {
  VerifyBudget budget;
  constexpr BudgetRules kRules = {.per_second = 100};
  EXPECT_EQ(Granted(budget, 1, kRules, At(1000), 1000), 100);
  EXPECT_EQ(budget.Spend(2, 1, kRules, At(1000)), Outcome::kAllSpent);
  EXPECT_EQ(Granted(budget, 1, kRules, At(1100), 1000), 10);
  EXPECT_EQ(Granted(budget, 1, kRules, At(9000), 1000), 100);
}

TEST(VerifyBudgetTest, EachSourceHasItsOwn) {
  VerifyBudget budget;
  constexpr BudgetRules kRules = {.per_second = 100, .per_source = 10};
  EXPECT_EQ(Granted(budget, 1, kRules, At(0), 50), 10);
  EXPECT_EQ(budget.Spend(1, 1, kRules, At(0)), Outcome::kSourceSpent);
  EXPECT_EQ(Granted(budget, 2, kRules, At(0), 50), 10) << "untouched by 1";
}

TEST(VerifyBudgetTest, WhatASourceIsRefusedCostsTheOthersNothing) {
  VerifyBudget budget;
  constexpr BudgetRules kRules = {.per_second = 100, .per_source = 10};
  Granted(budget, 1, kRules, At(0), 100'000);
  EXPECT_EQ(Granted(budget, 2, {.per_second = 100}, At(0), 1000), 90);
}

TEST(VerifyBudgetTest, SeveralOperationsCostAsMuch) {
  VerifyBudget budget;
  constexpr BudgetRules kRules = {.per_second = 10};
  EXPECT_EQ(budget.Spend(1, 8, kRules, At(0)), Outcome::kGranted);
  EXPECT_EQ(budget.Spend(1, 3, kRules, At(0)), Outcome::kAllSpent);
  EXPECT_EQ(budget.Spend(1, 2, kRules, At(0)), Outcome::kGranted);
}

TEST(VerifyBudgetTest, MoreThanTheWholeIsTheWhole) {
  VerifyBudget budget;
  constexpr BudgetRules kRules = {.per_second = 2};
  EXPECT_EQ(budget.Spend(1, 10, kRules, At(0)), Outcome::kGranted);
  EXPECT_EQ(budget.Spend(1, 10, kRules, At(999)), Outcome::kAllSpent);
  EXPECT_EQ(budget.Spend(1, 10, kRules, At(1000)), Outcome::kGranted);
}

TEST(VerifyBudgetTest, AClockThatIsSetBackDoesNotBlockForLong) {
  VerifyBudget budget;
  constexpr BudgetRules kRules = {.per_second = 10, .per_source = 10};
  Granted(budget, 1, kRules, At(1'000'000), 20);
  EXPECT_GT(Granted(budget, 1, kRules, At(0), 20), 0);
}

TEST(VerifyBudgetTest, AFloodOfSourcesIsUnderTheBudgetOfAll) {
  VerifyBudget budget;
  constexpr BudgetRules kRules = {.per_second = 1000, .per_source = 10};
  int granted = 0;
  for (uint64_t source = 1; source <= 1'000'000; ++source) {
    granted += budget.Spend(source * 0x9e3779b97f4a7c15, 1, kRules, At(0)) ==
               Outcome::kGranted;
  }
  EXPECT_EQ(granted, 1000);
}

}  // namespace
}  // namespace tollgate
