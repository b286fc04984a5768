// The parts of a new private key, as a JWK has them (RFC 7518 sections 6.2 to
// 6.4, RFC 8037 section 2).
//
// For tools that write a key down. Who only signs with a new key calls
// SigningKey::Generate, which lets nothing of it out.
//
// Thread-safety: pure but for randomness. Ownership: secrets are wiped when
// they go. Cost: control path; an RSA key takes up to a second. Errors:
// InvalidArgument for no algorithm, Internal.

#ifndef TOLLGATE_ENGINE_CRYPTO_KEY_COMPONENTS_H_
#define TOLLGATE_ENGINE_CRYPTO_KEY_COMPONENTS_H_

#include "absl/status/statusor.h"
#include "engine/crypto/algorithm.h"
#include "engine/crypto/secret.h"
#include "engine/crypto/signing_key.h"

namespace tollgate {

// An RSA key has d, p, q, dp, dq and qi beside its public parts, an EC or
// Ed25519 key d, a secret k alone. What a key has not is empty.
struct KeyComponents {
  PublicComponents numbers;
  SecretBytes d, p, q, dp, dq, qi;
  SecretBytes k;
};

// Makes a new key for `algorithm`, of the sizes of SigningKey::Generate.
absl::StatusOr<KeyComponents> NewKeyComponents(Algorithm algorithm);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CRYPTO_KEY_COMPONENTS_H_
