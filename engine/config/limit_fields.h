// Reads `rate_limits:`: the standard windows by name, others with a period.
//
//   per_second: 50                                  the burst is the limit
//   per_minute: { limit: 600, burst: 100 }
//   burst_guard: { limit: 30, period: 90s }         any other name
//
// Thread-safety: pure. Control path only. Errors go to the field's context.

#ifndef TOLLGATE_ENGINE_CONFIG_LIMIT_FIELDS_H_
#define TOLLGATE_ENGINE_CONFIG_LIMIT_FIELDS_H_

#include <vector>

#include "engine/config/field_reader.h"
#include "engine/model/limit_spec.h"

namespace tollgate {

// Returns the limits in the order written.
std::vector<LimitSpec> ReadRateLimits(const Field& field);

// The fields of a rate limit that take permits: 1 to kLimitPermitsMax.
uint64_t ReadPermits(const Field& field);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CONFIG_LIMIT_FIELDS_H_
