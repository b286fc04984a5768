// The digest of a message under an algorithm's hash, for signatures: what
// verifying and signing share. Include it under engine/crypto only.
//
// Thread-safety: pure. Cost: no allocation.

#ifndef TOLLGATE_ENGINE_CRYPTO_MESSAGE_DIGEST_H_
#define TOLLGATE_ENGINE_CRYPTO_MESSAGE_DIGEST_H_

#include <openssl/digest.h>
#include <openssl/nid.h>
#include <openssl/sha.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/crypto/algorithm.h"

namespace tollgate::internal {

struct MessageDigest {
  std::array<uint8_t, 64> bytes = {};
  size_t size = 0;
};

// Returns an empty digest for algorithms that have no hash.
inline MessageDigest DigestOf(Algorithm algorithm, std::string_view message) {
  MessageDigest digest = {.size = HashBytes(algorithm)};
  const auto* const bytes = reinterpret_cast<const uint8_t*>(message.data());
  if (digest.size == SHA256_DIGEST_LENGTH) {
    SHA256(bytes, message.size(), digest.bytes.data());
  } else if (digest.size == SHA384_DIGEST_LENGTH) {
    SHA384(bytes, message.size(), digest.bytes.data());
  } else if (digest.size == SHA512_DIGEST_LENGTH) {
    SHA512(bytes, message.size(), digest.bytes.data());
  }
  return digest;
}

// BoringSSL's name of the hash. REQUIRES: the algorithm has one.
inline const EVP_MD* HashOf(Algorithm algorithm) {
  switch (HashBytes(algorithm)) {
    case SHA256_DIGEST_LENGTH:
      return EVP_sha256();
    case SHA384_DIGEST_LENGTH:
      return EVP_sha384();
    default:
      return EVP_sha512();
  }
}

inline bool IsPss(Algorithm algorithm) {
  return algorithm == Algorithm::kPs256 || algorithm == Algorithm::kPs384 ||
         algorithm == Algorithm::kPs512;
}

// BoringSSL's name of the curve; NID_undef if there is none.
inline int CurveOf(Algorithm algorithm) {
  switch (KeyKindOf(algorithm)) {
    case KeyKind::kP256:
      return NID_X9_62_prime256v1;
    case KeyKind::kP384:
      return NID_secp384r1;
    case KeyKind::kP521:
      return NID_secp521r1;
    case KeyKind::kNone:
    case KeyKind::kHmac:
    case KeyKind::kRsa:
    case KeyKind::kEd25519:
      return NID_undef;
  }
  return NID_undef;
}

}  // namespace tollgate::internal

#endif  // TOLLGATE_ENGINE_CRYPTO_MESSAGE_DIGEST_H_
