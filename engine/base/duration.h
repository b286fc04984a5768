// Durations as configuration and command line write them: "250ms", "30s", "5m",
// "24h", "90d".
//
// Thread-safety: pure functions. Control path only. Errors: absl::Status.

#ifndef TOLLGATE_ENGINE_BASE_DURATION_H_
#define TOLLGATE_ENGINE_BASE_DURATION_H_

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"

namespace tollgate {

// Returns `text` in microseconds, at most INT64_MAX. One decimal number without
// sign, fraction or leading zeros, and right after it one of the units ms, s,
// m, h, d (24 h). Zero needs its unit too. Errors: InvalidArgument, with what
// was expected; the caller says where.
absl::StatusOr<int64_t> ParseDurationMicros(std::string_view text);

// The same in whole seconds, rounded up.
absl::StatusOr<int64_t> ParseDurationSeconds(std::string_view text);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_BASE_DURATION_H_
