// What the workers and the control path of one validator share.
//
// Thread-safety: each member says its own; all are safe for all threads.
// Ownership: destroyed after every worker has left.

#ifndef TOLLGATE_ENGINE_SHARED_H_
#define TOLLGATE_ENGINE_SHARED_H_

#include <atomic>
#include <functional>

#include "engine/certificate_proof.h"
#include "engine/crypto/random.h"
#include "engine/definition_proof.h"
#include "engine/limit/admission.h"
#include "engine/limit/rate_limiter.h"
#include "engine/lookup/key_record.h"
#include "engine/lookup/replay_window.h"
#include "engine/lookup/revocation_list.h"
#include "engine/model/scope.h"
#include "engine/name_table.h"
#include "engine/observer.h"
#include "engine/policy/pins.h"
#include "engine/snapshot.h"
#include "engine/sync/epoch.h"
#include "engine/sync/published.h"
#include "engine/sync/slab.h"
#include "engine/text_table.h"
#include "engine/token_limits.h"
#include "engine/token_proof.h"
#include "engine/verify/verified_cache.h"

namespace tollgate {

using TokenCache = VerifiedCache<TokenProof>;
using CertificateCache = VerifiedCache<CertificateProof>;
using DefinitionCache = VerifiedCache<DefinitionProof>;

struct Shared {
  // How many proofs are kept.
  struct Cached {
    size_t tokens;
    size_t certificates;
    size_t definitions;
  };

  explicit Shared(const Cached& cached)
      : profiles(Slab::Create()),
        tokens({.entries = cached.tokens}),
        certificates({.entries = cached.certificates}),
        definitions({.entries = cached.definitions}) {}
  ~Shared() { profiles->Release(); }

  EpochDomain epochs;
  ScopeTable scopes;
  NameTable policy_names;
  TextTable texts;
  RateLimiter limiter{&epochs};
  KeyStore keys{RandomHashSeed()};
  Slab* const profiles;  // of the keys' profiles

  // The certificates registered, as records with their digest for a secret's.
  KeyStore registrations{RandomHashSeed()};

  // The buckets of those who come with tokens, as records without a secret.
  KeyStore principals{RandomHashSeed()};
  TokenLimits token_limits{&limiter};
  RevocationList revocations{RandomHashSeed()};
  // False when the store has revocations that can not be read or enforced: then
  // no token is known not to be revoked.
  std::atomic<bool> revocations_known{true};
  TokenCache tokens;
  CertificateCache certificates;
  DefinitionCache definitions;
  ReplayWindow replays;  // of proofs of possession, and one-time credentials
  Admission admission{RandomHashSeed(), RandomHashSeed()};
  Observer observer{&admission};

  // The tool definitions that are approved; null when that is not known.
  Published<PinTable> pins;
  // Approves the first definition of a tool, durably: then it is in `pins`.
  // OK as well when another was faster. Set before there are workers.
  std::function<absl::Status(const VerifiedDefinition&, UnixSeconds)>
      approve_first;

  Published<Snapshot> snapshot;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_SHARED_H_
