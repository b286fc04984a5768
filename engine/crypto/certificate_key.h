// The public key of a certificate, and the signatures that certificates and
// revocation lists carry.
//
// A signature scheme is known by its whole AlgorithmIdentifier: hash, padding,
// salt and parameters are one choice of the table in the .cc, so that nothing
// else can be asked for. SHA-256 and up; RSA with PKCS #1 v1.5 or PSS (the salt
// as long as the hash, MGF1 with the same hash), ECDSA, Ed25519. (RFC 4055, RFC
// 5758, RFC 8410.) Where RFC 4055 wants both accepted (sections 2.1 and 5),
// parameters that are NULL may be absent: those of RSA with PKCS #1 v1.5, and
// of the hashes that PSS names.
//
// A key is strong enough when it is RSA of 2048 to 8192 bits, on one of the
// named curves P-256, P-384 and P-521, or Ed25519. Explicit curve parameters
// (CVE-2020-0601) are no key at all.
//
// Thread-safety: immutable. Ownership: a value; moves only. Cost: Parse some
// microseconds; Verify from 15 microseconds (RSA-2048) to a millisecond
// (P-521).

#ifndef TOLLGATE_ENGINE_CRYPTO_CERTIFICATE_KEY_H_
#define TOLLGATE_ENGINE_CRYPTO_CERTIFICATE_KEY_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace tollgate {

enum class SignatureScheme : uint8_t {
  kUnknown = 0,  // or known to be weak
  kRsaSha256,
  kRsaSha384,
  kRsaSha512,
  kPssSha256,
  kPssSha384,
  kPssSha512,
  kEcdsaSha256,
  kEcdsaSha384,
  kEcdsaSha512,
  kEd25519,
};

// Returns the scheme of an AlgorithmIdentifier, all of `element`.
SignatureScheme SignatureSchemeOf(std::string_view element);

class CertificateKey {
 public:
  // Parses a SubjectPublicKeyInfo, all of `element`. Nullopt: no key that is
  // understood.
  static std::optional<CertificateKey> Parse(std::string_view element);

  CertificateKey();  // none: it verifies nothing
  CertificateKey(CertificateKey&&) noexcept;
  CertificateKey& operator=(CertificateKey&&) noexcept;
  ~CertificateKey();

  bool strong() const { return strong_; }

  // Returns whether `signature` is one of `message` by this key under `scheme`,
  // and scheme and key are of one kind.
  [[nodiscard]] bool Verify(SignatureScheme scheme, std::string_view message,
                            std::string_view signature) const;

 private:
  struct Prepared;  // of BoringSSL

  CertificateKey(std::unique_ptr<const Prepared> prepared, bool strong);

  std::unique_ptr<const Prepared> prepared_;
  bool strong_ = false;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CRYPTO_CERTIFICATE_KEY_H_
