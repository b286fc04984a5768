#include "tests/support/linearizability.h"

#include <optional>
#include <vector>

#include "gtest/gtest.h"

namespace tollgate {
namespace {

// A register of one number.
struct Access {
  bool write;
  int value;
};

std::optional<int> Apply(int state, const Access& access) {
  if (access.write) return access.value;
  if (access.value != state) return std::nullopt;
  return state;
}

using History = std::vector<TimedOperation<Access>>;

bool Check(const History& history) { return IsLinearizable(history, 0, Apply); }

TEST(LinearizabilityTest, EmptyHistoryIsExplained) { EXPECT_TRUE(Check({})); }

TEST(LinearizabilityTest, ReadMaySeeAnOverlappingWriteOrNot) {
  EXPECT_TRUE(Check({{{true, 1}, 0, 3}, {{false, 1}, 1, 2}}));
  EXPECT_TRUE(Check({{{true, 1}, 0, 3}, {{false, 0}, 1, 2}}));
}

TEST(LinearizabilityTest, ReadAfterAWriteMustSeeIt) {
  EXPECT_FALSE(Check({{{true, 1}, 0, 1}, {{false, 0}, 2, 3}}));
}

TEST(LinearizabilityTest, ReadsMayNotGoBack) {
  EXPECT_FALSE(
      Check({{{true, 1}, 0, 9}, {{false, 1}, 1, 2}, {{false, 0}, 3, 4}}));
}

TEST(LinearizabilityTest, SixtyFourOperationsAreWithinReach) {
  History history;
  for (int i = 0; i < 64; ++i) {
    const uint64_t at = static_cast<uint64_t>(i) / 4 * 8;
    history.push_back({{true, i}, at, at + 7});
  }
  EXPECT_TRUE(Check(history));
}

}  // namespace
}  // namespace tollgate
