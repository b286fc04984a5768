#include "engine/policy/time_windows.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/base/limits.h"

namespace tollgate {
namespace {

constexpr int kMinutesPerDay = 24 * 60;
constexpr int kSecondsPerDay = kMinutesPerDay * 60;

// 0001-01-01T00:00:00Z and 10000-01-01T00:00:00Z: the library's civil times are
// exact in between.
constexpr int64_t kFirstSecond = -62'135'596'800;
constexpr int64_t kEndSecond = 253'402'300'800;

// Returns whether `name` may be the name of a zone. The library would also take
// paths, "localtime" and fixed offsets; "right/" zones count leap seconds,
// which UnixSeconds do not.
bool MayBeZoneName(std::string_view name) {
  constexpr std::string_view kMarks = "/_+-";
  const bool plain =
      !name.empty() && name.size() <= 64 &&
      absl::ascii_isalpha(static_cast<unsigned char>(name[0])) &&
      std::all_of(name.begin(), name.end(), [&](char c) {
        return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
               kMarks.find(c) != kMarks.npos;
      });
  return plain && name != "localtime" && name != "posixrules" &&
         name != "Factory" && !absl::StartsWith(name, "right/") &&
         !absl::StartsWith(name, "posix/") && !absl::StartsWith(name, "Fixed/");
}

absl::StatusOr<absl::TimeZone> LoadZone(const std::string& name) {
  absl::TimeZone zone;
  if (!MayBeZoneName(name) || !absl::LoadTimeZone(name, &zone)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", absl::CHexEscape(name.substr(0, 64)),
        "\" is not a time zone of this machine; write an IANA name such as "
        "Europe/Berlin (from the tzdata package)"));
  }
  return zone;
}

absl::Status CheckWindow(const TimeWindowOptions& window) {
  std::string_view error;
  if (window.weekday_mask == 0 || window.weekday_mask > 0x7f) {
    error = "no weekday, or one that does not exist";
  } else if (window.from_minute < 0 || window.from_minute >= kMinutesPerDay) {
    error = "\"from\" has to be between 00:00 and 23:59";
  } else if (window.to_minute < 0 || window.to_minute > kMinutesPerDay) {
    error = "\"to\" has to be between 00:00 and 24:00";
  } else if (window.from_minute == window.to_minute) {
    error = "\"from\" and \"to\" are equal; the whole day is 00:00 to 24:00";
  }
  if (error.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("hours.windows: ", error));
}

bool Includes(const TimeWindowOptions& window, absl::Weekday day) {
  // Both count from Monday.
  return ((window.weekday_mask >> static_cast<int>(day)) & 1) != 0;
}

bool IsOvernight(const TimeWindowOptions& window) {
  return window.from_minute > window.to_minute;
}

int SecondOfDay(const absl::CivilSecond& local) {
  return (local.hour() * 60 + local.minute()) * 60 + local.second();
}

}  // namespace

absl::Status TimeWindows::CheckZone(const std::string& name) {
  return LoadZone(name).status();
}

absl::StatusOr<std::unique_ptr<const TimeWindows>> TimeWindows::Compile(
    const HoursOptions& options) {
  if (options.windows.empty()) {
    return absl::InvalidArgumentError(
        "hours.windows: an empty list; leave \"hours\" out for no restriction");
  }
  if (options.windows.size() > limits::kTimeWindowsMax) {
    return absl::InvalidArgumentError(absl::StrCat(
        "hours.windows: more than ", limits::kTimeWindowsMax, " windows"));
  }
  for (const TimeWindowOptions& window : options.windows) {
    absl::Status status = CheckWindow(window);
    if (!status.ok()) return status;
  }
  absl::StatusOr<absl::TimeZone> zone = LoadZone(options.zone);
  if (!zone.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("hours.zone: ", zone.status().message()));
  }
  // The constructor is private; make_unique cannot call it.
  return std::unique_ptr<const TimeWindows>(
      new TimeWindows(*zone, options.windows));
}

