// A key that verifies signatures, bound to exactly one algorithm of JOSE
// (RFC 7518 section 3, RFC 8037 section 3.1, RFC 8725 section 3.1).
//
//   absl::StatusOr<VerifyingKey> key =
//       VerifyingKey::FromEc(Algorithm::kEs256, x, y);
//   if (key->Verify(signing_input, signature)) ...
//
// Signatures are JOSE's: an ECDSA signature is r and s, of fixed size, never
// DER; an RSA signature is as long as the modulus; the salt of PSS is as long
// as its hash. What a key must be is checked once, when it is made:
//   * an HMAC secret is as long as the hash or longer (RFC 7518 section 3.2);
//   * an RSA modulus is odd, has limits::kRsaModulusBitsMin to Max bits and no
//     leading zero octet (sections 3.3 and 6.3.1.1), and is not of the form
//     that factors easily (ROCA, CVE-2017-15361); the exponent is odd, from 3
//     to 2^33;
//   * an EC point is on the curve of the algorithm, its coordinates of full
//     size (section 6.2.1.2);
//   * an Ed25519 point is canonical and not of small order, so that no
//     signature is good for every message. (That it is on the curve is seen by
//     Verify, which refuses all else.)
//
// Thread-safety: immutable but for Prepare; Verify may be called concurrently.
// It takes no lock: what BoringSSL would prepare in the first verification,
// under a lock, is prepared here. Ownership: moves only; a key that was moved
// away verifies nothing. Cost: HMAC allocates nothing and takes some 100 ns and
// the message's blocks; the others allocate as BoringSSL does and take from ten
// microseconds (RSA-2048) to a millisecond (P-521). Errors: InvalidArgument,
// which never quotes a key.

#ifndef TOLLGATE_ENGINE_CRYPTO_VERIFYING_KEY_H_
#define TOLLGATE_ENGINE_CRYPTO_VERIFYING_KEY_H_

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/crypto/algorithm.h"

namespace tollgate {

class VerifyingKey {
 public:
  using Bytes = absl::Span<const uint8_t>;  // numbers are big-endian

  // Each refuses an algorithm that is not of its kind. The caller wipes
  // `secret`, which is no key of PEM, DER or JWK: that may well be public.
  static absl::StatusOr<VerifyingKey> FromHmacSecret(Algorithm algorithm,
                                                     Bytes secret);
  static absl::StatusOr<VerifyingKey> FromRsa(Algorithm algorithm,
                                              Bytes modulus, Bytes exponent);
  static absl::StatusOr<VerifyingKey> FromEc(Algorithm algorithm, Bytes x,
                                             Bytes y);
  static absl::StatusOr<VerifyingKey> FromEd25519(Bytes x);

  VerifyingKey(VerifyingKey&& other) noexcept;
  VerifyingKey& operator=(VerifyingKey&& other) noexcept;
  VerifyingKey(const VerifyingKey&) = delete;
  VerifyingKey& operator=(const VerifyingKey&) = delete;
  ~VerifyingKey();

  // Spends about a millisecond and 86 KiB on a key for ES256, once, that
  // verifies in a third of the time from then on (engine/crypto/
  // p256_verifier.h); on others nothing. Not while the key is verified with.
  void Prepare();
  bool prepared() const;

  // Returns whether `signature`, decoded, is one of `message` under this key
  // and its algorithm.
  [[nodiscard]] bool Verify(std::string_view message,
                            std::string_view signature) const;

  // Returns whether `signature` is one of RSASSA-PSS with SHA-256 of `message`,
  // whatever the length of its salt: what programs make that are not of JOSE.
  // False for all keys but those of RSA. Whatever else the key is bound to.
  [[nodiscard]] bool VerifyPssOfAnySalt(std::string_view message,
                                        std::string_view signature) const;

  Algorithm algorithm() const { return algorithm_; }

  friend std::ostream& operator<<(std::ostream&, const VerifyingKey&) = delete;
  template <typename Sink>
  friend void AbslStringify(Sink&, const VerifyingKey&) = delete;

 private:
  struct Prepared;  // of BoringSSL, which is included in verifying_key.cc only

  VerifyingKey(Algorithm algorithm, std::unique_ptr<Prepared> prepared);

  Algorithm algorithm_;
  std::unique_ptr<Prepared> prepared_;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CRYPTO_VERIFYING_KEY_H_
