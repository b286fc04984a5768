// The thumbprint of a public JWK (RFC 7638): the same for every spelling of one
// key, whatever other members it has.
//
// For `jkt` (RFC 9449 section 6). A secret has none here: its thumbprint would
// let who knows it try guesses (RFC 7638 section 7).
//
// Thread-safety: pure. Cost: some allocations and one SHA-256. Errors:
// InvalidArgument when a member that counts is missing or malformed. That the
// key is a good one is not looked at.

#ifndef TOLLGATE_ENGINE_LOOKUP_JWK_THUMBPRINT_H_
#define TOLLGATE_ENGINE_LOOKUP_JWK_THUMBPRINT_H_

#include <string>

#include "absl/status/statusor.h"
#include "engine/crypto/sha256.h"
#include "engine/json/reader.h"

namespace tollgate {

// Returns the SHA-256 thumbprint in base64url, 43 characters.
absl::StatusOr<std::string> JwkThumbprint(const JsonObject& jwk);

namespace internal {

// Returns the digest itself, of secrets too: whether two JWKs are one key.
absl::StatusOr<Sha256Digest> JwkDigest(const JsonObject& jwk);

}  // namespace internal
}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_LOOKUP_JWK_THUMBPRINT_H_
