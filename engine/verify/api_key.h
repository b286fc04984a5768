// verify: proves that an API key's secret belongs to its id.
//
// The order of work is the same for every outcome: digest the secret, find the
// record, compare digests in constant time; only then look at the state. A key
// id that does not exist is compared with a record that nothing matches, so an
// unknown id and a wrong secret cost the same, and answer the same outside.
//
// Thread-safety: pure, but for the key store it reads. Ownership: the record
// is valid while the caller's epoch guard is held. Cost: one SHA-256
// compression and one cache miss (BM_VerifyApiKey).

#ifndef TOLLGATE_ENGINE_VERIFY_API_KEY_H_
#define TOLLGATE_ENGINE_VERIFY_API_KEY_H_

#include <string_view>

#include "engine/base/clock.h"
#include "engine/lookup/key_record.h"
#include "engine/model/key_id.h"
#include "engine/model/reason.h"
#include "engine/verify/peppers.h"

namespace tollgate {

struct ApiKeyProof {
  // kOk, kUnknownKey, kWrongSecret, kKeyRevoked, kKeyDisabled or kKeyExpired.
  Reason reason = Reason::kUnknownKey;
  // Set once the secret matched, whatever the state of the key.
  const KeyRecord* record = nullptr;
};

// Returns whether `digests` prove `record` at `now`: by its secret, or by the
// one before while their overlap lasts.
bool SecretMatches(const Peppers& peppers, const Peppers::Digests& digests,
                   const KeyRecord& record, UnixSeconds now);

// Judges `record`, which is what the store holds for the id presented (null
// when it holds nothing).
ApiKeyProof JudgeApiKey(const Peppers& peppers, const Peppers::Digests& digests,
                        const KeyRecord* record, UnixSeconds now);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_VERIFY_API_KEY_H_
