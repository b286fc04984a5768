// A key that signs, bound to exactly one algorithm of JOSE: the private twin of
// engine/crypto/verifying_key.h.
//
// For tools that make tokens, and for tests. The engine itself verifies only.
//
// Thread-safety: immutable; Sign may be called concurrently. Ownership: moves
// only; secrets are wiped with the key, and those of the caller are the
// caller's to wipe. Cost: control path. Errors: InvalidArgument for keys that
// VerifyingKey would refuse, or whose parts do not fit each other; no error
// quotes a key.

#ifndef TOLLGATE_ENGINE_CRYPTO_SIGNING_KEY_H_
#define TOLLGATE_ENGINE_CRYPTO_SIGNING_KEY_H_

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/crypto/algorithm.h"
#include "engine/crypto/verifying_key.h"

namespace tollgate {

// What of a key is public, in the names of a JWK (RFC 7518 sections 6.2.1 and
// 6.3.1, RFC 8037 section 2): big-endian bytes, of the sizes they have there.
// An RSA key has n and e, an EC key x and y, an Ed25519 key x, a secret none.
struct PublicComponents {
  std::string n;
  std::string e;
  std::string x;
  std::string y;
};

class SigningKey {
 public:
  using Bytes = absl::Span<const uint8_t>;

  // All of RFC 7518 section 6.3.2 but keys of more than two primes.
  struct RsaComponents {
    Bytes n, e, d, p, q, dp, dq, qi;
  };

  static absl::StatusOr<SigningKey> FromHmacSecret(Algorithm algorithm,
                                                   Bytes secret);
  static absl::StatusOr<SigningKey> FromRsa(Algorithm algorithm,
                                            const RsaComponents& components);
  static absl::StatusOr<SigningKey> FromEc(Algorithm algorithm, Bytes x,
                                           Bytes y, Bytes d);
  static absl::StatusOr<SigningKey> FromEd25519(Bytes x, Bytes d);

  // Reads the first private key of a PEM text: PKCS #8, SEC 1 or PKCS #1, not
  // encrypted. There is no PEM for secrets.
  static absl::StatusOr<SigningKey> FromPem(Algorithm algorithm,
                                            std::string_view pem);

  // Makes a new key: RSA of 2048 bits, a secret as long as the hash.
  static absl::StatusOr<SigningKey> Generate(Algorithm algorithm);

  SigningKey(SigningKey&& other) noexcept;
  SigningKey& operator=(SigningKey&& other) noexcept;
  SigningKey(const SigningKey&) = delete;
  SigningKey& operator=(const SigningKey&) = delete;
  ~SigningKey();

  // Returns the signature of `message` in JOSE's form, not encoded.
  absl::StatusOr<std::string> Sign(std::string_view message) const;

  Algorithm algorithm() const { return algorithm_; }

  // Returns what verifies the signatures of this key.
  absl::StatusOr<VerifyingKey> Verifier() const;

  PublicComponents public_components() const;

  friend std::ostream& operator<<(std::ostream&, const SigningKey&) = delete;
  template <typename Sink>
  friend void AbslStringify(Sink&, const SigningKey&) = delete;

 private:
  struct Form;  // of BoringSSL, which is included in signing_key.cc only

  SigningKey(Algorithm algorithm, std::unique_ptr<const Form> form);

  // Takes a key that BoringSSL found well formed, if it verifies too.
  static absl::StatusOr<SigningKey> Accept(Algorithm algorithm,
                                           std::unique_ptr<const Form> form);

  Algorithm algorithm_;
  std::unique_ptr<const Form> form_;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CRYPTO_SIGNING_KEY_H_
