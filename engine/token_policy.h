// The policy that a token brings with it, in its claim `policy`: rules that
// hold beside the server's own, so that what both allow is allowed.
//
//   "policy": {
//     "allowed_endpoints": ["GET /v1/tools/**"],
//     "rate_limits": { "per_minute": 10 },
//     "ip_restrictions": ["10.0.0.0/8"]        // or { "allow", "deny" }
//   }
//
// Every part may be left out and then restricts nothing; the forms of endpoints
// and rate limits are those of the configuration. An empty `ip_restrictions`
// list restricts nothing (issuers write it for "none"); any other empty list,
// an unknown part, or one that cannot be compiled is malformed, and the token
// is refused: a restriction that is not understood cannot be enforced.
//
// Thread-safety: immutable. Ownership: a value. Cost: compiled once, when the
// token is proved. Errors: InvalidArgument, in one line.

#ifndef TOLLGATE_ENGINE_TOKEN_POLICY_H_
#define TOLLGATE_ENGINE_TOKEN_POLICY_H_

#include <vector>

#include "absl/status/statusor.h"
#include "engine/json/reader.h"
#include "engine/model/limit_spec.h"
#include "engine/policy/policy.h"

namespace tollgate {

struct TokenPolicy {
  CompiledPolicy rules;
  std::vector<LimitSpec> rate_limits;
};

// Reads the claim, of at most limits::kTokenPolicyItemsMax items in a list.
absl::StatusOr<TokenPolicy> ReadTokenPolicy(const JsonValue& claim);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_TOKEN_POLICY_H_
