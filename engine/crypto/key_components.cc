#include "engine/crypto/key_components.h"

#include <openssl/bn.h>
#include <openssl/curve25519.h>
#include <openssl/ec_key.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <string>

#include "absl/status/status.h"
#include "engine/base/limits.h"
#include "engine/crypto/message_digest.h"
#include "engine/crypto/random.h"

namespace tollgate {
namespace {

using Number = bssl::UniquePtr<BIGNUM>;

absl::Status Failed() {
  ERR_clear_error();
  return absl::InternalError("no key could be made");
}

// Returns `number` in `size` bytes, big-endian. REQUIRES: it fits.
SecretBytes BytesOf(const BIGNUM* number, size_t size) {
  SecretBytes bytes(size);
  if (BN_bn2bin_padded(bytes.mutable_span().data(), size, number) != 1) {
    return {};
  }
  return bytes;
}

SecretBytes BytesOf(const BIGNUM* number) {
  return BytesOf(number, BN_num_bytes(number));
}

std::string TextOf(const SecretBytes& bytes) {
  return std::string(bytes.text());
}

absl::StatusOr<KeyComponents> NewRsa() {
  const bssl::UniquePtr<RSA> key(RSA_new());
  const Number e(BN_new());
  if (BN_set_word(e.get(), RSA_F4) != 1 ||
      RSA_generate_key_ex(key.get(), limits::kRsaModulusBitsMin, e.get(),
                          nullptr) != 1) {
    return Failed();
  }
  KeyComponents parts;
  parts.numbers.n = TextOf(BytesOf(RSA_get0_n(key.get())));
  parts.numbers.e = TextOf(BytesOf(RSA_get0_e(key.get())));
  parts.d = BytesOf(RSA_get0_d(key.get()));
  parts.p = BytesOf(RSA_get0_p(key.get()));
  parts.q = BytesOf(RSA_get0_q(key.get()));
  parts.dp = BytesOf(RSA_get0_dmp1(key.get()));
  parts.dq = BytesOf(RSA_get0_dmq1(key.get()));
  parts.qi = BytesOf(RSA_get0_iqmp(key.get()));
  return parts;
}

absl::StatusOr<KeyComponents> NewEc(Algorithm algorithm) {
  const bssl::UniquePtr<EC_KEY> key(
      EC_KEY_new_by_curve_name(internal::CurveOf(algorithm)));
  const Number x(BN_new()), y(BN_new());
  if (EC_KEY_generate_key(key.get()) != 1 ||
      EC_POINT_get_affine_coordinates_GFp(EC_KEY_get0_group(key.get()),
                                          EC_KEY_get0_public_key(key.get()),
                                          x.get(), y.get(), nullptr) != 1) {
    return Failed();
  }
  const size_t size = CoordinateBytes(KeyKindOf(algorithm));
  KeyComponents parts;
  parts.numbers.x = TextOf(BytesOf(x.get(), size));
  parts.numbers.y = TextOf(BytesOf(y.get(), size));
  parts.d = BytesOf(EC_KEY_get0_private_key(key.get()), size);
  return parts;
}

KeyComponents NewEd25519() {
  constexpr size_t kSeedBytes = 32;
  std::array<uint8_t, ED25519_PUBLIC_KEY_LEN> point;
  SecretBytes seed_and_point(ED25519_PRIVATE_KEY_LEN);
  ED25519_keypair(point.data(), seed_and_point.mutable_span().data());
  KeyComponents parts;
  parts.numbers.x = std::string(point.begin(), point.end());
  parts.d = SecretBytes::CopyOf(seed_and_point.span().first(kSeedBytes));
  return parts;
}

KeyComponents NewSecret(Algorithm algorithm) {
  KeyComponents parts;
  parts.k = SecretBytes(HashBytes(algorithm));
  FillRandom(parts.k.mutable_span());
  return parts;
}

}  // namespace

absl::StatusOr<KeyComponents> NewKeyComponents(Algorithm algorithm) {
  switch (KeyKindOf(algorithm)) {
    case KeyKind::kNone:
      return absl::InvalidArgumentError("no algorithm");
    case KeyKind::kHmac:
      return NewSecret(algorithm);
    case KeyKind::kRsa:
      return NewRsa();
    case KeyKind::kP256:
    case KeyKind::kP384:
    case KeyKind::kP521:
      return NewEc(algorithm);
    case KeyKind::kEd25519:
      return NewEd25519();
  }
  return absl::InvalidArgumentError("no algorithm");
}

}  // namespace tollgate
