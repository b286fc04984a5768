// Keys for tests of signatures: pairs that sign and verify, and an RSA key that
// signs what no honest signer does.

#ifndef TOLLGATE_TESTS_CRYPTO_KEY_PAIRS_H_
#define TOLLGATE_TESTS_CRYPTO_KEY_PAIRS_H_

#include <openssl/bn.h>
#include <openssl/digest.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/types/span.h"
#include "engine/crypto/algorithm.h"
#include "engine/crypto/sha256.h"
#include "engine/crypto/signing_key.h"
#include "engine/crypto/verifying_key.h"

namespace tollgate {

using Bytes = absl::Span<const uint8_t>;

inline Bytes AsBytes(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

inline std::string Hex(std::string_view digits) {
  return absl::HexStringToBytes(digits);
}

// A new key, and what verifies with it.
struct Pair {
  explicit Pair(Algorithm algorithm)
      : signer(*SigningKey::Generate(algorithm)),
        verifier(*signer.Verifier()) {}

  SigningKey signer;
  VerifyingKey verifier;
};

// An RSA key with BoringSSL's hands on it, for signatures that SigningKey does
// not make.
class RsaForger {
 public:
  RsaForger() : key_(RSA_new()) {
    const bssl::UniquePtr<BIGNUM> e(BN_new());
    BN_set_word(e.get(), RSA_F4);
    RSA_generate_key_ex(key_.get(), 2048, e.get(), nullptr);
  }

  VerifyingKey Verifier(Algorithm algorithm) const {
    return *VerifyingKey::FromRsa(algorithm, AsBytes(Modulus()),
                                  AsBytes(Hex("010001")));
  }

  absl::StatusOr<SigningKey> Signer(Algorithm algorithm) const {
    const RSA* key = key_.get();
    const std::string n = Modulus(), e = Text(RSA_get0_e(key)),
                      d = Text(RSA_get0_d(key)), p = Text(RSA_get0_p(key)),
                      q = Text(RSA_get0_q(key)), dp = Text(RSA_get0_dmp1(key)),
                      dq = Text(RSA_get0_dmq1(key)),
                      qi = Text(RSA_get0_iqmp(key));
    return SigningKey::FromRsa(
        algorithm, {AsBytes(n), AsBytes(e), AsBytes(d), AsBytes(p), AsBytes(q),
                    AsBytes(dp), AsBytes(dq), AsBytes(qi)});
  }

  // PKCS #1.
  std::string Pem() const {
    const bssl::UniquePtr<BIO> text(BIO_new(BIO_s_mem()));
    PEM_write_bio_RSAPrivateKey(text.get(), key_.get(), nullptr, nullptr, 0,
                                nullptr, nullptr);
    const uint8_t* bytes = nullptr;
    size_t size = 0;
    BIO_mem_contents(text.get(), &bytes, &size);
    return std::string(bytes, bytes + size);
  }

  std::string Modulus() const { return Text(RSA_get0_n(key_.get())); }

  std::string SignPss(std::string_view message, int salt_bytes,
                      const EVP_MD* mask = EVP_sha256()) const {
    const Sha256Digest digest = Sha256(message);
    std::string signature(RSA_size(key_.get()), '\0');
    size_t size = 0;
    RSA_sign_pss_mgf1(key_.get(), &size,
                      reinterpret_cast<uint8_t*>(&signature[0]),
                      signature.size(), digest.data(), digest.size(),
                      EVP_sha256(), mask, salt_bytes);
    return signature;
  }

  // The signature whose e-th power is `encoded`.
  std::string SignRaw(const std::string& encoded) const {
    std::string signature(RSA_size(key_.get()), '\0');
    size_t size = 0;
    RSA_sign_raw(key_.get(), &size, reinterpret_cast<uint8_t*>(&signature[0]),
                 signature.size(), AsBytes(encoded).data(), encoded.size(),
                 RSA_NO_PADDING);
    return signature;
  }

 private:
  static std::string Text(const BIGNUM* number) {
    std::string text(BN_num_bytes(number), '\0');
    BN_bn2bin(number, reinterpret_cast<uint8_t*>(&text[0]));
    return text;
  }

  bssl::UniquePtr<RSA> key_;
};

inline const RsaForger& Forger() {
  static const RsaForger& forger = *new RsaForger;
  return forger;
}

}  // namespace tollgate

#endif  // TOLLGATE_TESTS_CRYPTO_KEY_PAIRS_H_
