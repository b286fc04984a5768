#include "engine/crypto/signing_key.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/curve25519.h>
#include <openssl/ec_key.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/base/limits.h"
#include "engine/crypto/hmac_sha256.h"
#include "engine/crypto/hmac_sha512.h"
#include "engine/crypto/message_digest.h"
#include "engine/crypto/random.h"
#include "engine/crypto/secret.h"

namespace tollgate {
namespace {

using Bytes = SigningKey::Bytes;
using internal::MessageDigest;
using RsaKey = bssl::UniquePtr<RSA>;
using EcKey = bssl::UniquePtr<EC_KEY>;
using Number = bssl::UniquePtr<BIGNUM>;

// A seed and the point of it.
struct Ed25519Key {
  SecretBytes key = SecretBytes(ED25519_PRIVATE_KEY_LEN);
  std::array<uint8_t, ED25519_PUBLIC_KEY_LEN> point;
};

Bytes AsBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

std::string AsText(Bytes bytes) {
  return std::string(bytes.begin(), bytes.end());
}

Number NumberOf(Bytes bytes) {
  return Number(BN_bin2bn(bytes.data(), bytes.size(), nullptr));
}

// Returns `number` in `size` bytes, "" if it does not fit.
std::string TextOf(const BIGNUM* number, size_t size) {
  std::string text(size, '\0');
  const bool fits =
      BN_bn2bin_padded(reinterpret_cast<uint8_t*>(text.data()), size, number);
  return fits ? text : "";
}

std::string TextOf(const BIGNUM* number) {
  return TextOf(number, BN_num_bytes(number));
}

absl::Status Refuse(std::string_view what) {
  ERR_clear_error();
  return absl::InvalidArgumentError(what);
}

absl::Status Failed() {
  ERR_clear_error();
  return absl::InternalError("signing failed");
}

// Gives all numbers to a new key, which owns them then. RSA_check_key judges
// them, and finds missing ones, which are zero here.
RsaKey RsaFrom(const SigningKey::RsaComponents& parts) {
  RsaKey key(RSA_new());
  Number n = NumberOf(parts.n), e = NumberOf(parts.e), d = NumberOf(parts.d);
  if (RSA_set0_key(key.get(), n.get(), e.get(), d.get()) != 1) return nullptr;
  n.release(), e.release(), d.release();
  Number p = NumberOf(parts.p), q = NumberOf(parts.q);
  if (RSA_set0_factors(key.get(), p.get(), q.get()) != 1) return nullptr;
  p.release(), q.release();
  Number dp = NumberOf(parts.dp), dq = NumberOf(parts.dq);
  Number qi = NumberOf(parts.qi);
  if (RSA_set0_crt_params(key.get(), dp.get(), dq.get(), qi.get()) != 1) {
    return nullptr;
  }
  dp.release(), dq.release(), qi.release();
  return RSA_check_key(key.get()) == 1 ? std::move(key) : nullptr;
}

absl::StatusOr<std::string> SignPkcs1(Algorithm algorithm, RSA* key,
                                      const MessageDigest& digest) {
  std::string signature(RSA_size(key), '\0');
  unsigned size = 0;
  if (RSA_sign(EVP_MD_type(internal::HashOf(algorithm)), digest.bytes.data(),
               static_cast<unsigned>(digest.size),
               reinterpret_cast<uint8_t*>(signature.data()), &size, key) != 1 ||
      size != signature.size()) {
    return Failed();
  }
  return signature;
}

absl::StatusOr<std::string> SignPss(Algorithm algorithm, RSA* key,
                                    const MessageDigest& digest) {
  const EVP_MD* const hash = internal::HashOf(algorithm);
  std::string signature(RSA_size(key), '\0');
  size_t size = 0;
  if (RSA_sign_pss_mgf1(key, &size,
                        reinterpret_cast<uint8_t*>(signature.data()),
                        signature.size(), digest.bytes.data(), digest.size,
                        hash, hash, static_cast<int>(digest.size)) != 1 ||
      size != signature.size()) {
    return Failed();
  }
  return signature;
}

absl::StatusOr<std::string> SignEc(Algorithm algorithm, const EC_KEY* key,
                                   const MessageDigest& digest) {
  const bssl::UniquePtr<ECDSA_SIG> pair(
      ECDSA_do_sign(digest.bytes.data(), digest.size, key));
  if (pair == nullptr) return Failed();
  const size_t size = CoordinateBytes(KeyKindOf(algorithm));
  return TextOf(ECDSA_SIG_get0_r(pair.get()), size) +
         TextOf(ECDSA_SIG_get0_s(pair.get()), size);
}

absl::StatusOr<std::string> SignEd25519(const Ed25519Key& key,
                                        std::string_view message) {
  std::string signature(ED25519_SIGNATURE_LEN, '\0');
  if (ED25519_sign(reinterpret_cast<uint8_t*>(signature.data()),
                   AsBytes(message).data(), message.size(),
                   key.key.span().data()) != 1) {
    return Failed();
  }
  return signature;
}

std::string SignHmac(Algorithm algorithm, Bytes secret,
                     std::string_view message) {
  if (algorithm == Algorithm::kHs256) {
    return AsText(HmacSha256(secret).Mac(message));
  }
  const HmacSha512 hmac(algorithm == Algorithm::kHs384
                            ? HmacSha512::Variant::kSha384
                            : HmacSha512::Variant::kSha512,
                        secret);
  const Sha512Digest code = hmac.Mac(message);
  return AsText(absl::MakeConstSpan(code).first(HashBytes(algorithm)));
}

}  // namespace

struct SigningKey::Form {
  // Wraps each kind, for Accept.
  template <typename Key>
  static std::unique_ptr<const Form> Of(Key key) {
    auto form = std::make_unique<Form>();
    form->key = std::move(key);
    return form;
  }

