#include "tools/mint/mint_key.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/bytestring.h>
#include <openssl/digest.h>
#include <openssl/ec.h>
#include <openssl/ec_key.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/mem.h>
#include <openssl/nid.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/escaping.h"
#include "absl/synchronization/mutex.h"
#include "tools/mint/der_text.h"

namespace tollgate::mint {
namespace {

std::string TakeBytes(CBB* cbb) {
  uint8_t* data = nullptr;
  size_t size = 0;
  CBB_finish(cbb, &data, &size);
  const bssl::UniquePtr<uint8_t> owned(data);
  return {reinterpret_cast<const char*>(data), size};
}

int CurveOf(int bits) {
  switch (bits) {
    case 224:
      return NID_secp224r1;
    case 384:
      return NID_secp384r1;
    case 521:
      return NID_secp521r1;
    default:
      return NID_X9_62_prime256v1;
  }
}

const EVP_MD* HashOf(Scheme scheme) {
  switch (scheme) {
    case Scheme::kEcdsaSha256:
    case Scheme::kRsaSha256:
    case Scheme::kRsaPssSha256:
      return EVP_sha256();
    case Scheme::kEcdsaSha384:
    case Scheme::kRsaSha384:
    case Scheme::kRsaPssSha384:
      return EVP_sha384();
    case Scheme::kEcdsaSha512:
    case Scheme::kRsaSha512:
    case Scheme::kRsaPssSha512:
      return EVP_sha512();
    case Scheme::kEd25519:
      return nullptr;
    case Scheme::kRsaSha1:
      return EVP_sha1();
    case Scheme::kRsaMd5:
      return EVP_md5();
  }
  return nullptr;
}

bool IsPss(Scheme scheme) {
  return scheme == Scheme::kRsaPssSha256 || scheme == Scheme::kRsaPssSha384 ||
         scheme == Scheme::kRsaPssSha512;
}

std::string WithoutParameters(std::string_view oid) {
  return Der(0x30, DerOid(oid));
}

std::string WithNull(std::string_view oid) {
  return Der(0x30, DerOid(oid) + Der(0x05, ""));
}

// RFC 4055 section 3.1: the hash, MGF1 with the same, the salt's length.
std::string PssIdentifier(std::string_view hash_oid, uint64_t salt_size) {
  const std::string hash = WithNull(hash_oid);
  const std::string mgf1 = Der(0x30, DerOid("1.2.840.113549.1.1.8") + hash);
  return Der(0x30, DerOid("1.2.840.113549.1.1.10") +
                       Der(0x30, Der(0xa0, hash) + Der(0xa1, mgf1) +
                                     Der(0xa2, DerNumber(salt_size))));
}

std::string NumberBytes(const BIGNUM* number) {
  std::string bytes(BN_num_bytes(number), '\0');
  BN_bn2bin(number, reinterpret_cast<uint8_t*>(bytes.data()));
  return bytes;
}

}  // namespace

struct MintKey::Pair {
  bssl::UniquePtr<EVP_PKEY> key;
};

MintKey MintKey::Ec(int curve_bits) {
  const bssl::UniquePtr<EC_KEY> ec(
      EC_KEY_new_by_curve_name(CurveOf(curve_bits)));
  EC_KEY_generate_key(ec.get());
  bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new());
  EVP_PKEY_set1_EC_KEY(key.get(), ec.get());
  return MintKey(std::make_shared<const Pair>(Pair{std::move(key)}));
}

MintKey MintKey::Rsa(int bits) {
  static absl::Mutex mutex;
  static auto& made ABSL_GUARDED_BY(mutex) = *new std::map<int, MintKey>;
  absl::MutexLock lock(&mutex);
  if (const auto found = made.find(bits); found != made.end()) {
    return found->second;
  }
  const bssl::UniquePtr<BIGNUM> exponent(BN_new());
  BN_set_word(exponent.get(), RSA_F4);
  const bssl::UniquePtr<RSA> rsa(RSA_new());
  RSA_generate_key_ex(rsa.get(), bits, exponent.get(), nullptr);
  bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new());
  EVP_PKEY_set1_RSA(key.get(), rsa.get());
  MintKey result(std::make_shared<const Pair>(Pair{std::move(key)}));
  made.emplace(bits, result);
  return result;
}

MintKey MintKey::Ed25519() {
  const bssl::UniquePtr<EVP_PKEY_CTX> context(
      EVP_PKEY_CTX_new_id(EVP_PKEY_ED25519, nullptr));
  EVP_PKEY* made = nullptr;
  EVP_PKEY_keygen_init(context.get());
  EVP_PKEY_keygen(context.get(), &made);
  return MintKey(
      std::make_shared<const Pair>(Pair{bssl::UniquePtr<EVP_PKEY>(made)}));
}

std::string MintKey::public_key() const {
  bssl::ScopedCBB cbb;
  CBB_init(cbb.get(), 256);
  EVP_marshal_public_key(cbb.get(), pair_->key.get());
  return TakeBytes(cbb.get());
}

