// What is known of one source of failed credentials, as one word: how many
// failures there were lately, or until when it is locked out, and how often it
// has been.
//
// Failures are counted in two windows of `per`, the running one and the one
// before, which counts for the part of it that a sliding window would still
// see, rounded up, as if its failures had been spread evenly. So `failures` at
// once lock a source out; timed around the border of two windows, at most twice
// as many within `per` do; and no less than `failures` within two windows.
//
// Each lock-out lasts twice as long as the one before, up to 64 times the
// first. A source that gave no cause for as long as it was locked out last
// begins anew.
//
// Thread-safety: a value. For engine/limit/admission_limiter.h, where the
// transitions are told. Time is in milliseconds of the monotonic clock, of
// which the word keeps 41 bits: instants up to 34 years apart are told apart.

#ifndef TOLLGATE_ENGINE_LIMIT_FAILURE_WORD_H_
#define TOLLGATE_ENGINE_LIMIT_FAILURE_WORD_H_

#include <algorithm>
#include <cstdint>

#include "engine/base/clock.h"
#include "engine/base/limits.h"

namespace tollgate {

// When a source is locked out; all are positive.
struct FailureRules {
  uint32_t failures = 0;   // at most limits::kAdmissionFailuresMax
  int64_t per_ms = 0;      // at most limits::kAdmissionMillisMax, as is
  int64_t lockout_ms = 0;  // the first lock-out

  friend bool operator==(const FailureRules&, const FailureRules&) = default;
};

class FailureWord {
 public:
  // The zero word is of nobody.
  constexpr FailureWord() = default;
  constexpr explicit FailureWord(uint64_t bits) : bits_(bits) {}

  static constexpr int64_t MillisOf(MonotonicNanos now) {
    return now.value / 1'000'000;
  }

  // The first failure of a source, at `now_ms`.
  static constexpr FailureWord First(const FailureRules& rules,
                                     int64_t now_ms) {
    return rules.failures <= 1 ? Locked(1, now_ms + LockMillis(rules, 1))
                               : Counting({0, 1, 0, now_ms});
  }

  constexpr uint64_t bits() const { return bits_; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr bool locked() const { return current() == kLocked; }

  // How much longer it is locked out, in milliseconds; zero: it is not.
  constexpr int64_t LockedFor(int64_t now_ms) const {
    return locked() ? std::max<int64_t>(-Since(now_ms), 0) : 0;
  }

  // How much of a lock-out is over at `now_ms`, or of the running window.
  constexpr int64_t Since(int64_t now_ms) const {
    constexpr int kUnused = 64 - kTimeBits;
    const auto shifted = (static_cast<uint64_t>(now_ms) - time()) << kUnused;
    return static_cast<int64_t>(shifted) >> kUnused;
  }

  // Whether nothing is left to be known at `now_ms`.
  constexpr bool Forgotten(const FailureRules& rules, int64_t now_ms) const {
    if (empty()) return true;
    const int64_t kept = level() == 0 ? 0 : LockMillis(rules, level());
    return Since(now_ms) >=
           (locked() ? kept : std::max(kept, 2 * rules.per_ms));
  }

  // What would be lost without it; the higher, the more.
  constexpr uint64_t Weight() const {
    return level() * (kCountMax + 1) + previous() + current();
  }

  // The word after another failure at `now_ms`; the same when it is locked out.
  constexpr FailureWord Next(const FailureRules& rules, int64_t now_ms) const {
    if (LockedFor(now_ms) > 0) return *this;
    if (Forgotten(rules, now_ms)) return First(rules, now_ms);
    Parts next = {previous(), current(), level(), now_ms - Since(now_ms)};
    if (locked()) {
      next = {0, 0, level(), now_ms};
    } else if (Since(now_ms) >= 2 * rules.per_ms) {
      next = {0, 0, level(), now_ms};
    } else if (Since(now_ms) >= rules.per_ms) {
      next = {current(), 0, level(), next.time_ms + rules.per_ms};
    }
    next.current = std::min(next.current + 1, kCountMax);
    // A clock that was set back is at the window's start.
    const int64_t into = std::max<int64_t>(now_ms - next.time_ms, 0);
    const int64_t seen =
        (next.previous * (rules.per_ms - into) + rules.per_ms - 1) /
        rules.per_ms;
    if (static_cast<int64_t>(next.current) + seen < rules.failures) {
      return Counting(next);
    }
    const uint64_t above = std::min(level() + 1, kLevelMax);
    return Locked(above, now_ms + LockMillis(rules, above));
  }

  friend constexpr bool operator==(FailureWord, FailureWord) = default;

 private:
  struct Parts {
    uint64_t previous;
    uint64_t current;
    uint64_t level;
    int64_t time_ms;
  };

  // Bits 0-40: when the running window began, or the lock-out ends; 41-43: how
  // often it was locked out; 44-53: failures of the running window, or
  // kLocked; 54-63: of the one before.
  static constexpr int kTimeBits = 41;
  static constexpr int kLevelBits = 3;
  static constexpr int kCountBits = 10;
  static constexpr int kCurrentShift = kTimeBits + kLevelBits;
  static constexpr int kPreviousShift = kCurrentShift + kCountBits;
  static constexpr uint64_t kLocked = (uint64_t{1} << kCountBits) - 1;
  static constexpr uint64_t kCountMax = kLocked - 1;
  static constexpr uint64_t kLevelMax = (uint64_t{1} << kLevelBits) - 1;
  static_assert(limits::kAdmissionFailuresMax <= kCountMax);
  static_assert((limits::kAdmissionMillisMax << (kLevelMax - 1)) <
                int64_t{1} << (kTimeBits - 1));

  static constexpr uint64_t Masked(int64_t time_ms) {
    return static_cast<uint64_t>(time_ms) & ((uint64_t{1} << kTimeBits) - 1);
  }
  static constexpr FailureWord Counting(const Parts& parts) {
    return FailureWord(Masked(parts.time_ms) | parts.level << kTimeBits |
                       parts.current << kCurrentShift |
                       parts.previous << kPreviousShift);
  }
  static constexpr FailureWord Locked(uint64_t level, int64_t until_ms) {
    return Counting({0, kLocked, level, until_ms});
  }
  static constexpr int64_t LockMillis(const FailureRules& rules,
                                      uint64_t level) {
    return rules.lockout_ms << (level - 1);
  }

  constexpr uint64_t time() const {
    return bits_ & ((uint64_t{1} << kTimeBits) - 1);
  }
  constexpr uint64_t level() const { return bits_ >> kTimeBits & kLevelMax; }
  constexpr uint64_t current() const {
    return bits_ >> kCurrentShift & kLocked;
  }
  constexpr uint64_t previous() const { return bits_ >> kPreviousShift; }

  uint64_t bits_ = 0;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_LIMIT_FAILURE_WORD_H_
