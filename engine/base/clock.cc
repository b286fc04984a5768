#include "engine/base/clock.h"

#include <ctime>

namespace tollgate {
namespace {

timespec ReadSystemClock(clockid_t clock) {
  timespec time = {};
  // Cannot fail: both clocks exist on every Linux, and the pointer is valid.
  clock_gettime(clock, &time);
  return time;
}

}  // namespace

Now ReadClock() {
  // The kernel keeps tv_nsec in [0, 1e9) for times before 1970 too, so tv_sec
  // is already rounded towards the past.
  const timespec wall = ReadSystemClock(CLOCK_REALTIME);
  const timespec monotonic = ReadSystemClock(CLOCK_MONOTONIC);
  return Now{
      .wall = UnixSeconds{wall.tv_sec},
      .monotonic = MonotonicNanos{int64_t{monotonic.tv_sec} * 1'000'000'000 +
                                  monotonic.tv_nsec}};
}

}  // namespace tollgate
