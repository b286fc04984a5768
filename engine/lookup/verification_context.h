// lookup: what verifying a token of one issuer needs: the issuer's keys, each
// prepared and bound to its algorithm, and what its tokens must say.
//
// A context is published whole (with the configuration, and again when its key
// set changes) and never changes: a request uses the one it found to its end.
//
// Thread-safety: immutable. Ownership: owns its keys. Errors: none; what makes
// a context judged what it is made of (RFC 8725 sections 3.1, 3.8 to 3.12).

#ifndef TOLLGATE_ENGINE_LOOKUP_VERIFICATION_CONTEXT_H_
#define TOLLGATE_ENGINE_LOOKUP_VERIFICATION_CONTEXT_H_

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/crypto/algorithm.h"
#include "engine/lookup/jwks.h"

namespace tollgate {

// What the tokens of an issuer must be. The defaults check least and are for
// tools that try a token out; a configuration always names issuer, audiences
// and algorithms.
struct IssuerRules {
  std::optional<std::string> issuer;  // absent: any, or none
  // Of which the token's `aud` has one; absent: not checked. Never empty.
  std::optional<std::vector<std::string>> audiences;
  std::vector<Algorithm> algorithms;  // empty: whatever a key is bound to
  int64_t leeway_us = 0;
  std::optional<int64_t> max_lifetime_us;  // from iat to exp; requires iat
  std::vector<std::string> required;       // claims, beside exp
  std::string type;  // of the token, lower case; empty: JWT, at+jwt or none
  std::string principal_claim = "sub";
  bool one_time = false;  // each jti once

  bool Allows(Algorithm algorithm) const {
    return algorithm != Algorithm::kNone &&
           (algorithms.empty() ||
            std::find(algorithms.begin(), algorithms.end(), algorithm) !=
                algorithms.end());
  }
};

struct VerificationContext {
  IssuerRules rules;
  KeySet keys;
  uint16_t policy = 0;  // index of an interned name
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_LOOKUP_VERIFICATION_CONTEXT_H_
