// What charging a rate-limit bucket tells; RateLimiter fills it in.

#ifndef TOLLGATE_ENGINE_MODEL_CHARGE_H_
#define TOLLGATE_ENGINE_MODEL_CHARGE_H_

#include <cstdint>
#include <type_traits>

#include "engine/base/limits.h"

namespace tollgate {

enum class ChargeOutcome : uint8_t {
  kRefused = 0,  // nothing was charged
  kAllowed,      // every window was charged
  kStale,        // the bucket must be rebound first; nothing was charged
};

struct ChargeResult {
  ChargeOutcome outcome = ChargeOutcome::kRefused;
  // If refused: the window that refuses longest, and for how long: never less
  // than until the refill, kNeverMicros of engine/limit/gcra.h if no wait
  // helps.
  uint8_t window = 0;
  int64_t retry_after_us = 0;
  // What is left of each window of the set, in units of its rate, of which
  // ComputeLimitLeft makes permits and seconds; 0 if stale. Entries beyond the
  // set's windows are not set: a charge should not cost what nobody reads.
  int64_t slack[limits::kLimitWindowsMax];
};

static_assert(std::is_trivially_copyable_v<ChargeResult>);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_MODEL_CHARGE_H_
