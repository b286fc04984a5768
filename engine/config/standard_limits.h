// The rate limits that go by a name of their own.

#ifndef TOLLGATE_ENGINE_CONFIG_STANDARD_LIMITS_H_
#define TOLLGATE_ENGINE_CONFIG_STANDARD_LIMITS_H_

#include <array>
#include <cstdint>
#include <string_view>

namespace tollgate {

struct StandardLimit {
  std::string_view key;   // as configured
  std::string_view name;  // of the window
  uint64_t period_us;
};

inline constexpr std::array<StandardLimit, 4> kStandardLimits = {{
    {"per_second", "second", 1'000'000},
    {"per_minute", "minute", uint64_t{60} * 1'000'000},
    {"per_hour", "hour", uint64_t{3'600} * 1'000'000},
    {"per_day", "day", uint64_t{86'400} * 1'000'000},
}};

// Returns the limit configured as `key`, or nullptr.
constexpr const StandardLimit* FindStandardLimit(std::string_view key) {
  for (const StandardLimit& standard : kStandardLimits) {
    if (standard.key == key) return &standard;
  }
  return nullptr;
}

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CONFIG_STANDARD_LIMITS_H_
