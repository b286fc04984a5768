// Every bound of the engine, with its reason. Relations between bounds are
// asserted here; a bound that nobody needs is deleted.

#ifndef TOLLGATE_ENGINE_BASE_LIMITS_H_
#define TOLLGATE_ENGINE_BASE_LIMITS_H_

#include <cstddef>
#include <cstdint>

namespace tollgate::limits {

// A request target longer than this is refused: twice what common servers
// accept, and it bounds the work of canonicalisation.
inline constexpr size_t kPathBytesMax = 8192;

// Segments of a path or pattern; beyond it, matching would not be bounded by
// a number worth stating.
inline constexpr size_t kPathSegmentsMax = 64;

// Headers looked at per request. Servers refuse above 100 by default.
inline constexpr size_t kHeadersMax = 256;

// X-Forwarded-For / Forwarded hops walked from the right.
inline constexpr size_t kForwardedHopsMax = 32;

// Bytes of a principal's name; a decision carries it by value.
inline constexpr size_t kPrincipalBytesMax = 255;

// Bytes of an API key's secret: with SHA-256's padding, one block exactly.
inline constexpr size_t kSecretBytesMax = 55;

// Peppers configured at a time: every secret is digested under each.
inline constexpr size_t kPeppersMax = 4;

// Bytes of a decoded Basic pair: key id, colon, secret.
inline constexpr size_t kBasicPairBytesMax = 12 + 1 + kSecretBytesMax;

// Bytes of a scope name.
inline constexpr size_t kScopeBytesMax = 128;

// Distinct scope names an engine knows; a scope set is a mask of this many
// bits, one cache line.
inline constexpr size_t kScopesMax = 512;

// Scopes of one credential.
inline constexpr size_t kScopesPerGrantMax = 128;

// Rate-limit windows of one policy.
inline constexpr size_t kLimitWindowsMax = 7;

// One line of JSON Lines input; 16 MiB of one request is an attack.
inline constexpr size_t kInputLineBytesMax = 1 << 20;

}  // namespace tollgate::limits

#endif  // TOLLGATE_ENGINE_BASE_LIMITS_H_