bool TimeWindows::IsOpenSlow(UnixSeconds now) const {
  if (now.value < kFirstSecond || now.value >= kEndSecond) return false;
  const Known known = Find(now);
  // Relaxed: pairs with nothing; see IsOpen().
  known_.store(Pack(known), std::memory_order_relaxed);
  return known.open;
}

TimeWindows::Known TimeWindows::Find(UnixSeconds now) const {
  const absl::CivilSecond local = zone_.At(absl::FromUnixSeconds(now.value)).cs;
  Known known = CutAtClockChanges(now, HoldsAround(now, local));
  known.open = IsOpenAt(local);
  return known;
}

bool TimeWindows::IsOpenAt(const absl::CivilSecond& local) const {
  const absl::CivilDay day(local);
  const int minute = local.hour() * 60 + local.minute();
  if (OpenedOn(absl::GetWeekday(day), minute)) return true;
  return TailOf(absl::GetWeekday(day - 1), minute) &&
         TailOf(LastDayBefore(day), minute);
}

// Returns whether a window that starts on `day` is open on it at `minute`.
bool TimeWindows::OpenedOn(absl::Weekday day, int minute) const {
  return std::any_of(
      windows_.begin(), windows_.end(), [&](const TimeWindowOptions& window) {
        return Includes(window, day) && minute >= window.from_minute &&
               (IsOvernight(window) || minute < window.to_minute);
      });
}

// Returns whether a window that starts on `day` is open the morning after.
bool TimeWindows::TailOf(absl::Weekday day, int minute) const {
  return std::any_of(windows_.begin(), windows_.end(),
                     [&](const TimeWindowOptions& window) {
                       return Includes(window, day) && IsOvernight(window) &&
                              minute < window.to_minute;
                     });
}

// Returns the day that the zone's clock showed a second before `day` began.
absl::Weekday TimeWindows::LastDayBefore(absl::CivilDay day) const {
  const absl::TimeZone::TimeInfo begin = zone_.At(absl::CivilSecond(day));
  // Midnight itself may be skipped; repeated, the first one counts.
  const absl::Time first =
      begin.kind == absl::TimeZone::TimeInfo::SKIPPED ? begin.trans : begin.pre;
  const absl::CivilSecond before = zone_.At(first - absl::Seconds(1)).cs;
  return absl::GetWeekday(absl::CivilDay(before));
}

// Returns the interval up to the next edge of a window, or midnight, on either
// side, if no clock is set in between.
TimeWindows::Known TimeWindows::HoldsAround(
    UnixSeconds now, const absl::CivilSecond& local) const {
  const int at = SecondOfDay(local);
  int begin = 0;
  int end = kSecondsPerDay;
  for (const TimeWindowOptions& window : windows_) {
    for (const int edge : {window.from_minute * 60, window.to_minute * 60}) {
      if (edge <= at) begin = std::max(begin, edge);
      if (edge > at) end = std::min(end, edge);
    }
  }
  return {now.value - (at - begin), static_cast<uint64_t>(end - begin), false};
}

TimeWindows::Known TimeWindows::CutAtClockChanges(UnixSeconds now,
                                                  Known known) const {
  int64_t begin = known.begin;
  int64_t end = known.begin + static_cast<int64_t>(known.seconds);
  const absl::Time time = absl::FromUnixSeconds(now.value);
  absl::TimeZone::CivilTransition change;
  if (zone_.NextTransition(time, &change)) {
    end = std::min(end, absl::ToUnixSeconds(zone_.At(change.to).trans));
  }
  // The last one before the next second: one at `now` is in force already.
  if (zone_.PrevTransition(time + absl::Seconds(1), &change)) {
    begin = std::max(begin, absl::ToUnixSeconds(zone_.At(change.to).trans));
  }
  // `now` itself is inside whatever the database says.
  begin = std::min(begin, now.value);
  end = std::max(end, now.value + 1);
  return {begin, static_cast<uint64_t>(end - begin), false};
}

}  // namespace tollgate
