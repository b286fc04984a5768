#include "engine/crypto/verifying_key.h"

#include <openssl/bn.h>
#include <openssl/bytestring.h>
#include <openssl/curve25519.h>
#include <openssl/ec_key.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/mem.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/base/limits.h"
#include "engine/crypto/hmac_sha256.h"
#include "engine/crypto/hmac_sha512.h"
#include "engine/crypto/message_digest.h"
#include "engine/crypto/p256_verifier.h"
#include "engine/crypto/secret.h"

namespace tollgate {
namespace {

using Bytes = VerifyingKey::Bytes;
using internal::MessageDigest;

Bytes AsBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

bssl::UniquePtr<BIGNUM> NumberOf(Bytes bytes) {
  return bssl::UniquePtr<BIGNUM>(
      BN_bin2bn(bytes.data(), bytes.size(), nullptr));
}

absl::Status Refuse(std::string_view what) {
  ERR_clear_error();
  return absl::InvalidArgumentError(what);
}

// What RSA verifies with. The key's own Montgomery context, which BoringSSL
// makes and finds under a lock, is not used.
struct RsaPublic {
  bssl::UniquePtr<RSA> key;
  bssl::UniquePtr<BN_MONT_CTX> modulus;
};

struct EcPublic {
  bssl::UniquePtr<EC_KEY> key;
  std::unique_ptr<const P256Verifier> verifier;  // null: BoringSSL verifies
};

using Ed25519Public = std::array<uint8_t, ED25519_PUBLIC_KEY_LEN>;

bool HasLeadingZero(Bytes number) {
  return number.empty() || number.front() == 0;
}

bool IsEven(Bytes number) { return number.empty() || number.back() % 2 == 0; }

// Judges the text of the numbers; RFC 7518 section 6.3.1: the fewest octets.
absl::Status CheckRsaNumbers(Bytes modulus, Bytes exponent) {
  if (HasLeadingZero(modulus)) {
    return Refuse("an RSA modulus must not begin with a zero octet");
  }
  if (HasLeadingZero(exponent)) {
    return Refuse("an RSA exponent must not begin with a zero octet");
  }
  if (modulus.size() > limits::kRsaModulusBitsMax / 8) {
    return Refuse(absl::StrCat("an RSA modulus has more than ",
                               limits::kRsaModulusBitsMax, " bits"));
  }
  if (IsEven(modulus)) return Refuse("an RSA modulus is even");
  constexpr size_t kExponentBytesMax = 5;  // 2^33 is the most BoringSSL takes
  if (IsEven(exponent) || exponent.size() > kExponentBytesMax ||
      (exponent.size() == kExponentBytesMax && exponent.front() > 1) ||
      (exponent.size() == 1 && exponent.front() < 3)) {
    return Refuse("an RSA exponent must be odd, from 3 to 2^33");
  }
  return absl::OkStatus();
}

// Whether the modulus is of the form whose primes can be found (ROCA, by Nemec
// and others, 2017): modulo every small prime it is a power of 65537. Of other
// moduli one in some hundred million is.
bool IsRoca(const BIGNUM* modulus) {
  constexpr uint8_t kPrimes[] = {
      3,   5,   7,   11,  13,  17,  19,  23,  29,  31,  37,  41,  43,
      47,  53,  59,  61,  67,  71,  73,  79,  83,  89,  97,  101, 103,
      107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};
  constexpr uint32_t kGenerator = 65537;
  for (const uint32_t prime : kPrimes) {
    const BN_ULONG rest = BN_mod_word(modulus, prime);
    uint32_t power = 1;
    do {
      power = power * (kGenerator % prime) % prime;
    } while (power != rest && power != 1);
    if (power != rest) return false;
  }
  return true;
}

// Computes signature^e mod n into `encoded`, which is as long as the modulus.
// BN_mod_exp_mont refuses a signature that is not below n.
bool RecoverRsa(const RsaPublic& rsa, Bytes signature,
                absl::Span<uint8_t> encoded) {
  const bssl::UniquePtr<BN_CTX> context(BN_CTX_new());
  const bssl::UniquePtr<BIGNUM> number = NumberOf(signature);
  const bssl::UniquePtr<BIGNUM> power(BN_new());
  const BIGNUM* const modulus = RSA_get0_n(rsa.key.get());
  return context != nullptr && number != nullptr && power != nullptr &&
         BN_mod_exp_mont(power.get(), number.get(), RSA_get0_e(rsa.key.get()),
                         modulus, context.get(), rsa.modulus.get()) == 1 &&
         BN_bn2bin_padded(encoded.data(), encoded.size(), power.get()) == 1;
}

// Returns whether `encoded` is exactly what RSASSA-PKCS1-v1_5 encodes `digest`
// to (RFC 8017 section 9.2): compared whole and never parsed, it leaves no room
// for a forged padding.
bool IsPkcs1(Algorithm algorithm, const MessageDigest& digest, Bytes encoded) {
  uint8_t* bytes = nullptr;
  size_t size = 0;
  int allocated = 0;
  if (RSA_add_pkcs1_prefix(&bytes, &size, &allocated,
                           EVP_MD_type(internal::HashOf(algorithm)),
                           digest.bytes.data(), digest.size) != 1) {
    return false;
  }
  const bssl::UniquePtr<uint8_t> owned(allocated ? bytes : nullptr);
  constexpr size_t kFixedBytes = 3;  // 00 01 and, behind the padding, 00
  if (size + kFixedBytes > encoded.size()) return false;
  std::array<uint8_t, limits::kSignatureBytesMax> expected;
  expected.fill(0xff);
  const size_t prefix = encoded.size() - size;
  expected[0] = 0;
  expected[1] = 1;
  expected[prefix - 1] = 0;
  std::copy_n(bytes, size, expected.begin() + prefix);
  return std::memcmp(expected.data(), encoded.data(), encoded.size()) == 0;
}

bool IsPss(Algorithm algorithm, const RSA* key, const MessageDigest& digest,
           int salt_bytes, Bytes encoded) {
  const EVP_MD* const hash = internal::HashOf(algorithm);
  return RSA_verify_PKCS1_PSS_mgf1(key, digest.bytes.data(), hash, hash,
                                   encoded.data(), salt_bytes) == 1;
}

// Takes the salt to be as long as it is.
constexpr int kAnySalt = -2;

enum class RsaForm { kOfAlgorithm, kPssOfAnySalt };

bool VerifyRsa(Algorithm algorithm, RsaForm form, const RsaPublic& rsa,
               std::string_view message, Bytes signature) {
  std::array<uint8_t, limits::kSignatureBytesMax> buffer;
  const size_t size = RSA_size(rsa.key.get());
  if (signature.size() != size || size > buffer.size()) return false;
  const absl::Span<uint8_t> encoded(buffer.data(), size);
  if (!RecoverRsa(rsa, signature, encoded)) return false;
  const MessageDigest digest = internal::DigestOf(algorithm, message);
  if (form == RsaForm::kPssOfAnySalt) {
    return IsPss(algorithm, rsa.key.get(), digest, kAnySalt, encoded);
  }
  return internal::IsPss(algorithm)
             ? IsPss(algorithm, rsa.key.get(), digest,
                     static_cast<int>(digest.size), encoded)
             : IsPkcs1(algorithm, digest, encoded);
}

// ECDSA_do_verify refuses r and s outside of [1, order - 1], and so does a
// P256Verifier.
bool VerifyEc(Algorithm algorithm, const EcPublic& ec, std::string_view message,
              Bytes signature) {
  const size_t size = CoordinateBytes(KeyKindOf(algorithm));
  if (signature.size() != 2 * size) return false;
  const MessageDigest digest = internal::DigestOf(algorithm, message);
  if (ec.verifier != nullptr) {
    return ec.verifier->Verify({digest.bytes.data(), digest.size}, signature);
  }
  const bssl::UniquePtr<ECDSA_SIG> pair(ECDSA_SIG_new());
  bssl::UniquePtr<BIGNUM> r = NumberOf(signature.first(size));
  bssl::UniquePtr<BIGNUM> s = NumberOf(signature.last(size));
  if (pair == nullptr || r == nullptr || s == nullptr ||
      ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) {
    return false;
  }
  r.release();
  s.release();
  return ECDSA_do_verify(digest.bytes.data(), digest.size, pair.get(),
                         ec.key.get()) == 1;
}

// Ed25519 of RFC 8032; BoringSSL refuses an s beyond the order.
bool VerifyEd25519(const Ed25519Public& key, std::string_view message,
                   Bytes signature) {
  return signature.size() == ED25519_SIGNATURE_LEN &&
         ED25519_verify(AsBytes(message).data(), message.size(),
                        signature.data(), key.data()) == 1;
}

// A point's y, little-endian, without the sign of x.
using Ed25519Y = std::array<uint8_t, 32>;

// Whether y is below 2^255 - 19.
bool IsCanonical(const Ed25519Y& y) {
  if (y[31] != 0x7f || y[0] < 0xed) return true;
  return std::any_of(y.begin() + 1, y.begin() + 31,
                     [](uint8_t byte) { return byte != 0xff; });
}

// The points whose order divides the cofactor, 8, have these y: of order 4, 1,
// 2, and the two of order 8. Under such a key a signature can be good for every
// message.
bool HasSmallOrder(const Ed25519Y& y) {
  constexpr Ed25519Y kYs[] = {
      {0},
      {1},
      {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
       0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
       0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
      {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
       0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
       0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
      {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
       0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
       0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
  };
  return std::find(std::begin(kYs), std::end(kYs), y) != std::end(kYs);
}

}  // namespace

struct VerifyingKey::Prepared {
  template <typename Form, typename... Args>
  explicit Prepared(std::in_place_type_t<Form> form, Args&&... args)
      : form(form, std::forward<Args>(args)...) {}

  template <typename Form>
  const Form* As() const {
    return std::get_if<Form>(&form);
  }
  template <typename Form>
  Form* As() {
    return std::get_if<Form>(&form);
  }

  // What the algorithm's kind says, and nothing else.
  std::variant<HmacSha256, HmacSha512, RsaPublic, EcPublic, Ed25519Public> form;
};

VerifyingKey::VerifyingKey(Algorithm algorithm,
                           std::unique_ptr<Prepared> prepared)
    : algorithm_(algorithm), prepared_(std::move(prepared)) {}

VerifyingKey::VerifyingKey(VerifyingKey&& other) noexcept = default;
VerifyingKey& VerifyingKey::operator=(VerifyingKey&& other) noexcept = default;
VerifyingKey::~VerifyingKey() = default;

namespace {

// Whether the bytes are a key of another kind, which its owner may well have
// published: of PEM, DER (SubjectPublicKeyInfo, RSAPublicKey) or JWK.
bool IsKeyFile(Bytes bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()),
                              bytes.size());
  if (absl::StrContains(text, "-----BEGIN ") ||
      (absl::StartsWith(absl::StripLeadingAsciiWhitespace(text), "{") &&
       absl::StrContains(text, "\"kty\""))) {
    return true;
  }
  CBS info, numbers;
  CBS_init(&info, bytes.data(), bytes.size());
  CBS_init(&numbers, bytes.data(), bytes.size());
  const bssl::UniquePtr<EVP_PKEY> key(EVP_parse_public_key(&info));
  const bssl::UniquePtr<RSA> rsa(RSA_parse_public_key(&numbers));
  ERR_clear_error();
  return key != nullptr || rsa != nullptr;
}

}  // namespace

absl::StatusOr<VerifyingKey> VerifyingKey::FromHmacSecret(Algorithm algorithm,
                                                          Bytes secret) {
  if (KeyKindOf(algorithm) != KeyKind::kHmac) {
    return Refuse("not an algorithm of HMAC");
  }
  if (IsKeyFile(secret)) {
    return Refuse("a key of PEM, DER or JWK is no secret of HMAC");
  }
  if (secret.size() < HashBytes(algorithm) ||
      secret.size() > limits::kHmacSecretBytesMax) {
    return Refuse(absl::StrCat("a secret for ", AlgorithmName(algorithm),
                               " must have ", HashBytes(algorithm), " to ",
                               limits::kHmacSecretBytesMax, " bytes"));
  }
  if (algorithm == Algorithm::kHs256) {
    return VerifyingKey(algorithm, std::make_unique<Prepared>(
                                       std::in_place_type<HmacSha256>, secret));
  }
  const auto variant = algorithm == Algorithm::kHs384
                           ? HmacSha512::Variant::kSha384
                           : HmacSha512::Variant::kSha512;
  return VerifyingKey(algorithm,
                      std::make_unique<Prepared>(std::in_place_type<HmacSha512>,
                                                 variant, secret));
}

absl::StatusOr<VerifyingKey> VerifyingKey::FromRsa(Algorithm algorithm,
                                                   Bytes modulus,
                                                   Bytes exponent) {
  if (KeyKindOf(algorithm) != KeyKind::kRsa) {
    return Refuse("not an algorithm of RSA");
  }
  const absl::Status numbers = CheckRsaNumbers(modulus, exponent);
  if (!numbers.ok()) return numbers;
  bssl::UniquePtr<BIGNUM> n = NumberOf(modulus);
  bssl::UniquePtr<BIGNUM> e = NumberOf(exponent);
  const bssl::UniquePtr<BN_CTX> context(BN_CTX_new());
  RsaPublic rsa = {bssl::UniquePtr<RSA>(RSA_new()), nullptr};
  if (n == nullptr || e == nullptr || context == nullptr ||
      rsa.key == nullptr) {
    return Refuse("no memory for an RSA key");
  }
  if (BN_num_bits(n.get()) < limits::kRsaModulusBitsMin) {
    return Refuse(absl::StrCat("an RSA modulus has fewer than ",
                               limits::kRsaModulusBitsMin, " bits"));
  }
  if (IsRoca(n.get())) return Refuse("an RSA modulus is of the ROCA form");
  rsa.modulus.reset(BN_MONT_CTX_new_for_modulus(n.get(), context.get()));
  if (rsa.modulus == nullptr ||
      RSA_set0_key(rsa.key.get(), n.get(), e.get(), nullptr) != 1) {
    return Refuse("not an RSA key");
  }
  n.release();
  e.release();
  return VerifyingKey(algorithm,
                      std::make_unique<Prepared>(std::in_place_type<RsaPublic>,
                                                 std::move(rsa)));
}

absl::StatusOr<VerifyingKey> VerifyingKey::FromEc(Algorithm algorithm, Bytes x,
                                                  Bytes y) {
  const int curve = internal::CurveOf(algorithm);
  if (curve == NID_undef) return Refuse("not an algorithm of ECDSA");
  const size_t size = CoordinateBytes(KeyKindOf(algorithm));
  if (x.size() != size || y.size() != size) {
    return Refuse(absl::StrCat("a coordinate for ", AlgorithmName(algorithm),
                               " must have ", size, " bytes"));
  }
  EcPublic ec = {bssl::UniquePtr<EC_KEY>(EC_KEY_new_by_curve_name(curve)),
                 nullptr};
  const bssl::UniquePtr<BIGNUM> x_number = NumberOf(x);
  const bssl::UniquePtr<BIGNUM> y_number = NumberOf(y);
  if (ec.key == nullptr ||
      EC_KEY_set_public_key_affine_coordinates(ec.key.get(), x_number.get(),
                                               y_number.get()) != 1) {
    return Refuse("not a point on the curve");
  }
  return VerifyingKey(
      algorithm,
      std::make_unique<Prepared>(std::in_place_type<EcPublic>, std::move(ec)));
}

absl::StatusOr<VerifyingKey> VerifyingKey::FromEd25519(Bytes x) {
  Ed25519Public key;
  if (x.size() != key.size()) {
    return Refuse("an Ed25519 key must have 32 bytes");
  }
  std::copy(x.begin(), x.end(), key.begin());
  Ed25519Y y = key;
  y[31] &= 0x7f;
  if (!IsCanonical(y) || HasSmallOrder(y)) {
    return Refuse("an Ed25519 key must be canonical, and not of small order");
  }
  return VerifyingKey(
      Algorithm::kEdDsa,
      std::make_unique<Prepared>(std::in_place_type<Ed25519Public>, key));
}

void VerifyingKey::Prepare() {
  auto* ec = prepared_ == nullptr ? nullptr : prepared_->As<EcPublic>();
  if (ec == nullptr || algorithm_ != Algorithm::kEs256 ||
      ec->verifier != nullptr) {
    return;
  }
  const bssl::UniquePtr<BIGNUM> x(BN_new()), y(BN_new());
  std::array<uint8_t, 32> x_bytes, y_bytes;
  if (x == nullptr || y == nullptr ||
      EC_POINT_get_affine_coordinates_GFp(EC_KEY_get0_group(ec->key.get()),
                                          EC_KEY_get0_public_key(ec->key.get()),
                                          x.get(), y.get(), nullptr) != 1 ||
      BN_bn2bin_padded(x_bytes.data(), x_bytes.size(), x.get()) != 1 ||
      BN_bn2bin_padded(y_bytes.data(), y_bytes.size(), y.get()) != 1) {
    ERR_clear_error();
    return;
  }
  ec->verifier = P256Verifier::Create(x_bytes, y_bytes);
}

bool VerifyingKey::prepared() const {
  const auto* ec = prepared_ == nullptr ? nullptr : prepared_->As<EcPublic>();
  return ec != nullptr && ec->verifier != nullptr;
}

bool VerifyingKey::Verify(std::string_view message,
                          std::string_view signature) const {
  if (prepared_ == nullptr) return false;
  const Bytes bytes = AsBytes(signature);
  bool good = false;
  if (const auto* hmac = prepared_->As<HmacSha256>()) {
    // Codes are derived from the secret: ConstantTimeEqual.
    Sha256Digest presented;
    if (bytes.size() != presented.size()) return false;
    std::copy(bytes.begin(), bytes.end(), presented.begin());
    return ConstantTimeEqual(hmac->Mac(message), presented);
  }
  if (const auto* hmac = prepared_->As<HmacSha512>()) {
    const Sha512Digest code = hmac->Mac(message);
    return ConstantTimeEqual(
        absl::MakeConstSpan(code).first(HashBytes(algorithm_)), bytes);
  }
  if (const auto* rsa = prepared_->As<RsaPublic>()) {
    good = VerifyRsa(algorithm_, RsaForm::kOfAlgorithm, *rsa, message, bytes);
  } else if (const auto* ec = prepared_->As<EcPublic>()) {
    good = VerifyEc(algorithm_, *ec, message, bytes);
  } else if (const auto* ed25519 = prepared_->As<Ed25519Public>()) {
    good = VerifyEd25519(*ed25519, message, bytes);
  }
  if (!good) ERR_clear_error();
  return good;
}

bool VerifyingKey::VerifyPssOfAnySalt(std::string_view message,
                                      std::string_view signature) const {
  const auto* rsa = prepared_ == nullptr ? nullptr : prepared_->As<RsaPublic>();
  const bool good =
      rsa != nullptr && VerifyRsa(Algorithm::kPs256, RsaForm::kPssOfAnySalt,
                                  *rsa, message, AsBytes(signature));
  if (!good) ERR_clear_error();
  return good;
}

}  // namespace tollgate
