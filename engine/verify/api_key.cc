#include "engine/verify/api_key.h"

namespace tollgate::internal {
namespace {

// Compares in constant time. A pepper that is gone matches nothing, after the
// same work.
bool DigestMatches(const Peppers& peppers, const Peppers::Digests& digests,
                   uint8_t pepper_id, const SecretDigest& stored) {
  const SecretDigest* presented = peppers.Select(digests, pepper_id);
  const SecretDigest& compared = presented ? *presented : digests[0];
  return ConstantTimeEqual(compared, stored) && presented != nullptr;
}

// The secret before a rotation proves its key while their overlap lasts.
bool PreviousMatches(const Peppers& peppers, const Peppers::Digests& digests,
                     const KeyProfile& profile, UnixSeconds now) {
  const PreviousSecret* const previous = profile.previous();
  return previous != nullptr && now < previous->valid_until &&
         DigestMatches(peppers, digests, previous->pepper_id, previous->digest);
}

}  // namespace

ApiKeyProof ProveApiKey(const Peppers& peppers, const std::string_view& secret,
                        const SecretTag* tag, const Judged& judged,
                        UnixSeconds now) {
  Peppers::Digests digests;
  peppers.DigestAll(secret, digests);
  const KeyRecord& record = *judged.record;
  bool matches =
      DigestMatches(peppers, digests, record.pepper_id, record.digest);
  const bool current = matches;
  if (!matches && record.rotating) {
    matches = PreviousMatches(peppers, digests, *record.profile, now);
  }
  if (judged.presented == nullptr) return {Reason::kUnknownKey, nullptr};
  if (!matches) return {Reason::kWrongSecret, nullptr};
  if (current && tag != nullptr && record.profile != nullptr) {
    record.profile->proven.Remember(*tag, record.digest);
  }
  return {StateOf(record, now), &record};
}

}  // namespace tollgate::internal
