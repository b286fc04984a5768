#include "tools/tollgate/instant.h"

#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"

namespace tollgate::cli {
namespace {

constexpr int64_t kNanosPerSecond = 1'000'000'000;
constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kMicrosPerMilli = 1'000;
constexpr int64_t kNanosPerMicro = 1'000;

// Reads a number from 0 to `most`.
absl::StatusOr<double> ReadBounded(const JsonValue& value, double most) {
  const auto number = value.Number();
  if (!number.ok()) return number.status();
  if (!(*number >= 0 && *number <= most)) {
    return value.Error(
        absl::StrCat("must be from 0 to ", static_cast<int64_t>(most)));
  }
  return *number;
}

// Rounded down, so that nothing comes early; but what was written as a whole
// number of microseconds is that, though no double is.
int64_t MicrosOf(double units, int64_t micros_per_unit) {
  const double most = std::nextafter(units, std::numeric_limits<double>::max());
  const double whole = std::floor(units);
  return static_cast<int64_t>(whole) * micros_per_unit +
         static_cast<int64_t>(
             std::floor((most - whole) * static_cast<double>(micros_per_unit)));
}

}  // namespace

// Microseconds are what limiters count in, and what a double of this size still
// holds: 0.1 s after a whole second is then exactly that. The wall clock is
// rounded down on its own, never into the next second.
absl::StatusOr<Now> ReadInstant(const JsonValue& value) {
  const auto seconds =
      ReadBounded(value, static_cast<double>(kInstantSecondsMax));
  if (!seconds.ok()) return seconds.status();
  return Now{
      UnixSeconds{static_cast<int64_t>(std::floor(*seconds))},
      MonotonicNanos{MicrosOf(*seconds, kMicrosPerSecond) * kNanosPerMicro}};
}

absl::StatusOr<MonotonicNanos> ReadMillis(const JsonValue& value) {
  const auto millis =
      ReadBounded(value, static_cast<double>(kInstantSecondsMax * 1000));
  if (!millis.ok()) return millis.status();
  return MonotonicNanos{MicrosOf(*millis, kMicrosPerMilli) * kNanosPerMicro};
}

RunningClock::RunningClock()
    : monotonic_to_wall_([] {
        const Now now = ReadClock();
        return now.wall.value * kNanosPerSecond - now.monotonic.value;
      }()) {}

Now RunningClock::Set(const std::optional<Now>& injected) {
  injected_ns_.store(injected.has_value() ? injected->monotonic.value : -1,
                     std::memory_order_relaxed);
  return injected.has_value() ? *injected : Read();
}

Now RunningClock::Read() const {
  const int64_t injected = injected_ns_.load(std::memory_order_relaxed);
  if (injected >= 0) {
    return {UnixSeconds{injected / kNanosPerSecond}, MonotonicNanos{injected}};
  }
  Now now = ReadClock();
  now.monotonic.value += monotonic_to_wall_;
  return now;
}

}  // namespace tollgate::cli
