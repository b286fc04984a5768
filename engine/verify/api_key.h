// verify: proves that an API key's secret belongs to its id.
//
// The order of work is the same for every secret that was not proved before:
// find the record, compare the secret's tag, digest the secret, compare
// digests, all in constant time; only then look at the state. For a key id that
// does not exist the record of another key is judged, so an unknown id and a
// wrong secret cost the same, and answer the same outside.
//
// Thread-safety: pure, but for the key store it reads and what it remembers
// there (ProvenSecret). Ownership: the record is valid while the caller's epoch
// guard is held. Cost: one SHA-256 compression and two cache misses the first
// time, two cache misses after that (BM_VerifyApiKey).

#ifndef TOLLGATE_ENGINE_VERIFY_API_KEY_H_
#define TOLLGATE_ENGINE_VERIFY_API_KEY_H_

#include <string_view>

#include "absl/base/optimization.h"
#include "engine/base/clock.h"
#include "engine/crypto/secret.h"
#include "engine/crypto/secret_tag.h"
#include "engine/lookup/key_record.h"
#include "engine/model/key_id.h"
#include "engine/model/reason.h"
#include "engine/verify/peppers.h"

namespace tollgate {

struct ApiKeyProof {
  // kOk, kUnknownKey, kWrongSecret, kKeyRevoked, kKeyDisabled, kKeyExpired, or
  // kLockedOut: it was not looked at.
  Reason reason = Reason::kUnknownKey;
  // Set once the secret matched, whatever the state of the key.
  const KeyRecord* record = nullptr;
};

namespace internal {

// What is judged when there is no other key near: the work is done and comes to
// nothing.
inline constexpr KeyRecord kNobody;

// Whether the secret with this tag proved the record before.
inline bool IsKnown(const KeyRecord& record, const SecretTag& tag) {
  return record.profile != nullptr &&
         record.profile->proven.Is(tag, record.digest);
}

// The state of a key whose secret matched.
inline Reason StateOf(const KeyRecord& record, UnixSeconds now) {
  switch (record.status) {
    case KeyStatus::kRevoked:
      return Reason::kKeyRevoked;
    case KeyStatus::kDisabled:
      return Reason::kKeyDisabled;
    case KeyStatus::kActive:
      // The expiry instant itself is expired.
      return record.expires_at != kNeverExpires &&
                     now.value >= int64_t{record.expires_at}
                 ? Reason::kKeyExpired
                 : Reason::kOk;
  }
  return Reason::kKeyRevoked;
}

// What is judged, and the record of the id presented: the same, or null.
struct Judged {
  const KeyRecord* presented;
  const KeyRecord* record;
};

// Proves by digest. What matched the current secret of the key is remembered; a
// previous one is not, since time ends it.
ApiKeyProof ProveApiKey(const Peppers& peppers, const std::string_view& secret,
                        const SecretTag* tag, const Judged& judged,
                        UnixSeconds now);

}  // namespace internal

// What the store holds for the id presented. When it holds nothing (`record` is
// null), `decoy` is judged in its place, in vain: any other record, or null for
// a constant one.
struct PresentedKey {
  const KeyRecord* record = nullptr;
  const KeyRecord* decoy = nullptr;
  bool known_only = false;  // whether only what was proved before is taken
};

// Judges `secret`, whose tag is `tag`, null when nothing is remembered.
inline ApiKeyProof JudgeApiKey(const Peppers& peppers,
                               const std::string_view& secret,
                               const SecretTag* tag, const PresentedKey& key,
                               UnixSeconds now) {
  const KeyRecord* const record = key.record;
  const KeyRecord* judged = record != nullptr ? record : key.decoy;
  if (judged == nullptr) judged = &internal::kNobody;
  const bool known = tag != nullptr && internal::IsKnown(*judged, *tag);
  if (known && record != nullptr) {
    return {internal::StateOf(*record, now), record};
  }
  if (ABSL_PREDICT_FALSE(key.known_only)) {
    return {Reason::kLockedOut, nullptr};
  }
  return internal::ProveApiKey(peppers, secret, tag, {record, judged}, now);
}

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_VERIFY_API_KEY_H_
