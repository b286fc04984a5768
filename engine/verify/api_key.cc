#include "engine/verify/api_key.h"

#include "engine/crypto/secret.h"

namespace tollgate {
namespace {

// Stands in for a key that does not exist. Its digest is no secret's: judging
// it does the work and comes to nothing.
constexpr KeyRecord kNobody;

// Compares in constant time. A pepper that is gone matches nothing, after the
// same work.
bool DigestMatches(const Peppers& peppers, const Peppers::Digests& digests,
                   uint8_t pepper_id, const SecretDigest& stored) {
  const SecretDigest* presented = peppers.Select(digests, pepper_id);
  const SecretDigest& compared = presented ? *presented : digests[0];
  return ConstantTimeEqual(compared, stored) && presented != nullptr;
}

bool PreviousMatches(const Peppers& peppers, const Peppers::Digests& digests,
                     const KeyProfile& profile, UnixSeconds now) {
  return profile.previous != nullptr && now < profile.previous->valid_until &&
         DigestMatches(peppers, digests, profile.previous->pepper_id,
                       profile.previous->digest);
}

// The expiry instant itself is expired.
bool Expired(const KeyRecord& record, UnixSeconds now) {
  return record.expires_at != kNeverExpires &&
         now.value >= int64_t{record.expires_at};
}

Reason StateOf(const KeyRecord& record, UnixSeconds now) {
  switch (record.status) {
    case KeyStatus::kRevoked:
      return Reason::kKeyRevoked;
    case KeyStatus::kDisabled:
      return Reason::kKeyDisabled;
    case KeyStatus::kActive:
      return Expired(record, now) ? Reason::kKeyExpired : Reason::kOk;
  }
  return Reason::kKeyRevoked;
}

}  // namespace

bool SecretMatches(const Peppers& peppers, const Peppers::Digests& digests,
                   const KeyRecord& record, UnixSeconds now) {
  if (DigestMatches(peppers, digests, record.pepper_id, record.digest)) {
    return true;
  }
  return record.rotating &&
         PreviousMatches(peppers, digests, *record.profile, now);
}

ApiKeyProof JudgeApiKey(const Peppers& peppers, const Peppers::Digests& digests,
                        const KeyRecord* record, UnixSeconds now) {
  const bool matches = SecretMatches(
      peppers, digests, record != nullptr ? *record : kNobody, now);
  if (record == nullptr) return {Reason::kUnknownKey, nullptr};
  if (!matches) return {Reason::kWrongSecret, nullptr};
  return {StateOf(*record, now), record};
}

}  // namespace tollgate
