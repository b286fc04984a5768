// What the engine answers for one request: a value that stands on its own.
//
// Ownership: trivially copyable. What its members point to lives as long as the
// Validator that made the decision; there is nothing else to keep alive.
// Cost: about 600 bytes, of which only the used ones are written; the limits
// that are left are computed when asked for (one division a window).

#ifndef TOLLGATE_ENGINE_MODEL_DECISION_H_
#define TOLLGATE_ENGINE_MODEL_DECISION_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "engine/base/inline_text.h"
#include "engine/base/limits.h"
#include "engine/model/charge.h"
#include "engine/model/key_id.h"
#include "engine/model/reason.h"
#include "engine/model/scope.h"

namespace tollgate {

class LimitSet;  // engine/limit/limit_set.h

// The kind of credential that decided; kNone when none was found.
enum class Strategy : uint8_t { kNone = 0, kApiKey, kJwt, kMtls, kSignedTool };

// Returns "none", "api_key", "jwt", "mtls" or "signed_tool".
inline std::string_view StrategyName(Strategy strategy) {
  switch (strategy) {
    case Strategy::kNone:
      return "none";
    case Strategy::kApiKey:
      return "api_key";
    case Strategy::kJwt:
      return "jwt";
    case Strategy::kMtls:
      return "mtls";
    case Strategy::kSignedTool:
      return "signed_tool";
  }
  return "none";
}

using PrincipalName = InlineText<limits::kPrincipalBytesMax>;

struct Decision {
  Verdict verdict = Verdict::kDeny;
  Reason reason = Reason::kInternalUnavailable;
  Strategy strategy = Strategy::kNone;
  bool proven = false;  // key_id, principal and scopes are facts, not claims

  KeyId key_id;
  PrincipalName principal;
  // Of a token: who says so. Two issuers may have a principal of one name.
  const std::string* issuer = nullptr;
  const ScopeSet* scopes = nullptr;  // granted; null before proof

  // On insufficient_scope only: what the endpoint asks for, in parts.
  uint8_t needed_scopes_count = 0;
  std::array<const ScopeSet*, limits::kNeededScopeSetsMax> needed_scopes;

  // On a refused token that is bound to a key: it must come with a DPoP proof.
  bool needs_dpop = false;

  // On denials: where clients learn who issues tokens for this service (RFC
  // 9728 section 5.1); null: nowhere.
  const std::string* resource_metadata = nullptr;

  // What is left of each limit after this request, set once it was charged or
  // refused by one; LimitsLeft in engine/response_headers.h reads it.
  const LimitSet* limits = nullptr;
  ChargeResult charge;

  int http_status() const { return HttpStatus(reason); }
};

static_assert(std::is_trivially_copyable_v<Decision>,
              "a decision is a value that may cross threads and queues");

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_MODEL_DECISION_H_
