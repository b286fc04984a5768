#include "engine/crypto/certificate_key.h"

#include <openssl/bytestring.h>
#include <openssl/digest.h>
#include <openssl/ec.h>
#include <openssl/ec_key.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/nid.h>
#include <openssl/rsa.h>

#include <utility>

#include "engine/base/limits.h"

namespace tollgate {
namespace {

using namespace std::string_view_literals;  // NOLINT: the table has NUL bytes

// What a scheme is: the key it takes, the hash, the padding.
struct SchemeTraits {
  SignatureScheme scheme;
  int key_type;
  const EVP_MD* (*hash)();  // null: the scheme hashes by itself
  int padding;              // of RSA
  std::string_view identifier;
};

constexpr SchemeTraits kSchemes[] = {
    // RFC 4055 section 5: the parameters are NULL.
    {SignatureScheme::kRsaSha256, EVP_PKEY_RSA, EVP_sha256, RSA_PKCS1_PADDING,
     "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00"sv},
    {SignatureScheme::kRsaSha384, EVP_PKEY_RSA, EVP_sha384, RSA_PKCS1_PADDING,
     "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c\x05\x00"sv},
    {SignatureScheme::kRsaSha512, EVP_PKEY_RSA, EVP_sha512, RSA_PKCS1_PADDING,
     "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d\x05\x00"sv},
    // RFC 4055 section 3.1: hash, MGF1 with the same, the salt's length.
    {SignatureScheme::kPssSha256, EVP_PKEY_RSA, EVP_sha256,
     RSA_PKCS1_PSS_PADDING,
     "\x30\x41\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x30\x34\xa0\x0f\x30"
     "\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\xa1\x1c\x30\x1a"
     "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08\x30\x0d\x06\x09\x60\x86\x48"
     "\x01\x65\x03\x04\x02\x01\x05\x00\xa2\x03\x02\x01\x20"sv},
    {SignatureScheme::kPssSha384, EVP_PKEY_RSA, EVP_sha384,
     RSA_PKCS1_PSS_PADDING,
     "\x30\x41\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x30\x34\xa0\x0f\x30"
     "\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\xa1\x1c\x30\x1a"
     "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08\x30\x0d\x06\x09\x60\x86\x48"
     "\x01\x65\x03\x04\x02\x02\x05\x00\xa2\x03\x02\x01\x30"sv},
    {SignatureScheme::kPssSha512, EVP_PKEY_RSA, EVP_sha512,
     RSA_PKCS1_PSS_PADDING,
     "\x30\x41\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x30\x34\xa0\x0f\x30"
     "\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\xa1\x1c\x30\x1a"
     "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08\x30\x0d\x06\x09\x60\x86\x48"
     "\x01\x65\x03\x04\x02\x03\x05\x00\xa2\x03\x02\x01\x40"sv},
    // RFC 5758 section 3.2: no parameters.
    {SignatureScheme::kEcdsaSha256, EVP_PKEY_EC, EVP_sha256, 0,
     "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"sv},
    {SignatureScheme::kEcdsaSha384, EVP_PKEY_EC, EVP_sha384, 0,
     "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03"sv},
    {SignatureScheme::kEcdsaSha512, EVP_PKEY_EC, EVP_sha512, 0,
     "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x04"sv},
    // RFC 8410 section 3: no parameters.
    {SignatureScheme::kEd25519, EVP_PKEY_ED25519, nullptr, 0,
     "\x30\x05\x06\x03\x2b\x65\x70"sv},
};

bool IsStrong(const EVP_PKEY* key) {
  switch (EVP_PKEY_id(key)) {
    case EVP_PKEY_RSA: {
      const auto bits = static_cast<size_t>(EVP_PKEY_bits(key));
      return bits >= limits::kRsaModulusBitsMin &&
             bits <= limits::kRsaModulusBitsMax;
    }
    case EVP_PKEY_EC: {
      const EC_KEY* const ec = EVP_PKEY_get0_EC_KEY(key);
      const int curve = EC_GROUP_get_curve_name(EC_KEY_get0_group(ec));
      return curve == NID_X9_62_prime256v1 || curve == NID_secp384r1 ||
             curve == NID_secp521r1;
    }
    case EVP_PKEY_ED25519:
      return true;
    default:  // a number of BoringSSL's, open
      return false;
  }
}

const SchemeTraits* TraitsOf(SignatureScheme scheme) {
  for (const SchemeTraits& traits : kSchemes) {
    if (traits.scheme == scheme) return &traits;
  }
  return nullptr;
}

bool SetPadding(EVP_PKEY_CTX* context, const SchemeTraits& traits) {
  if (traits.key_type != EVP_PKEY_RSA) return true;
  if (EVP_PKEY_CTX_set_rsa_padding(context, traits.padding) != 1) return false;
  constexpr int kSaltAsLongAsHash = -1;
  return traits.padding != RSA_PKCS1_PSS_PADDING ||
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, kSaltAsLongAsHash) == 1;
}

const uint8_t* Data(std::string_view bytes) {
  return reinterpret_cast<const uint8_t*>(bytes.data());
}

}  // namespace

struct CertificateKey::Prepared {
  bssl::UniquePtr<EVP_PKEY> key;
};

SignatureScheme SignatureSchemeOf(std::string_view element) {
  for (const SchemeTraits& traits : kSchemes) {
    if (traits.identifier == element) return traits.scheme;
  }
  return SignatureScheme::kUnknown;
}

CertificateKey::CertificateKey(std::unique_ptr<const Prepared> prepared,
                               bool strong)
    : prepared_(std::move(prepared)), strong_(strong) {}

CertificateKey::CertificateKey() = default;
CertificateKey::CertificateKey(CertificateKey&&) noexcept = default;
CertificateKey& CertificateKey::operator=(CertificateKey&&) noexcept = default;
CertificateKey::~CertificateKey() = default;

std::optional<CertificateKey> CertificateKey::Parse(std::string_view element) {
  CBS cbs;
  CBS_init(&cbs, Data(element), element.size());
  bssl::UniquePtr<EVP_PKEY> key(EVP_parse_public_key(&cbs));
  if (key == nullptr || CBS_len(&cbs) != 0) {
    ERR_clear_error();
    return std::nullopt;
  }
  const bool strong = IsStrong(key.get());
  return CertificateKey(
      std::make_unique<const Prepared>(Prepared{std::move(key)}), strong);
}

bool CertificateKey::Verify(SignatureScheme scheme, std::string_view message,
                            std::string_view signature) const {
  const SchemeTraits* const traits = TraitsOf(scheme);
  if (traits == nullptr || prepared_ == nullptr) return false;
  EVP_PKEY* const key = prepared_->key.get();
  if (EVP_PKEY_id(key) != traits->key_type) return false;
  bssl::ScopedEVP_MD_CTX context;
  EVP_PKEY_CTX* key_context = nullptr;
  const EVP_MD* const hash = traits->hash != nullptr ? traits->hash() : nullptr;
  const bool good =
      EVP_DigestVerifyInit(context.get(), &key_context, hash, nullptr, key) ==
          1 &&
      SetPadding(key_context, *traits) &&
      EVP_DigestVerify(context.get(), Data(signature), signature.size(),
                       Data(message), message.size()) == 1;
  if (!good) ERR_clear_error();
  return good;
}

}  // namespace tollgate
