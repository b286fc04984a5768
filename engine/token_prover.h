// Proves tokens for one worker: the long way, taken once for each token, whose
// end is a proof for the verified cache.
//
//   TokenProver prover(&shared);
//   std::unique_ptr<TokenProof> proof;
//   Reason reason = prover.Prove({token, fingerprint}, snapshot, now, proof);
//
// Thread-safety: one thread. Ownership: borrows the shared state. REQUIRES: the
// caller is pinned, and loaded the snapshot before this call.
// Cost: what the token's algorithm takes, one allocation, and where a token's
// scopes have not been met before, a mutex of the control path.
// Errors: reasons; nothing is proved but by kOk.

#ifndef TOLLGATE_ENGINE_TOKEN_PROVER_H_
#define TOLLGATE_ENGINE_TOKEN_PROVER_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "engine/base/clock.h"
#include "engine/crypto/fingerprint.h"
#include "engine/model/reason.h"
#include "engine/shared.h"
#include "engine/snapshot.h"
#include "engine/token_proof.h"
#include "engine/verify/jwt.h"

namespace tollgate {

class TokenProver {
 public:
  struct Credential {
    std::string_view token;
    Fingerprint fingerprint;
  };

  explicit TokenProver(Shared* shared) : shared_(shared) {}

  // Says whether a public-key operation may be spent: kOk, or why not.
  using Afford = absl::FunctionRef<Reason()>;

  // Proves `credential` at `now` and makes `out` its proof; `afford` is asked
  // after all that costs less than a public-key operation. Revocation, the
  // possession of a key, policy and limits are not looked at.
  [[nodiscard]] Reason Prove(const Credential& credential,
                             const Snapshot& snapshot, UnixSeconds now,
                             Afford afford, std::unique_ptr<TokenProof>& out);

 private:
  Reason ReadFacts(const ParsedJwt& jwt, const VerificationContext& context,
                   const KeySet::Entry& key, TokenTexts& texts,
                   TokenProof::Facts& facts);
  Reason ReadExtras(const ParsedJwt& jwt, const VerificationContext& context,
                    TokenProof::Facts& facts);
  KeyId NameOf(const ParsedJwt& jwt);
  const ScopeSet* InternScopes(const Claims& claims);

  Shared* const shared_;
  JwtReader reader_;
  std::string framed_;  // reused

  // The scopes met last: tokens of one client mostly share them.
  std::vector<std::string> last_scopes_;
  const ScopeSet* last_set_ = nullptr;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_TOKEN_PROVER_H_
