#include "engine/lookup/replay_window.h"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace tollgate {
namespace {

constexpr int64_t kTick = ReplayWord::kTickSeconds;
constexpr size_t kOneSet = 1;
constexpr int kPlacesOfASet = 31;

UnixSeconds At(int64_t seconds) { return {seconds}; }

std::string Name(int i) { return "value" + std::to_string(i); }

Seen Remember(ReplayWindow& window, std::string_view value, int64_t now,
              int64_t until) {
  return window.Remember("scope", value, At(now), At(until));
}

// Fills the window's only set with values that are over at `until`.
void Fill(ReplayWindow& window, int64_t now, int64_t until) {
  for (int i = 0; i < kPlacesOfASet; ++i) {
    ASSERT_EQ(Remember(window, Name(i), now, until), Seen::kFirst) << i;
  }
}

TEST(ReplayWindowTest, ZeroOfSeenRefuses) { EXPECT_NE(Seen(), Seen::kFirst); }

TEST(ReplayWindowTest, AValueIsFirstOnceUntilItIsOver) {
  ReplayWindow window(kOneSet);
  EXPECT_EQ(Remember(window, "a", 1000, 1060), Seen::kFirst);
  for (int64_t now = 1000; now < 1060; ++now) {
    ASSERT_EQ(Remember(window, "a", now, 1060), Seen::kReplayed) << now;
    ASSERT_EQ(Remember(window, "a", now, now + 60), Seen::kReplayed) << now;
  }
  EXPECT_EQ(Remember(window, "a", 1060 + kTick, 1200), Seen::kFirst);
  EXPECT_EQ(Remember(window, "a", 1060 + kTick, 1200), Seen::kReplayed);
}

TEST(ReplayWindowTest, WhatIsOverOrEmptyIsNeverFirst) {
  ReplayWindow window(kOneSet);
  EXPECT_EQ(Remember(window, "a", 1000, 1000), Seen::kReplayed);
  EXPECT_EQ(Remember(window, "a", 1000, 999), Seen::kReplayed);
  EXPECT_EQ(Remember(window, "", 1000, 1060), Seen::kReplayed);
  EXPECT_EQ(Remember(window, "a", 1000, 1001), Seen::kFirst);
}

TEST(ReplayWindowTest, EndsBeforeTheBeginningOfTimeAreRefused) {
  ReplayWindow window(kOneSet);
  EXPECT_EQ(Remember(window, "a", -10, 0), Seen::kFull);
}

// A token may live longer than entries can: it is first once all the same.
TEST(ReplayWindowTest, WhatEndsAfterTheLastEndIsFirstOnce) {
  constexpr int64_t kLast = ((int64_t{1} << 28) - 1) * kTick;
  constexpr int64_t kHighest = std::numeric_limits<int64_t>::max();
  for (const int64_t end : {kLast + 1, kHighest}) {
    ReplayWindow window(kOneSet);
    EXPECT_EQ(Remember(window, "a", 1000, end), Seen::kFirst) << end;
    for (const int64_t now : {int64_t{1000}, kLast - 1, kLast, kLast + 1}) {
      if (now < end) {
        EXPECT_EQ(Remember(window, "a", now, end), Seen::kReplayed) << now;
      }
    }
  }
}

TEST(ReplayWindowTest, TheLastEndIsOne) {
  ReplayWindow window(kOneSet);
  constexpr int64_t kLast = ((int64_t{1} << 28) - 1) * kTick;
  EXPECT_EQ(Remember(window, "a", 1000, kLast), Seen::kFirst);
  EXPECT_EQ(Remember(window, "a", kLast - 1, kLast), Seen::kReplayed);
}

TEST(ReplayWindowTest, BeforeTheBeginningOfTimeValuesAreFirstOnce) {
  ReplayWindow window(kOneSet);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Remember(window, Name(i), -100, 60), Seen::kFirst) << i;
    EXPECT_EQ(Remember(window, Name(i), -100, 60), Seen::kReplayed) << i;
  }
}

// The pair counts, not what its parts join to.
TEST(ReplayWindowTest, ScopesAreApart) {
  ReplayWindow window(kOneSet);
  struct Pair {
    std::string_view scope, value;
  };
  constexpr std::string_view kNul("\0", 1);
  constexpr Pair kPairs[] = {
      {"ab", "c"},  {"a", "bc"}, {"", "abc"}, {"c", "ab"}, {"", "ab"},
      {"ab", "ab"}, {"", kNul},  {kNul, "a"}, {"", "a"},   {"ab", "C"}};
  for (const Pair& pair : kPairs) {
    EXPECT_EQ(window.Remember(pair.scope, pair.value, At(1000), At(1060)),
              Seen::kFirst)
        << pair.scope << "|" << pair.value;
  }
  for (const Pair& pair : kPairs) {
    EXPECT_EQ(window.Remember(pair.scope, pair.value, At(1000), At(1060)),
              Seen::kReplayed)
        << pair.scope << "|" << pair.value;
  }
}

TEST(ReplayWindowTest, AFullSetRefusesAndForgetsNothing) {
  ReplayWindow window(kOneSet);
  Fill(window, 1000, 1060);
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(Remember(window, "new" + Name(i), 1059, 1119), Seen::kFull) << i;
  }
  for (int i = 0; i < kPlacesOfASet; ++i) {
    ASSERT_EQ(Remember(window, Name(i), 1059, 1060), Seen::kReplayed) << i;
  }
}