  template <typename Key>
  const Key* As() const {
    return std::get_if<Key>(&key);
  }

  // What the algorithm's kind says, and nothing else.
  std::variant<SecretBytes, RsaKey, EcKey, Ed25519Key> key;
};

SigningKey::SigningKey(Algorithm algorithm, std::unique_ptr<const Form> form)
    : algorithm_(algorithm), form_(std::move(form)) {}

SigningKey::SigningKey(SigningKey&& other) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&& other) noexcept = default;
SigningKey::~SigningKey() = default;

absl::StatusOr<SigningKey> SigningKey::Accept(
    Algorithm algorithm, std::unique_ptr<const Form> form) {
  SigningKey key(algorithm, std::move(form));
  const auto verifier = key.Verifier();
  if (!verifier.ok()) return verifier.status();
  return key;
}

absl::StatusOr<SigningKey> SigningKey::FromHmacSecret(Algorithm algorithm,
                                                      Bytes secret) {
  if (KeyKindOf(algorithm) != KeyKind::kHmac) {
    return Refuse("not an algorithm of HMAC");
  }
  return Accept(algorithm, Form::Of(SecretBytes::CopyOf(secret)));
}

absl::StatusOr<SigningKey> SigningKey::FromRsa(Algorithm algorithm,
                                               const RsaComponents& parts) {
  // Judges the public numbers, their sizes among them, before any work.
  const auto verifier = VerifyingKey::FromRsa(algorithm, parts.n, parts.e);
  if (!verifier.ok()) return verifier.status();
  RsaKey key = RsaFrom(parts);
  if (key == nullptr) return Refuse("parts of an RSA key do not fit");
  return Accept(algorithm, Form::Of(std::move(key)));
}

