#include "engine/base/clock.h"

#include <ctime>
#include <type_traits>

#include "gtest/gtest.h"

namespace tollgate {
namespace {

static_assert(!std::is_convertible_v<UnixSeconds, MonotonicNanos> &&
                  !std::is_convertible_v<MonotonicNanos, UnixSeconds>,
              "wall time and monotonic time do not mix");

TEST(ClockTest, WallTimeIsThatOfTheSystem) {
  const int64_t before = std::time(nullptr);
  const Now now = ReadClock();
  const int64_t after = std::time(nullptr);
  // time() may use a coarser clock, which is behind by a tick.
  EXPECT_LE(before, now.wall.value);
  EXPECT_LE(now.wall.value, after + 1);
}

TEST(ClockTest, MonotonicTimeDoesNotGoBack) {
  MonotonicNanos last = ReadClock().monotonic;
  for (int i = 0; i < 1000; ++i) {
    const MonotonicNanos next = ReadClock().monotonic;
    EXPECT_LE(last, next);
    last = next;
  }
}

}  // namespace
}  // namespace tollgate
