// One rate limit as an operator wrote it.

#ifndef TOLLGATE_ENGINE_MODEL_LIMIT_SPEC_H_
#define TOLLGATE_ENGINE_MODEL_LIMIT_SPEC_H_

#include <cstdint>
#include <string>

namespace tollgate {

// `limit` permits every `period_us` microseconds, at most `burst` at once.
// The standard windows are named "second", "minute", "hour" and "day".
struct LimitSpec {
  std::string name;
  uint64_t limit = 0;
  uint64_t period_us = 0;
  uint64_t burst = 0;

  friend bool operator==(const LimitSpec&, const LimitSpec&) = default;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_MODEL_LIMIT_SPEC_H_
