// Time as the engine sees it: two clocks that never convert into each other.
//
// Wall time (UnixSeconds) decides expiry and time windows; monotonic time
// (MonotonicNanos) drives the rate limiters. Both are read once per request,
// by the caller, and passed down as one Now: nothing below the validator reads
// a clock, so tests and simulations inject any instant they like.
//
// Thread-safety: everything here is a value or a pure function.
// Cost: ReadClock() is two vDSO reads (about 40 ns); SteadyClock in
// engine/base/steady_clock.h amortises the wall clock for hot loops.

#ifndef TOLLGATE_ENGINE_BASE_CLOCK_H_
#define TOLLGATE_ENGINE_BASE_CLOCK_H_

#include <compare>
#include <cstdint>

namespace tollgate {

// Whole seconds since 1970-01-01T00:00:00Z, rounded towards the past.
struct UnixSeconds {
  int64_t value = 0;
  friend constexpr auto operator<=>(UnixSeconds, UnixSeconds) = default;
};

// Nanoseconds since an arbitrary start; only differences mean anything.
struct MonotonicNanos {
  int64_t value = 0;
  friend constexpr auto operator<=>(MonotonicNanos, MonotonicNanos) = default;
};

// The one instant at which a request is validated.
struct Now {
  UnixSeconds wall;
  MonotonicNanos monotonic;
};

// Reads both system clocks.
Now ReadClock();

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_BASE_CLOCK_H_
