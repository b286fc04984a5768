#include "tests/support/deterministic_schedule.h"

#include <set>

#include "gtest/gtest.h"

namespace tollgate {
namespace {

using Word = DeterministicAtomics::Atomic<int>;
constexpr auto kRelaxed = std::memory_order_relaxed;

void IncrementTornly(Word& word) {
  const int seen = word.load(kRelaxed);
  word.store(seen + 1, kRelaxed);
}

int RunTornIncrements(DeterministicSchedule& schedule) {
  Word word{0};
  schedule.Spawn([&] { IncrementTornly(word); });
  schedule.Spawn([&] { IncrementTornly(word); });
  schedule.Run();
  return word.load(kRelaxed);
}

TEST(DeterministicScheduleTest, SeedsReachEveryResult) {
  std::set<int> results;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    DeterministicSchedule schedule(seed);
    results.insert(RunTornIncrements(schedule));
  }
  EXPECT_EQ(results, (std::set<int>{1, 2}));
}

TEST(DeterministicScheduleTest, ScriptDecidesTheInterleaving) {
  DeterministicSchedule lost({0, 1, 0, 1}, 0);
  EXPECT_EQ(RunTornIncrements(lost), 1);
  DeterministicSchedule both({0, 0, 1, 1}, 0);
  EXPECT_EQ(RunTornIncrements(both), 2);
}

TEST(DeterministicScheduleTest, SameSeedReplaysTheSameTrace) {
  auto trace = [](uint64_t seed) {
    DeterministicSchedule schedule(seed);
    Word word{0};
    for (int i = 0; i < 3; ++i) {
      schedule.Spawn([&] {
        for (int n = 0; n < 5; ++n) IncrementTornly(word);
      });
    }
    return schedule.Run().trace;
  };
  EXPECT_EQ(trace(7), trace(7));
  EXPECT_NE(trace(7), trace(8));
}

TEST(DeterministicScheduleTest, SuspendedThreadRunsAfterAllOthers) {
  DeterministicSchedule schedule(1);
  Word word{0};
  int seen_by_other = -1;
  schedule.Spawn([&] {
    word.store(1, kRelaxed);
    word.store(2, kRelaxed);
  });
  schedule.Spawn([&] {
    for (int i = 0; i < 20; ++i) seen_by_other = word.load(kRelaxed);
  });
  schedule.SuspendAt(0, 1);
  const auto outcome = schedule.Run();
  EXPECT_TRUE(outcome.suspended);
  EXPECT_TRUE(outcome.others_finished);
  EXPECT_LE(seen_by_other, 1);
  EXPECT_EQ(word.load(kRelaxed), 2);
}

TEST(DeterministicScheduleTest, ThreadThatWaitsForASuspendedOneIsReported) {
  DeterministicSchedule schedule(1);
  schedule.set_steps_max(1000);
  Word word{0};
  schedule.Spawn([&] { word.store(1, kRelaxed); });
  schedule.Spawn([&] {
    while (word.load(kRelaxed) == 0) {
    }
  });
  schedule.SuspendAt(0, 0);
  EXPECT_FALSE(schedule.Run().others_finished);
}

}  // namespace
}  // namespace tollgate
