// Reads when a policy holds: `hours:` with windows, or the list of whole hours
// `allowed_hours:` (with `timezone:`, UTC by default).
//
//   hours: { zone: Europe/Berlin,
//            windows: [{ days: [mon, fri], from: "08:00", to: "18:00" }] }
//   allowed_hours: [8, 9, 10]       from 08:00 until before 11:00, every day
//
// Thread-safety: pure. Control path only. Errors go to the field's context.

#ifndef TOLLGATE_ENGINE_CONFIG_HOURS_FIELDS_H_
#define TOLLGATE_ENGINE_CONFIG_HOURS_FIELDS_H_

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/field_reader.h"
#include "engine/policy/policy_options.h"

namespace tollgate {

// Bit i of a weekday mask is the i-th of these.
inline constexpr std::array<std::string_view, 7> kWeekdays = {
    "mon", "tue", "wed", "thu", "fri", "sat", "sun"};

// Reads the name of a zone that this machine has.
std::string ReadZone(const Field& field);

// Reads the mapping `hours:`.
HoursOptions ReadHours(const Field& field);

// Reads a list of distinct hours, 0 to 23; neighbours become one window.
std::vector<TimeWindowOptions> ReadAllowedHours(const Field& field);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CONFIG_HOURS_FIELDS_H_