absl::StatusOr<SigningKey> SigningKey::FromEc(Algorithm algorithm, Bytes x,
                                              Bytes y, Bytes d) {
  const auto verifier = VerifyingKey::FromEc(algorithm, x, y);
  if (!verifier.ok()) return verifier.status();
  if (d.size() != x.size()) {
    return Refuse(absl::StrCat("d must have ", x.size(), " bytes"));
  }
  EcKey key(EC_KEY_new_by_curve_name(internal::CurveOf(algorithm)));
  const Number x_number = NumberOf(x), y_number = NumberOf(y);
  const Number d_number = NumberOf(d);
  if (EC_KEY_set_public_key_affine_coordinates(key.get(), x_number.get(),
                                               y_number.get()) != 1 ||
      EC_KEY_set_private_key(key.get(), d_number.get()) != 1 ||
      EC_KEY_check_key(key.get()) != 1) {
    return Refuse("parts of an EC key do not fit");
  }
  return Accept(algorithm, Form::Of(std::move(key)));
}

absl::StatusOr<SigningKey> SigningKey::FromEd25519(Bytes x, Bytes d) {
  constexpr size_t kSeedBytes = 32;
  if (d.size() != kSeedBytes) return Refuse("d must have 32 bytes");
  Ed25519Key key;
  ED25519_keypair_from_seed(key.point.data(), key.key.mutable_span().data(),
                            d.data());
  if (x != absl::MakeConstSpan(key.point)) {
    return Refuse("parts of an Ed25519 key do not fit");
  }
  return Accept(Algorithm::kEdDsa, Form::Of(std::move(key)));
}