TEST(ReplayWindowTest, PlacesOfWhatIsOverAreUsedAgain) {
  ReplayWindow window(kOneSet);
  for (int64_t round = 0; round < 5; ++round) {
    const int64_t now = 1600 + round * 160;
    for (int i = 0; i < kPlacesOfASet; ++i) {
      const std::string value = Name(i) + "of" + std::to_string(round);
      ASSERT_EQ(Remember(window, value, now, now + 160), Seen::kFirst) << value;
      ASSERT_EQ(Remember(window, value, now, now + 160), Seen::kReplayed)
          << value;
    }
  }
}

// Long and short windows share a set: what ends late neither blocks nor leaves.
TEST(ReplayWindowTest, ValuesEndEachAtTheirOwnTime) {
  ReplayWindow window(kOneSet);
  EXPECT_EQ(Remember(window, "day", 1000, 87400), Seen::kFirst);
  for (int64_t now = 1000; now < 80000; now += 16) {
    ASSERT_EQ(Remember(window, std::to_string(now), now, now + 64),
              Seen::kFirst);
    ASSERT_EQ(Remember(window, "day", now, 87400), Seen::kReplayed) << now;
  }
}

// A request that was slow, or a clock that was set back: its value was
// forgotten meanwhile, and is not taken for new.
TEST(ReplayWindowTest, AClockThatIsBehindAcceptsNothingTwice) {
  constexpr int kValues = 10;
  ReplayWindow window(kOneSet);
  for (int i = 0; i < kValues; ++i) {
    ASSERT_EQ(Remember(window, Name(i), 1000, 1060), Seen::kFirst) << i;
  }
  // Others come, and everything of before is overwritten.
  for (int i = 0; i < kValues + 2; ++i) {
    ASSERT_EQ(Remember(window, "new" + Name(i), 2000, 2060), Seen::kFirst) << i;
  }
  for (int i = 0; i < kValues; ++i) {
    EXPECT_EQ(Remember(window, Name(i), 1059, 1060), Seen::kReplayed) << i;
  }
}

// What only the door has held is forgotten with the same care.
TEST(ReplayWindowTest, TheLastValueOfASetIsNotAcceptedTwiceEither) {
  ReplayWindow window(kOneSet);
  ASSERT_EQ(Remember(window, "a", 1000, 1060), Seen::kFirst);
  ASSERT_EQ(Remember(window, "b", 2000, 2060), Seen::kFirst);
  EXPECT_EQ(Remember(window, "a", 1000, 1060), Seen::kReplayed);
}

// Nor what is overwritten in its place, and ends later than what was at the
// door.
TEST(ReplayWindowTest, WhatEndsLateIsForgottenWithTheSameCare) {
  ReplayWindow window(kOneSet);
  ASSERT_EQ(Remember(window, "late", 1000, 1104), Seen::kFirst);
  ASSERT_EQ(Remember(window, "soon", 1000, 1040), Seen::kFirst);
  ASSERT_EQ(Remember(window, "c", 1200, 1260), Seen::kFirst);
  ASSERT_EQ(Remember(window, "d", 1200, 1260), Seen::kFirst);
  EXPECT_EQ(Remember(window, "late", 1050, 1104), Seen::kReplayed);
}

TEST(ReplayWindowTest, WhatIsOverMayBeFirstAgainWhereverItStands) {
  ReplayWindow window(kOneSet);
  for (const char* value : {"a", "b", "c"}) {
    ASSERT_EQ(Remember(window, value, 1000, 1040), Seen::kFirst) << value;
  }
  for (const char* value : {"a", "b", "c"}) {
    EXPECT_EQ(Remember(window, value, 1100, 1160), Seen::kFirst) << value;
    EXPECT_EQ(Remember(window, value, 1100, 1160), Seen::kReplayed) << value;
  }
}

// While nothing was forgotten, a clock that goes back does no harm.
TEST(ReplayWindowTest, AClockThatGoesBackIsFollowed) {
  ReplayWindow window(kOneSet);
  EXPECT_EQ(Remember(window, "a", 9000, 9060), Seen::kFirst);
  EXPECT_EQ(Remember(window, "b", 1000, 1060), Seen::kFirst);
  EXPECT_EQ(Remember(window, "a", 1000, 9060), Seen::kReplayed);
}

TEST(ReplayWindowTest, AsManyValuesAsItsCapacityFit) {
  constexpr int kCapacity = 1 << 16;
  ReplayWindow window(kCapacity);
  for (int i = 0; i < kCapacity; ++i) {
    ASSERT_EQ(Remember(window, Name(i), 1000, 1060), Seen::kFirst) << i;
  }
  for (int i = 0; i < kCapacity; ++i) {
    ASSERT_EQ(Remember(window, Name(i), 1059, 1060), Seen::kReplayed) << i;
  }
}

TEST(ReplayWindowTest, MemoryIsFixedAtConstruction) {
  EXPECT_EQ(ReplayWindow(0).MemoryBytes(), 256u);
  EXPECT_EQ(ReplayWindow(8).MemoryBytes(), 256u);
  EXPECT_EQ(ReplayWindow(9).MemoryBytes(), 512u);
  EXPECT_EQ(ReplayWindow().MemoryBytes(), size_t{32} << 20);
  EXPECT_EQ(ReplayWindow(~size_t{0}).MemoryBytes(), size_t{512} << 20);
}

}  // namespace
}  // namespace tollgate
