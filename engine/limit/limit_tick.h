// The limiter's time: whole microseconds, from nanoseconds of the monotonic
// clock, rounded down.

#ifndef TOLLGATE_ENGINE_LIMIT_LIMIT_TICK_H_
#define TOLLGATE_ENGINE_LIMIT_LIMIT_TICK_H_

#include <algorithm>
#include <compare>
#include <cstdint>

#include "engine/base/clock.h"

namespace tollgate {

// An instant of the limiter. Clocks that start at zero start at 2^52 here, so
// that instants before their start are still positive.
struct LimitTick {
  uint64_t value = 0;
  friend constexpr auto operator<=>(LimitTick, LimitTick) = default;
};

inline constexpr uint64_t kTickOrigin = uint64_t{1} << 52;

// What is more than 142 years before the clock's start counts as that.
constexpr LimitTick ToLimitTick(MonotonicNanos now) {
  constexpr int64_t kOriginNanos = static_cast<int64_t>(kTickOrigin) * 1000;
  const int64_t nanos = std::max(now.value, -kOriginNanos);
  return {(static_cast<uint64_t>(nanos) + kOriginNanos) / 1000};
}

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_LIMIT_LIMIT_TICK_H_