absl::StatusOr<SigningKey> SigningKey::FromPem(Algorithm algorithm,
                                               std::string_view pem) {
  // Below what BoringSSL's int holds; a key has some kilobytes.
  constexpr size_t kPemBytesMax = 1 << 16;
  if (pem.size() > kPemBytesMax) return Refuse("PEM of more than 64 KiB");
  const bssl::UniquePtr<BIO> text(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  // Nobody is asked for a password.
  const auto no_password = [](char*, int, int, void*) { return 0; };
  const bssl::UniquePtr<EVP_PKEY> key(
      PEM_read_bio_PrivateKey(text.get(), nullptr, no_password, nullptr));
  if (key == nullptr) return Refuse("no private key in PEM, not encrypted");
  const KeyKind kind = KeyKindOf(algorithm);
  if (RSA* rsa = EVP_PKEY_get0_RSA(key.get());
      rsa != nullptr && kind == KeyKind::kRsa) {
    RSA_up_ref(rsa);
    return Accept(algorithm, Form::Of(RsaKey(rsa)));
  }
  if (EC_KEY* ec = EVP_PKEY_get0_EC_KEY(key.get());
      ec != nullptr && EC_GROUP_get_curve_name(EC_KEY_get0_group(ec)) ==
                           internal::CurveOf(algorithm)) {
    EC_KEY_up_ref(ec);
    return Accept(algorithm, Form::Of(EcKey(ec)));
  }
  if (EVP_PKEY_id(key.get()) == EVP_PKEY_ED25519 && kind == KeyKind::kEd25519) {
    SecretBytes seed(32);
    std::array<uint8_t, ED25519_PUBLIC_KEY_LEN> point;
    size_t seed_size = seed.size();
    size_t point_size = point.size();
    if (EVP_PKEY_get_raw_private_key(key.get(), seed.mutable_span().data(),
                                     &seed_size) != 1 ||
        EVP_PKEY_get_raw_public_key(key.get(), point.data(), &point_size) !=
            1) {
      return Refuse("not an Ed25519 key");
    }
    return FromEd25519(point, seed.span());
  }
  return Refuse(absl::StrCat("not a key for ", AlgorithmName(algorithm)));
}

absl::StatusOr<SigningKey> SigningKey::Generate(Algorithm algorithm) {
  switch (KeyKindOf(algorithm)) {
    case KeyKind::kNone:
      return Refuse("no algorithm");
    case KeyKind::kHmac: {
      SecretBytes secret(HashBytes(algorithm));
      FillRandom(secret.mutable_span());
      return Accept(algorithm, Form::Of(std::move(secret)));
    }
    case KeyKind::kRsa: {
      RsaKey key(RSA_new());
      const Number e(BN_new());
      if (BN_set_word(e.get(), RSA_F4) != 1 ||
          RSA_generate_key_ex(key.get(), limits::kRsaModulusBitsMin, e.get(),
                              nullptr) != 1) {
        return Failed();
      }
      return Accept(algorithm, Form::Of(std::move(key)));
    }
    case KeyKind::kP256:
    case KeyKind::kP384:
    case KeyKind::kP521: {
      EcKey key(EC_KEY_new_by_curve_name(internal::CurveOf(algorithm)));
      if (EC_KEY_generate_key(key.get()) != 1) return Failed();
      return Accept(algorithm, Form::Of(std::move(key)));
    }
    case KeyKind::kEd25519: {
      Ed25519Key key;
      ED25519_keypair(key.point.data(), key.key.mutable_span().data());
      return Accept(algorithm, Form::Of(std::move(key)));
    }
  }
  return Refuse("no algorithm");
}

absl::StatusOr<std::string> SigningKey::Sign(std::string_view message) const {
  if (form_ == nullptr) return Failed();
  if (const auto* secret = form_->As<SecretBytes>()) {
    return SignHmac(algorithm_, secret->span(), message);
  }
  if (const auto* key = form_->As<Ed25519Key>()) {
    return SignEd25519(*key, message);
  }
  const MessageDigest digest = internal::DigestOf(algorithm_, message);
  if (const auto* key = form_->As<EcKey>()) {
    return SignEc(algorithm_, key->get(), digest);
  }
  const auto* key = form_->As<RsaKey>();
  if (key == nullptr) return Failed();
  return internal::IsPss(algorithm_)
             ? SignPss(algorithm_, key->get(), digest)
             : SignPkcs1(algorithm_, key->get(), digest);
}

absl::StatusOr<VerifyingKey> SigningKey::Verifier() const {
  if (form_ == nullptr) return Refuse("no key");
  const PublicComponents numbers = public_components();
  switch (KeyKindOf(algorithm_)) {
    case KeyKind::kHmac: {
      const auto* secret = form_->As<SecretBytes>();
      return VerifyingKey::FromHmacSecret(algorithm_, secret->span());
    }
    case KeyKind::kRsa:
      return VerifyingKey::FromRsa(algorithm_, AsBytes(numbers.n),
                                   AsBytes(numbers.e));
    case KeyKind::kP256:
    case KeyKind::kP384:
    case KeyKind::kP521:
      return VerifyingKey::FromEc(algorithm_, AsBytes(numbers.x),
                                  AsBytes(numbers.y));
    case KeyKind::kEd25519:
      return VerifyingKey::FromEd25519(AsBytes(numbers.x));
    case KeyKind::kNone:
      break;
  }
  return Refuse("no algorithm");
}

PublicComponents SigningKey::public_components() const {
  PublicComponents numbers;
  if (form_ == nullptr) return numbers;
  if (const auto* key = form_->As<RsaKey>()) {
    numbers.n = TextOf(RSA_get0_n(key->get()));
    numbers.e = TextOf(RSA_get0_e(key->get()));
  } else if (const auto* key = form_->As<EcKey>()) {
    const Number x(BN_new()), y(BN_new());
    EC_POINT_get_affine_coordinates_GFp(EC_KEY_get0_group(key->get()),
                                        EC_KEY_get0_public_key(key->get()),
                                        x.get(), y.get(), nullptr);
    const size_t size = CoordinateBytes(KeyKindOf(algorithm_));
    numbers.x = TextOf(x.get(), size);
    numbers.y = TextOf(y.get(), size);
  } else if (const auto* key = form_->As<Ed25519Key>()) {
    numbers.x = AsText(key->point);
  }
  return numbers;
}

}  // namespace tollgate
