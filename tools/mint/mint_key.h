// Key pairs for test certificates, strong and weak.
//
// Thread-safety: immutable; Sign may be called concurrently. Ownership: shared
// copies of one key. Cost: RSA keys take seconds to make, and are made once a
// process for each size. Never for anything but tests.

#ifndef TOLLGATE_TOOLS_MINT_MINT_KEY_H_
#define TOLLGATE_TOOLS_MINT_MINT_KEY_H_

#include <memory>
#include <string>
#include <string_view>

namespace tollgate::mint {

// What a certificate is signed with; kRsaSha1 and kRsaMd5 are among the
// defects.
enum class Scheme {
  kEcdsaSha256,
  kEcdsaSha384,
  kEcdsaSha512,
  kRsaSha256,
  kRsaSha384,
  kRsaSha512,
  kRsaPssSha256,
  kRsaPssSha384,
  kRsaPssSha512,
  kEd25519,
  kRsaSha1,
  kRsaMd5,
};

class MintKey {
 public:
  static MintKey Ec(int curve_bits = 256);  // 224, 256, 384, 521
  static MintKey Rsa(int bits);
  static MintKey Ed25519();

  // The SubjectPublicKeyInfo; that of an EC key with its curve's parameters
  // spelt out (CVE-2020-0601).
  std::string public_key() const;
  std::string public_key_with_explicit_curve() const;

  // The private key in PEM, PKCS #8.
  std::string private_pem() const;

  // What this key signs with when nothing else is asked for.
  Scheme scheme() const;
  std::string Sign(Scheme scheme, std::string_view message) const;

 private:
  struct Pair;  // of BoringSSL

  explicit MintKey(std::shared_ptr<const Pair> pair) : pair_(std::move(pair)) {}

  std::shared_ptr<const Pair> pair_;
};

// Returns the AlgorithmIdentifier of `scheme`.
std::string AlgorithmIdentifier(Scheme scheme);

// Returns another signature of the same message: r and n - s (P-256).
std::string EcdsaTwin(std::string_view signature);

}  // namespace tollgate::mint

#endif  // TOLLGATE_TOOLS_MINT_MINT_KEY_H_
