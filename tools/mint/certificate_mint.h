// Makes certificates and revocation lists for tests, good and precisely bad:
// every part can be what a test wants.
//
//   MintKey ca = MintKey::Ec();
//   CertificateSpec spec = {.subject = Name("ca"), .issuer = Name("ca")};
//   spec.extensions = {BasicConstraints(true), KeyUsage(kKeyCertSignBit)};
//   std::string der = MintCertificate(spec, ca.public_key(), ca);
//
// Thread-safety: values and pure functions. Never for anything but tests.

#ifndef TOLLGATE_TOOLS_MINT_CERTIFICATE_MINT_H_
#define TOLLGATE_TOOLS_MINT_CERTIFICATE_MINT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/mint/mint_key.h"

namespace tollgate::mint {

// Times of what is minted, when a test does not say: 2024 to 2034.
inline constexpr int64_t kNotBefore = 1'704'067'200;
inline constexpr int64_t kNotAfter = 2'019'686'400;

struct Extension {
  std::string oid;  // dotted
  bool critical = false;
  std::string value;  // DER
};

// A name with this common name (empty: the empty name), in DER.
std::string Name(std::string_view common_name);

// One attribute of a name; the tag is that of a string type.
inline constexpr uint8_t kUtf8String = 0x0c;
inline constexpr uint8_t kPrintableString = 0x13;
inline constexpr uint8_t kIa5String = 0x16;
struct Attribute {
  std::string_view oid;
  std::string_view value;
  uint8_t tag = kUtf8String;
};
inline constexpr std::string_view kCommonName = "2.5.4.3";
inline constexpr std::string_view kOrganization = "2.5.4.10";
inline constexpr std::string_view kEmailAddress = "1.2.840.113549.1.9.1";

// A name of these attributes, each in a set of its own, in DER.
std::string NameOf(const std::vector<Attribute>& attributes);

struct CertificateSpec {
  int version = 3;
  std::string serial = "\x01";  // octets of the INTEGER
  std::string subject = {};     // DER
  std::string issuer = {};
  int64_t not_before = kNotBefore;
  int64_t not_after = kNotAfter;
  std::string unique_ids = {};  // DER
  std::vector<Extension> extensions = {};
  std::optional<Scheme> scheme = {};        // else the key's own
  std::optional<Scheme> outer_scheme = {};  // named, not used
  bool corrupt_signature = false;
  bool twin_signature = false;     // the other ECDSA signature
  bool generalized_times = false;  // also before 2050
};

std::string MintCertificate(const CertificateSpec& spec,
                            std::string_view public_key,
                            const MintKey& issuer_key);

// Bits of the key usage extension.
inline constexpr uint16_t kDigitalSignatureBit = 1 << 0;
inline constexpr uint16_t kKeyEnciphermentBit = 1 << 2;
inline constexpr uint16_t kKeyCertSignBit = 1 << 5;
inline constexpr uint16_t kCrlSignBit = 1 << 6;

inline constexpr std::string_view kClientAuth = "1.3.6.1.5.5.7.3.2";
inline constexpr std::string_view kServerAuth = "1.3.6.1.5.5.7.3.1";
inline constexpr std::string_view kAnyUsage = "2.5.29.37.0";

Extension BasicConstraints(bool ca, std::optional<uint64_t> path_length = {});
Extension KeyUsage(uint16_t bits);
Extension ExtendedKeyUsage(const std::vector<std::string_view>& oids);
Extension SubjectKeyId(std::string_view id);
Extension AuthorityKeyId(std::string_view id);
Extension Unknown(bool critical);

// General names in DER.
std::string Uri(std::string_view text);
std::string Dns(std::string_view text);
std::string Email(std::string_view text);
std::string Ip(std::string_view octets);
std::string Directory(std::string_view name);
std::string OtherName();

Extension SubjectAltName(const std::vector<std::string>& names);
Extension NameConstraints(const std::vector<std::string>& permitted,
                          const std::vector<std::string>& excluded);
Extension Policies(const std::vector<std::string_view>& oids);
Extension PolicyConstraints(uint64_t require_explicit);
// `beside`: what else the point says, in DER.
Extension CrlDistributionPoint(std::string_view uri,
                               std::string_view beside = "");

struct RevokedSpec {
  std::string serial;
  std::vector<Extension> extensions = {};
  int64_t date = kNotBefore;
};

struct CrlSpec {
  int version = 2;
  std::string issuer = {};
  int64_t this_update = kNotBefore;
  std::optional<int64_t> next_update = kNotAfter;
  std::vector<RevokedSpec> revoked = {};
  std::vector<Extension> extensions = {};
  bool corrupt_signature = false;
  std::optional<Scheme> scheme = {};        // else the key's own
  std::optional<Scheme> outer_scheme = {};  // named, not used
};

std::string MintCrl(const CrlSpec& spec, const MintKey& issuer_key);

// Extensions of revocation lists.
struct PointSpec {
  std::string uri = {};  // empty: none
  bool end_entities_only = false;
  bool authorities_only = false;
  bool some_reasons = false;
  bool indirect = false;
};
Extension IssuingDistributionPoint(const PointSpec& spec);
Extension DeltaIndicator();
Extension CrlNumber(uint64_t number);

std::string Pem(std::string_view der, std::string_view label = "CERTIFICATE");

}  // namespace tollgate::mint

#endif  // TOLLGATE_TOOLS_MINT_CERTIFICATE_MINT_H_
