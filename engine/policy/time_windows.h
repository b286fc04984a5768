// Time windows: the hours, by the clock on the wall of one IANA zone, at which
// a policy lets requests in.
//
// A window is open at an instant when the local clock then shows a listed
// weekday and a time in [from, to). An overnight window (from later than to)
// belongs to the weekday on which it starts: Friday 22:00 to 06:00 is open on
// Saturday at 01:00. What the clock shows is all that counts, therefore:
//
//   * When clocks go forward, the hour that is skipped is never shown: a window
//     over it is an hour shorter that day, and one inside it does not open.
//     Nothing is made up for it.
//   * When clocks go back, the hour that is repeated is shown twice, and a
//     window over it is open both times; one that ended in the first pass
//     opens again in the second.
//   * When a zone leaves out a whole day (Pacific/Apia had no 2011-12-30), it
//     is doubtful whose night the next morning belongs to. It is open only if
//     it is so both for the weekday before in the calendar and for the last day
//     that there was.
//   * Instants outside of the years 1 to 9999 are outside of every window.
//
// When not to use: for durations; "for 30 minutes" has nothing to do with
// clocks on walls.
//
// Thread-safety: immutable but for a cache that any thread may read and write.
// Cost: IsOpen is one relaxed load and a comparison while the answer stays the
// same, 1 ns (BM_TimeWindows_IsOpen); some 150 ns a few times a day. No
// allocation and no system call: Compile loads the zone. Errors: Compile
// returns InvalidArgument, for a zone that is not in the tz database of this
// machine, too.
//
// Implementation: IsOpenSlow finds, with the answer, the interval around the
// instant in which it holds: between two edges of windows or midnights, cut off
// where the zone's clock is set. Answer and interval are packed into one word,
// so that readers never see half of one; the word is a pure function of
// immutable data, so that it does not matter whose stays.

#ifndef TOLLGATE_ENGINE_POLICY_TIME_WINDOWS_H_
#define TOLLGATE_ENGINE_POLICY_TIME_WINDOWS_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "engine/base/clock.h"
#include "engine/policy/policy_options.h"

namespace tollgate {

class TimeWindows {
 public:
  static absl::StatusOr<std::unique_ptr<const TimeWindows>> Compile(
      const HoursOptions& options);

  // Returns OK if `name` is a zone of this machine, or what is wrong with it.
  static absl::Status CheckZone(const std::string& name);

  TimeWindows(const TimeWindows&) = delete;
  TimeWindows& operator=(const TimeWindows&) = delete;

  // Returns whether some window is open at `now`.
  [[nodiscard]] bool IsOpen(UnixSeconds now) const {
    // Relaxed: the word says everything by itself.
    const Known known = Unpack(known_.load(std::memory_order_relaxed));
    // Unsigned: what is before the beginning becomes large.
    const uint64_t since =
        static_cast<uint64_t>(now.value) - static_cast<uint64_t>(known.begin);
    return since < known.seconds ? known.open : IsOpenSlow(now);
  }

 private:
  // An answer, and the interval in which it holds: [begin, begin + seconds).
  struct Known {
    int64_t begin;
    uint64_t seconds;
    bool open;
  };

  // Bits of the packed form: 1 for open, 23 for the length (97 days; nothing
  // holds longer than a day), 40 for the beginning (years -6741 to 28101).
  static constexpr int kSecondsBits = 23;
  static constexpr int64_t kBeginBias = int64_t{1} << 39;

  static constexpr uint64_t Pack(const Known& known) {
    return static_cast<uint64_t>(known.begin + kBeginBias)
               << (kSecondsBits + 1) |
           known.seconds << 1 | static_cast<uint64_t>(known.open);
  }
  static constexpr Known Unpack(uint64_t word) {
    return {static_cast<int64_t>(word >> (kSecondsBits + 1)) - kBeginBias,
            (word >> 1) & ((uint64_t{1} << kSecondsBits) - 1), (word & 1) != 0};
  }

  TimeWindows(absl::TimeZone zone, std::vector<TimeWindowOptions> windows)
      : zone_(zone), windows_(std::move(windows)) {}

  bool IsOpenSlow(UnixSeconds now) const;
  Known Find(UnixSeconds now) const;
  bool IsOpenAt(const absl::CivilSecond& local) const;
  bool OpenedOn(absl::Weekday day, int minute) const;
  bool TailOf(absl::Weekday day, int minute) const;
  absl::Weekday LastDayBefore(absl::CivilDay day) const;
  Known HoldsAround(UnixSeconds now, const absl::CivilSecond& local) const;
  Known CutAtClockChanges(UnixSeconds now, Known known) const;

  const absl::TimeZone zone_;
  const std::vector<TimeWindowOptions> windows_;
  // Of no length at first, so that it contains no instant.
  mutable std::atomic<uint64_t> known_{0};
};

static_assert(std::atomic<uint64_t>::is_always_lock_free,
              "the hot path takes no lock");

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_POLICY_TIME_WINDOWS_H_
