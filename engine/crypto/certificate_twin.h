// The other spelling of a certificate that ECDSA has signed: (r, n - s) is a
// signature of whatever (r, s) is one of, so anybody can make it, and it has
// another digest (SEC 1 section 4.1.4; known as malleability).
//
// Use it where a digest forbids: who holds a certificate must not get around
// that by its twin. Where a digest allows, the twin is simply not it.
//
// Thread-safety: pure. Ownership: values. Cost: a microsecond and allocations.
// Errors: none; nothing for what is not signed so.

#ifndef TOLLGATE_ENGINE_CRYPTO_CERTIFICATE_TWIN_H_
#define TOLLGATE_ENGINE_CRYPTO_CERTIFICATE_TWIN_H_

#include <optional>
#include <string_view>

#include "engine/crypto/sha256.h"

namespace tollgate {

// Returns the digest of the twin of the certificate `der`, which was parsed
// before. Its signer's curve (P-256, P-384 or P-521) is told by the length of
// the signature's numbers: one of a longer curve that looks as if it were of a
// shorter one has odds of 2^-128.
std::optional<Sha256Digest> TwinDigestOf(std::string_view der);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CRYPTO_CERTIFICATE_TWIN_H_
