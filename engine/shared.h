// What the workers and the control path of one validator share.
//
// Thread-safety: each member says its own; all are safe for all threads.
// Ownership: destroyed after every worker has left.

#ifndef TOLLGATE_ENGINE_SHARED_H_
#define TOLLGATE_ENGINE_SHARED_H_

#include "engine/crypto/random.h"
#include "engine/limit/rate_limiter.h"
#include "engine/lookup/key_record.h"
#include "engine/model/scope.h"
#include "engine/name_table.h"
#include "engine/snapshot.h"
#include "engine/sync/epoch.h"
#include "engine/sync/published.h"
#include "engine/sync/slab.h"

namespace tollgate {

struct Shared {
  Shared() : profiles(Slab::Create()) {}
  ~Shared() { profiles->Release(); }

  EpochDomain epochs;
  ScopeTable scopes;
  NameTable policy_names;
  RateLimiter limiter{&epochs};
  KeyStore keys{RandomHashSeed()};
  Slab* const profiles;  // of the keys' profiles
  Published<Snapshot> snapshot;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_SHARED_H_
