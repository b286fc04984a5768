#include "engine/verify/api_key.h"

namespace tollgate::internal {

bool PreviousMatches(const Peppers& peppers, const Peppers::Digests& digests,
                     const KeyProfile& profile, UnixSeconds now) {
  return profile.previous != nullptr && now < profile.previous->valid_until &&
         DigestMatches(peppers, digests, profile.previous->pepper_id,
                       profile.previous->digest);
}

}  // namespace tollgate::internal
