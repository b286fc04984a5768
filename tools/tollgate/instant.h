// Instants as input gives them: seconds since 1970, or milliseconds.
//
// Injected time drives every clock of a run: monotonic time is then the wall
// time in nanoseconds. So that a run may mix lines with and without a time, the
// real clock is read in the same way (RunningClock).
//
// Thread-safety: RunningClock may be read from any thread. Control path only.

#ifndef TOLLGATE_TOOLS_TOLLGATE_INSTANT_H_
#define TOLLGATE_TOOLS_TOLLGATE_INSTANT_H_

#include <atomic>
#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "engine/base/clock.h"
#include "engine/json/reader.h"

namespace tollgate::cli {

// Beyond the year 2250, and within int64_t when counted in nanoseconds.
inline constexpr int64_t kInstantSecondsMax = 9'000'000'000;

// Reads seconds since 1970, whole or with a fraction of microseconds.
absl::StatusOr<Now> ReadInstant(const JsonValue& value);

// Reads milliseconds since the start of a simulation, from 0.
absl::StatusOr<MonotonicNanos> ReadMillis(const JsonValue& value);

// The time of a run: what was injected last, or the system's.
class RunningClock {
 public:
  RunningClock();

  // Takes the instant of a request, or goes back to the system's clock.
  // Returns what time it then is.
  Now Set(const std::optional<Now>& injected);

  Now Read() const;

 private:
  const int64_t monotonic_to_wall_;  // nanoseconds, fixed at the start

  // The injected instant in nanoseconds, or -1. Relaxed: a lone value, read by
  // another thread only to know roughly what time it is.
  std::atomic<int64_t> injected_ns_{-1};
};

}  // namespace tollgate::cli

#endif  // TOLLGATE_TOOLS_TOLLGATE_INSTANT_H_
