// ECDSA over P-256 (FIPS 186-5 section 6.4.2, RFC 6090 section 5.4.3), for a
// public key that is known long before the signatures are.
//
//   std::unique_ptr<const P256Verifier> verifier = P256Verifier::Create(x, y);
//   if (verifier != nullptr && verifier->Verify(digest, signature)) ...
//
// A library that meets a key with its first signature has to double some 250
// times. Whoever knows the key can compute multiples of it once, as libraries
// have them of the base point, and then only adds: a verification takes a third
// of the time. When to use: keys of a configuration. When not: a key that comes
// with what it signed, of which the table costs more than a hundred
// verifications.
//
// Everything here is public, so that nothing is done in constant time. Not for
// signing.
//
// Thread-safety: immutable. Ownership: owns its table, and shares that of the
// base point, which lives as long as the process. Cost: see BM_Es256_Verify;
// Create takes about a millisecond and 86 KiB, and computes the base point's
// table the first time. No allocation and no lock in Verify. Errors: null from
// Create when this processor is not one that it was written for, or when there
// are limits::kPreparedKeysInAllMax: verify with BoringSSL then. False is a
// wrong signature.
//
// Implementation. The arithmetic of the field, of the order and of points is
// BoringSSL's, whose functions for it are declared in p256_verifier.cc; only
// the order of additions is of this file. A multiple u * P is the sum of
// digit(i) * 2^(kWindow * i) * P over signed digits of kWindow bits, each
// looked up (Brickell, Gordon, McCurley and Wilson, EUROCRYPT '92; digits by
// Booth).
//
// P1. BoringSSL's addition of a point in affine coordinates is wrong for two
//     equal points only. In a sum from the lowest digit on, what is added up
//     before digit i is s * P with |s| <= 2^(kWindow * i - 1), and what is
//     added is t * P with |t| >= 2^(kWindow * i): s = t is impossible as
//     numbers. Modulo the order n they could only be equal if t - s were n, for
//     which t is too small but in the last place, where it is d * 2^252. Then s
//     is d * 2^252 - n, small enough for d = 16 only, and positive; but the sum
//     s + t is all of u, which is below n, and 2^256 + s is not.
// P2. The two sums may be equal, opposite or nothing: they are added by the
//     function that is right for all points.
// P3. x of the sum is compared modulo n, as BoringSSL does: X = r * Z^2, or
//     X = (r + n) * Z^2 where r + n is an element of the field.

#ifndef TOLLGATE_ENGINE_CRYPTO_P256_VERIFIER_H_
#define TOLLGATE_ENGINE_CRYPTO_P256_VERIFIER_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/types/span.h"

namespace tollgate {

class P256Verifier {
 public:
  using Bytes = absl::Span<const uint8_t>;  // numbers are big-endian

  static constexpr size_t kWindow = 6;  // bits of a digit
  static constexpr size_t kDigits = (256 + kWindow) / kWindow;
  static constexpr size_t kMultiples = size_t{1} << (kWindow - 1);

  // REQUIRES: the point with these coordinates, of 32 bytes each, is on the
  // curve.
  static std::unique_ptr<const P256Verifier> Create(Bytes x, Bytes y);

  ~P256Verifier();
  P256Verifier(const P256Verifier&) = delete;
  P256Verifier& operator=(const P256Verifier&) = delete;

  // Returns whether `signature`, r and s of 32 bytes each, is one of the
  // message that has this digest, of 32 bytes. False for any other size.
  [[nodiscard]] bool Verify(Bytes digest, Bytes signature) const;

 private:
  struct Table;
  struct Tables;

  explicit P256Verifier(std::unique_ptr<const Tables> tables);

  const std::unique_ptr<const Tables> tables_;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CRYPTO_P256_VERIFIER_H_
