// The limits of one policy, prepared for charging: an immutable list of
// windows, each a token bucket's rate.
//
// LimitSets are made by RateLimiter::Intern and live as long as it does; equal
// limits are the same pointer, so that a reload which changes no limit changes
// no pointer.
//
// Thread-safety: immutable. Errors: CheckLimitSpec tells what is wrong with a
// limit; a set made of a wrong one refuses everything.

#ifndef TOLLGATE_ENGINE_LIMIT_LIMIT_SET_H_
#define TOLLGATE_ENGINE_LIMIT_LIMIT_SET_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/attributes.h"
#include "absl/status/status.h"
#include "absl/types/span.h"
#include "engine/base/cacheline.h"
#include "engine/base/limits.h"
#include "engine/limit/gcra.h"
#include "engine/model/limit_spec.h"

namespace tollgate {

// Returns why `spec` cannot be enforced: a zero, or a burst that takes more
// than a century to refill.
absl::Status CheckLimitSpec(const LimitSpec& spec);

// One window as charged.
struct LimitWindow {
  std::string name;
  uint64_t limit = 0;
  uint64_t burst = 0;
  uint64_t period_us = 0;
  GcraRate rate;
};

// What is left of one window after a request.
struct LimitLeft {
  std::string_view name;
  uint64_t limit = 0;
  uint64_t remaining = 0;      // whole permits
  uint64_t reset_seconds = 0;  // until full again, rounded up
};

// Returns what `slack` (see ChargeResult) means. The name is a view of
// `window`. Divides: call it when a client asks, not per request.
LimitLeft ComputeLimitLeft(
    const LimitWindow& window ABSL_ATTRIBUTE_LIFETIME_BOUND, int64_t slack);

class alignas(kCacheLineBytes) LimitSet {
 public:
  // Of `specs`, at most limits::kLimitWindowsMax are kept, and a set that had
  // more refuses everything.
  explicit LimitSet(std::vector<LimitSpec> specs);
  LimitSet(const LimitSet&) = delete;
  LimitSet& operator=(const LimitSet&) = delete;

  absl::Span<const LimitWindow> windows() const ABSL_ATTRIBUTE_LIFETIME_BOUND {
    return windows_;
  }
  const std::vector<LimitSpec>& specs() const ABSL_ATTRIBUTE_LIFETIME_BOUND {
    return specs_;
  }

  // What a charge needs of the above, in two to four lines.
  size_t size() const { return size_; }
  const GcraRate& rate(size_t i) const { return rates_[i]; }

  // The most permits that one charge can ever be allowed.
  uint64_t permits_max() const { return permits_max_; }

  // Microseconds in which any number of permits, times that number, has
  // refilled in every window: rounded up.
  int64_t permit_refill_us() const { return permit_refill_us_; }

  // What is left of each full window after one permit, as ChargeResult has it.
  const std::array<int64_t, limits::kLimitWindowsMax>& slack_after_one() const
      ABSL_ATTRIBUTE_LIFETIME_BOUND {
    return slack_after_one_;
  }

  // Time is split into eras of 2^era_shift microseconds, each long enough for
  // every window to refill from nothing.
  int era_shift() const { return era_shift_; }
  int64_t era_us() const { return int64_t{1} << era_shift_; }

  // Leases are counted in quanta of 2^quantum_shift permits. At most
  // lease_quanta_max are on lease at a time, together never more than an eighth
  // of any window's burst; 0 if the set is always charged exactly.
  int quantum_shift() const { return quantum_shift_; }
  uint32_t lease_quanta_max() const { return lease_quanta_max_; }

 private:
  void PrepareLeases();

  uint8_t size_ = 0;
  uint8_t era_shift_ = 0;
  uint8_t quantum_shift_ = 0;
  uint32_t lease_quanta_max_ = 0;
  uint64_t permits_max_ = 0;
  int64_t permit_refill_us_ = 0;
  std::array<int64_t, limits::kLimitWindowsMax> slack_after_one_ = {};
  std::array<GcraRate, limits::kLimitWindowsMax> rates_ = {};

  std::vector<LimitSpec> specs_;
  std::vector<LimitWindow> windows_;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_LIMIT_LIMIT_SET_H_
