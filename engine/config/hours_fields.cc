#include "engine/config/hours_fields.h"

#include <bitset>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "engine/config/suggestion.h"
#include "engine/policy/time_windows.h"

namespace tollgate {
namespace {

constexpr int kMinutesPerDay = 24 * 60;

bool IsDigit(char c) {
  return absl::ascii_isdigit(static_cast<unsigned char>(c));
}

// Returns minutes since midnight, or -1.
int ParseClock(std::string_view text) {
  if (text.size() != 5 || text[2] != ':' || !IsDigit(text[0]) ||
      !IsDigit(text[1]) || !IsDigit(text[3]) || !IsDigit(text[4])) {
    return -1;
  }
  const int hour = (text[0] - '0') * 10 + (text[1] - '0');
  const int minute = (text[3] - '0') * 10 + (text[4] - '0');
  const bool valid = minute < 60 && (hour < 24 || (hour == 24 && minute == 0));
  return valid ? hour * 60 + minute : -1;
}

int ReadClockTime(const Field& field) {
  const std::string text = ReadString(field);
  const int minutes = ParseClock(text);
  if (minutes < 0) {
    field.Fail("expected a time of day \"HH:MM\", \"00:00\" to \"24:00\"");
  }
  return minutes;
}

uint8_t ReadDay(const Field& field) {
  const std::string name = ReadString(field);
  for (size_t i = 0; i < kWeekdays.size(); ++i) {
    if (name == kWeekdays[i]) return static_cast<uint8_t>(1 << i);
  }
  // "Monday" is near enough to "mon" by its first letters.
  const std::string start = absl::AsciiStrToLower(name).substr(0, 3);
  field.Fail(absl::StrCat("`", Excerpt(name), "` is not a day (mon to sun)",
                          DidYouMean(start, kWeekdays)));
  return 0;
}

uint8_t ReadDays(const Field& field) {
  uint8_t mask = 0;
  if (!IsNonEmptySequence(field)) return mask;
  for (size_t i = 0; i < field.node().items.size(); ++i) {
    const Field item = field.Item(i);
    const uint8_t day = ReadDay(item);
    if ((mask & day) != 0) item.Fail("this day is listed twice");
    mask |= day;
  }
  return mask;
}

TimeWindowOptions ReadWindow(const Field& field) {
  TimeWindowOptions window;
  const Fields fields(field, {"days", "from", "to"});
  fields.Optional("days",
                  [&](const Field& f) { window.weekday_mask = ReadDays(f); });
  fields.Required("from", [&](const Field& f) {
    window.from_minute = ReadClockTime(f);
    if (window.from_minute == kMinutesPerDay) {
      f.Fail("a window cannot start at 24:00; write 00:00 of the next day");
    }
  });
  fields.Required("to", [&](const Field& f) {
    window.to_minute = ReadClockTime(f);
    if (window.to_minute == window.from_minute) {
      f.Fail(
          "the window ends when it starts: nothing, or the whole day? For the "
          "whole day write from \"00:00\" to \"24:00\"");
    }
  });
  return window;
}

}  // namespace

std::string ReadZone(const Field& field) {
  std::string zone = ReadString(field);
  const absl::Status status = TimeWindows::CheckZone(zone);
  if (!status.ok()) field.Fail(status.message());
  return zone;
}

HoursOptions ReadHours(const Field& field) {
  HoursOptions hours;
  const Fields fields(field, {"zone", "windows"});
  fields.Optional("zone", [&](const Field& f) { hours.zone = ReadZone(f); });
  fields.Required("windows", [&](const Field& f) {
    if (!IsNonEmptySequence(f)) return;
    for (size_t i = 0; i < f.node().items.size(); ++i) {
      hours.windows.push_back(ReadWindow(f.Item(i)));
    }
  });
  return hours;
}

std::vector<TimeWindowOptions> ReadAllowedHours(const Field& field) {
  std::bitset<24> hours;
  std::vector<TimeWindowOptions> windows;
  if (!IsNonEmptySequence(field)) return windows;
  for (size_t i = 0; i < field.node().items.size(); ++i) {
    const Field item = field.Item(i);
    const uint64_t hour = ReadInteger(item, {0, 23});
    if (hours[hour]) item.Fail("this hour is listed twice");
    hours.set(hour);
  }
  for (int hour = 0; hour < 24; ++hour) {
    if (!hours[hour]) continue;
    if (hour > 0 && hours[hour - 1]) {
      windows.back().to_minute += 60;
    } else {
      windows.push_back({0x7f, hour * 60, hour * 60 + 60});
    }
  }
  return windows;
}

}  // namespace tollgate
