// Names the record of somebody who comes without an API key: the principal of a
// token or a certificate, or a token with limits of its own.
//
// The name is a keyed fingerprint, so that nobody can aim at another's. The
// parts are framed by their sizes, so no two of them read the same. 96 of its
// bits are kept: two of four million names are alike with odds of 2^-52, and
// then share a bucket.
//
// Thread-safety: pure but for `framed`, which is overwritten: its room is used
// again. Cost: some 50 ns; it is done when something is proved, not at every
// request.

#ifndef TOLLGATE_ENGINE_BUCKET_NAME_H_
#define TOLLGATE_ENGINE_BUCKET_NAME_H_

#include <cstring>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "engine/crypto/fingerprint.h"
#include "engine/model/key_id.h"
#include "engine/shared.h"

namespace tollgate {

// Whose bucket: what they are, who vouches for them, and their name.
struct BucketOwner {
  std::string_view kind;
  std::string_view issuer;
  std::string_view name;
};

inline KeyId BucketName(const Shared& shared, const BucketOwner& owner,
                        std::string& framed) {
  framed.clear();
  absl::StrAppend(&framed, owner.kind, ":", owner.issuer.size(), ":",
                  owner.issuer, owner.name);
  const Fingerprint fingerprint = shared.tokens.FingerprintOf(framed);
  KeyId id;
  static_assert(sizeof(fingerprint.low) + 4 == KeyId::kSize);
  std::memcpy(id.bytes, &fingerprint.low, 8);
  std::memcpy(id.bytes + 8, &fingerprint.high, 4);
  return id;
}

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_BUCKET_NAME_H_
