// verify: proves that an API key's secret belongs to its id.
//
// The order of work is the same for every outcome: find the record, digest the
// secret, compare digests in constant time; only then look at the state. For a
// key id that does not exist the record of another key is judged, so an unknown
// id and a wrong secret cost the same, and answer the same outside.
//
// Thread-safety: pure, but for the key store it reads. Ownership: the record
// is valid while the caller's epoch guard is held. Cost: one SHA-256
// compression and one cache miss (BM_VerifyApiKey).

#ifndef TOLLGATE_ENGINE_VERIFY_API_KEY_H_
#define TOLLGATE_ENGINE_VERIFY_API_KEY_H_

#include <string_view>

#include "engine/base/clock.h"
#include "engine/crypto/secret.h"
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

namespace internal {

// What is judged when there is no other key near: the work is done and comes to
// nothing.
inline constexpr KeyRecord kNobody;

// Compares in constant time. A pepper that is gone matches nothing, after the
// same work.
inline bool DigestMatches(const Peppers& peppers,
                          const Peppers::Digests& digests, uint8_t pepper_id,
                          const SecretDigest& stored) {
  const SecretDigest* presented = peppers.Select(digests, pepper_id);
  const SecretDigest& compared = presented ? *presented : digests[0];
  return ConstantTimeEqual(compared, stored) && presented != nullptr;
}

// The secret before a rotation proves its key while their overlap lasts.
bool PreviousMatches(const Peppers& peppers, const Peppers::Digests& digests,
                     const KeyProfile& profile, UnixSeconds now);

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

}  // namespace internal

// Judges `record`, which is what the store holds for the id presented. When it
// holds nothing (null), `decoy` is judged in its place, in vain: any other
// record, or null for a constant one.
inline ApiKeyProof JudgeApiKey(const Peppers& peppers,
                               const Peppers::Digests& digests,
                               const KeyRecord* record, const KeyRecord* decoy,
                               UnixSeconds now) {
  const KeyRecord* judged = record != nullptr ? record : decoy;
  if (judged == nullptr) judged = &internal::kNobody;
  bool matches = internal::DigestMatches(peppers, digests, judged->pepper_id,
                                         judged->digest);
  if (!matches && judged->rotating) {
    matches =
        internal::PreviousMatches(peppers, digests, *judged->profile, now);
  }
  if (record == nullptr) return {Reason::kUnknownKey, nullptr};
  if (!matches) return {Reason::kWrongSecret, nullptr};
  return {internal::StateOf(*record, now), record};
}

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_VERIFY_API_KEY_H_
