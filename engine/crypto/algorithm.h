// The signature algorithms of JOSE: a closed set, and what each is made of
// (RFC 7518 section 3.1, RFC 8037 section 3.1, RFC 9864 section 2.2).
//
// An algorithm is bound to a key when the key is loaded, never chosen by a
// token: a token names one, and that must be the key's.
//
// Thread-safety: pure functions. Cost: no allocation. The zero value is no
// algorithm: it signs and verifies nothing.

#ifndef TOLLGATE_ENGINE_CRYPTO_ALGORITHM_H_
#define TOLLGATE_ENGINE_CRYPTO_ALGORITHM_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tollgate {

enum class Algorithm : uint8_t {
  kNone = 0,
  kHs256,
  kHs384,
  kHs512,
  kRs256,
  kRs384,
  kRs512,
  kPs256,
  kPs384,
  kPs512,
  kEs256,
  kEs384,
  kEs512,
  kEdDsa,  // with Ed25519 only
};

// All of them.
inline constexpr Algorithm kAlgorithms[] = {
    Algorithm::kHs256, Algorithm::kHs384, Algorithm::kHs512, Algorithm::kRs256,
    Algorithm::kRs384, Algorithm::kRs512, Algorithm::kPs256, Algorithm::kPs384,
    Algorithm::kPs512, Algorithm::kEs256, Algorithm::kEs384, Algorithm::kEs512,
    Algorithm::kEdDsa};

// What a key must be for an algorithm. A curve is a kind of its own.
enum class KeyKind : uint8_t {
  kNone = 0,
  kHmac,
  kRsa,
  kP256,
  kP384,
  kP521,
  kEd25519,
};

// Returns the algorithm of exactly this name, kNone for any other; "Ed25519"
// and "EdDSA" are one. "none", however it is written, is kNone.
Algorithm AlgorithmFromName(std::string_view name);

// Returns "HS256" and so on, "" for kNone.
std::string_view AlgorithmName(Algorithm algorithm);

// Returns the kind of key that `algorithm` works with.
KeyKind KeyKindOf(Algorithm algorithm);

// Returns the bytes of the algorithm's hash; 0 for kEdDsa, which hashes by
// itself, and for kNone.
size_t HashBytes(Algorithm algorithm);

// Whether who verifies could also sign.
inline bool IsSymmetric(Algorithm algorithm) {
  return KeyKindOf(algorithm) == KeyKind::kHmac;
}

// Returns the bytes of one coordinate of a curve: for ES256, ES384 and ES512
// those of r and of s too. 0 for the other kinds.
size_t CoordinateBytes(KeyKind kind);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CRYPTO_ALGORITHM_H_
