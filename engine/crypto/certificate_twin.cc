#include "engine/crypto/certificate_twin.h"

#include <openssl/bn.h>
#include <openssl/bytestring.h>
#include <openssl/ec.h>
#include <openssl/mem.h>
#include <openssl/nid.h>

#include <algorithm>
#include <cstdint>

namespace tollgate {
namespace {

CBS BytesAsCbs(std::string_view bytes) {
  CBS cbs;
  CBS_init(&cbs, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  return cbs;
}

// The curve whose order has as many bytes as the longer number.
bssl::UniquePtr<EC_GROUP> CurveOf(const BIGNUM* r, const BIGNUM* s) {
  for (const int curve : {NID_X9_62_prime256v1, NID_secp384r1, NID_secp521r1}) {
    bssl::UniquePtr<EC_GROUP> group(EC_GROUP_new_by_curve_name(curve));
    if (group == nullptr) return nullptr;
    const unsigned size = BN_num_bytes(EC_GROUP_get0_order(group.get()));
    if (std::max(BN_num_bytes(r), BN_num_bytes(s)) <= size) return group;
  }
  return nullptr;
}

// Writes the twin of an ECDSA-Sig-Value (RFC 3279 section 2.2.3) to `out`;
// false for what is none.
bool AddTwinOf(CBS signature, CBB* out) {
  CBS numbers;
  CBB twin;
  bssl::UniquePtr<BIGNUM> r(BN_new()), s(BN_new()), other(BN_new());
  if (r == nullptr || s == nullptr || other == nullptr ||
      !CBS_get_asn1(&signature, &numbers, CBS_ASN1_SEQUENCE) ||
      CBS_len(&signature) != 0 || !BN_parse_asn1_unsigned(&numbers, r.get()) ||
      !BN_parse_asn1_unsigned(&numbers, s.get()) || CBS_len(&numbers) != 0) {
    return false;
  }
  const bssl::UniquePtr<EC_GROUP> group = CurveOf(r.get(), s.get());
  return group != nullptr &&
         BN_sub(other.get(), EC_GROUP_get0_order(group.get()), s.get()) &&
         !BN_is_negative(other.get()) &&
         CBB_add_asn1(out, &twin, CBS_ASN1_SEQUENCE) &&
         BN_marshal_asn1(&twin, r.get()) &&
         BN_marshal_asn1(&twin, other.get()) && CBB_flush(out);
}

}  // namespace

std::optional<Sha256Digest> TwinDigestOf(std::string_view der) {
  CBS input = BytesAsCbs(der);
  CBS certificate, tbs, algorithm, bits;
  uint8_t unused = 0;
  if (!CBS_get_asn1(&input, &certificate, CBS_ASN1_SEQUENCE) ||
      !CBS_get_asn1_element(&certificate, &tbs, CBS_ASN1_SEQUENCE) ||
      !CBS_get_asn1_element(&certificate, &algorithm, CBS_ASN1_SEQUENCE) ||
      !CBS_get_asn1(&certificate, &bits, CBS_ASN1_BITSTRING) ||
      !CBS_get_u8(&bits, &unused) || unused != 0) {
    return std::nullopt;
  }
  bssl::ScopedCBB out;
  CBB sequence, signature;
  if (!CBB_init(out.get(), der.size() + 8) ||
      !CBB_add_asn1(out.get(), &sequence, CBS_ASN1_SEQUENCE) ||
      !CBB_add_bytes(&sequence, CBS_data(&tbs), CBS_len(&tbs)) ||
      !CBB_add_bytes(&sequence, CBS_data(&algorithm), CBS_len(&algorithm)) ||
      !CBB_add_asn1(&sequence, &signature, CBS_ASN1_BITSTRING) ||
      !CBB_add_u8(&signature, 0) || !AddTwinOf(bits, &signature) ||
      !CBB_flush(out.get())) {
    return std::nullopt;
  }
  return Sha256(
      {reinterpret_cast<const char*>(CBB_data(out.get())), CBB_len(out.get())});
}

}  // namespace tollgate