// SEC 1 appendix C.2, of P-256.
std::string MintKey::public_key_with_explicit_curve() const {
  const EC_KEY* const ec = EVP_PKEY_get0_EC_KEY(pair_->key.get());
  const EC_GROUP* const group = EC_KEY_get0_group(ec);
  const bssl::UniquePtr<BIGNUM> p(BN_new()), a(BN_new()), b(BN_new());
  EC_GROUP_get_curve_GFp(group, p.get(), a.get(), b.get(), nullptr);
  const auto point = [group](const EC_POINT* at) {
    std::string bytes(65, '\0');
    EC_POINT_point2oct(group, at, POINT_CONVERSION_UNCOMPRESSED,
                       reinterpret_cast<uint8_t*>(bytes.data()), bytes.size(),
                       nullptr);
    return bytes;
  };
  const auto positive = [](std::string bytes) {
    return DerInteger(std::string(1, '\0') + bytes);
  };
  const std::string parameters =
      Der(0x30, DerNumber(1) +
                    Der(0x30, DerOid("1.2.840.10045.1.1") +
                                  positive(NumberBytes(p.get()))) +
                    Der(0x30, Der(0x04, NumberBytes(a.get())) +
                                  Der(0x04, NumberBytes(b.get()))) +
                    Der(0x04, point(EC_GROUP_get0_generator(group))) +
                    positive(NumberBytes(EC_GROUP_get0_order(group))) +
                    DerNumber(1));
  return Der(0x30, Der(0x30, DerOid("1.2.840.10045.2.1") + parameters) +
                       DerBits(point(EC_KEY_get0_public_key(ec))));
}

std::string MintKey::private_pem() const {
  const bssl::UniquePtr<BIO> bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PKCS8PrivateKey(bio.get(), pair_->key.get(), nullptr, nullptr,
                                0, nullptr, nullptr);
  const uint8_t* data = nullptr;
  size_t size = 0;
  BIO_mem_contents(bio.get(), &data, &size);
  return {reinterpret_cast<const char*>(data), size};
}

Scheme MintKey::scheme() const {
  switch (EVP_PKEY_id(pair_->key.get())) {
    case EVP_PKEY_RSA:
      return Scheme::kRsaSha256;
    case EVP_PKEY_ED25519:
      return Scheme::kEd25519;
    default:
      return Scheme::kEcdsaSha256;
  }
}

std::string MintKey::Sign(Scheme scheme, std::string_view message) const {
  bssl::ScopedEVP_MD_CTX context;
  EVP_PKEY_CTX* key_context = nullptr;
  EVP_DigestSignInit(context.get(), &key_context, HashOf(scheme), nullptr,
                     pair_->key.get());
  if (IsPss(scheme)) {
    EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context, -1);
  }
  const auto* const data = reinterpret_cast<const uint8_t*>(message.data());
  size_t size = 0;
  EVP_DigestSign(context.get(), nullptr, &size, data, message.size());
  std::string signature(size, '\0');
  EVP_DigestSign(context.get(), reinterpret_cast<uint8_t*>(signature.data()),
                 &size, data, message.size());
  signature.resize(size);
  return signature;
}

std::string AlgorithmIdentifier(Scheme scheme) {
  switch (scheme) {
    case Scheme::kEcdsaSha256:
      return WithoutParameters("1.2.840.10045.4.3.2");
    case Scheme::kEcdsaSha384:
      return WithoutParameters("1.2.840.10045.4.3.3");
    case Scheme::kEcdsaSha512:
      return WithoutParameters("1.2.840.10045.4.3.4");
    case Scheme::kEd25519:
      return WithoutParameters("1.3.101.112");
    case Scheme::kRsaSha256:
      return WithNull("1.2.840.113549.1.1.11");
    case Scheme::kRsaSha384:
      return WithNull("1.2.840.113549.1.1.12");
    case Scheme::kRsaSha512:
      return WithNull("1.2.840.113549.1.1.13");
    case Scheme::kRsaSha1:
      return WithNull("1.2.840.113549.1.1.5");
    case Scheme::kRsaMd5:
      return WithNull("1.2.840.113549.1.1.4");
    case Scheme::kRsaPssSha256:
      return PssIdentifier("2.16.840.1.101.3.4.2.1", 32);
    case Scheme::kRsaPssSha384:
      return PssIdentifier("2.16.840.1.101.3.4.2.2", 48);
    case Scheme::kRsaPssSha512:
      return PssIdentifier("2.16.840.1.101.3.4.2.3", 64);
  }
  return "";
}

std::string EcdsaTwin(std::string_view signature) {
  const bssl::UniquePtr<ECDSA_SIG> sig(ECDSA_SIG_from_bytes(
      reinterpret_cast<const uint8_t*>(signature.data()), signature.size()));
  const bssl::UniquePtr<EC_GROUP> group(
      EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  const BIGNUM *r = nullptr, *s = nullptr;
  ECDSA_SIG_get0(sig.get(), &r, &s);
  bssl::UniquePtr<BIGNUM> other(BN_new());
  BN_sub(other.get(), EC_GROUP_get0_order(group.get()), s);
  const bssl::UniquePtr<ECDSA_SIG> twin(ECDSA_SIG_new());
  ECDSA_SIG_set0(twin.get(), BN_dup(r), other.release());
  uint8_t* data = nullptr;
  size_t size = 0;
  ECDSA_SIG_to_bytes(&data, &size, twin.get());
  const bssl::UniquePtr<uint8_t> owned(data);
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace tollgate::mint
