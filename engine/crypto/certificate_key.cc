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
#include "engine/crypto/der.h"

namespace tollgate {
namespace {

using namespace std::string_view_literals;  // NOLINT: the table has NUL bytes

// Object identifiers, without tag and length.
constexpr std::string_view kPssId = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"sv;
constexpr std::string_view kMgf1Id = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08"sv;
constexpr std::string_view kSha256Id = "\x60\x86\x48\x01\x65\x03\x04\x02\x01"sv;
constexpr std::string_view kSha384Id = "\x60\x86\x48\x01\x65\x03\x04\x02\x02"sv;
constexpr std::string_view kSha512Id = "\x60\x86\x48\x01\x65\x03\x04\x02\x03"sv;

// What the parameters of an AlgorithmIdentifier must be.
enum class Parameters : uint8_t {
  kAbsent,
  kNullOrAbsent,
  kPss,  // RSASSA-PSS-params
};

// What a scheme is: its identifier, the key it takes, the hash, the padding.
struct SchemeTraits {
  SignatureScheme scheme;
  std::string_view id;
  Parameters parameters;
  int key_type;
  const EVP_MD* (*hash)();        // null: the scheme hashes by itself
  int padding = 0;                // of RSA
  std::string_view hash_id = {};  // of PSS, whose salt is as long as the hash
};

constexpr SchemeTraits kSchemes[] = {
    // RFC 4055 section 5.
    {SignatureScheme::kRsaSha256, "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"sv,
     Parameters::kNullOrAbsent, EVP_PKEY_RSA, EVP_sha256, RSA_PKCS1_PADDING},
    {SignatureScheme::kRsaSha384, "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c"sv,
     Parameters::kNullOrAbsent, EVP_PKEY_RSA, EVP_sha384, RSA_PKCS1_PADDING},
    {SignatureScheme::kRsaSha512, "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d"sv,
     Parameters::kNullOrAbsent, EVP_PKEY_RSA, EVP_sha512, RSA_PKCS1_PADDING},
    // RFC 4055 section 3.1.
    {SignatureScheme::kPssSha256, kPssId, Parameters::kPss, EVP_PKEY_RSA,
     EVP_sha256, RSA_PKCS1_PSS_PADDING, kSha256Id},
    {SignatureScheme::kPssSha384, kPssId, Parameters::kPss, EVP_PKEY_RSA,
     EVP_sha384, RSA_PKCS1_PSS_PADDING, kSha384Id},
    {SignatureScheme::kPssSha512, kPssId, Parameters::kPss, EVP_PKEY_RSA,
     EVP_sha512, RSA_PKCS1_PSS_PADDING, kSha512Id},
    // RFC 5758 section 3.2.
    {SignatureScheme::kEcdsaSha256, "\x2a\x86\x48\xce\x3d\x04\x03\x02"sv,
     Parameters::kAbsent, EVP_PKEY_EC, EVP_sha256},
    {SignatureScheme::kEcdsaSha384, "\x2a\x86\x48\xce\x3d\x04\x03\x03"sv,
     Parameters::kAbsent, EVP_PKEY_EC, EVP_sha384},
    {SignatureScheme::kEcdsaSha512, "\x2a\x86\x48\xce\x3d\x04\x03\x04"sv,
     Parameters::kAbsent, EVP_PKEY_EC, EVP_sha512},
    // RFC 8410 section 3.
    {SignatureScheme::kEd25519, "\x2b\x65\x70"sv, Parameters::kAbsent,
     EVP_PKEY_ED25519, nullptr},
};

bool IsNullOrAbsent(DerReader parameters) {
  DerReader::Element element;
  return parameters.empty() ||
         (parameters.ReadAny(element) && element.bytes == "\x05\x00"sv &&
          parameters.empty());
}

// Whether the rest is the AlgorithmIdentifier of a hash.
bool IsHash(DerReader rest, std::string_view hash_id) {
  DerReader fields;
  std::string_view id;
  return rest.ReadOnly(DerTag::kSequence, fields) &&
         fields.Read(DerTag::kObjectIdentifier, id) && id == hash_id &&
         IsNullOrAbsent(fields);
}

bool IsMgf1(DerReader rest, std::string_view hash_id) {
  DerReader fields;
  std::string_view id;
  return rest.ReadOnly(DerTag::kSequence, fields) &&
         fields.Read(DerTag::kObjectIdentifier, id) && id == kMgf1Id &&
         IsHash(fields, hash_id);
}

// Whether the rest is RSASSA-PSS-params of the scheme (RFC 4055 section 3.1).
// The trailer has its default, which DER leaves out.
bool IsPss(DerReader rest, const SchemeTraits& traits) {
  DerReader fields, hash, mask, salt;
  uint64_t salt_bytes = 0;
  return rest.ReadOnly(DerTag::kSequence, fields) &&
         fields.Read(ConstructedContextTag(0), hash) &&
         fields.Read(ConstructedContextTag(1), mask) &&
         fields.ReadOnly(ConstructedContextTag(2), salt) &&
         IsHash(hash, traits.hash_id) && IsMgf1(mask, traits.hash_id) &&
         salt.ReadUnsigned(DerTag::kInteger, salt_bytes) && salt.empty() &&
         salt_bytes == EVP_MD_size(traits.hash());
}

bool HasParameters(DerReader rest, const SchemeTraits& traits) {
  switch (traits.parameters) {
    case Parameters::kAbsent:
      return rest.empty();
    case Parameters::kNullOrAbsent:
      return IsNullOrAbsent(rest);
    case Parameters::kPss:
      return IsPss(rest, traits);
  }
  return false;
}

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
  DerReader reader(element);
  DerReader fields;
  std::string_view id;
  if (!reader.ReadOnly(DerTag::kSequence, fields) ||
      !fields.Read(DerTag::kObjectIdentifier, id)) {
    return SignatureScheme::kUnknown;
  }
  for (const SchemeTraits& traits : kSchemes) {
    if (traits.id == id && HasParameters(fields, traits)) return traits.scheme;
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
