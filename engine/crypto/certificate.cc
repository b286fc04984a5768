#include "engine/crypto/certificate.h"

#include <iterator>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/base/limits.h"
#include "engine/crypto/der.h"
#include "engine/crypto/extension_list.h"

namespace tollgate {
namespace {

using namespace std::string_view_literals;  // NOLINT: identifiers have NULs

// Of extensions: the arc 2.5.29, or all of the identifier (RFC 5280 section
// 4.2.1).
constexpr std::string_view kSubjectKeyId = "\x55\x1d\x0e";
constexpr std::string_view kKeyUsage = "\x55\x1d\x0f";
constexpr std::string_view kSubjectAltName = "\x55\x1d\x11";
constexpr std::string_view kBasicConstraints = "\x55\x1d\x13";
constexpr std::string_view kNameConstraints = "\x55\x1d\x1e";
constexpr std::string_view kCrlDistributionPoints = "\x55\x1d\x1f";
constexpr std::string_view kCertificatePolicies = "\x55\x1d\x20";
constexpr std::string_view kPolicyMappings = "\x55\x1d\x21";
constexpr std::string_view kAuthorityKeyId = "\x55\x1d\x23";
constexpr std::string_view kPolicyConstraints = "\x55\x1d\x24";
constexpr std::string_view kExtendedKeyUsage = "\x55\x1d\x25";
constexpr std::string_view kInhibitAnyPolicy = "\x55\x1d\x36";

// Purposes (section 4.2.1.12).
constexpr std::string_view kAnyPurpose = "\x55\x1d\x25\x00"sv;
constexpr std::string_view kServerAuth = "\x2b\x06\x01\x05\x05\x07\x03\x01";
constexpr std::string_view kClientAuth = "\x2b\x06\x01\x05\x05\x07\x03\x02";

constexpr uint64_t kVersion3 = 2;
constexpr size_t kSerialBytesMax = 20;

absl::Status Malformed(std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("certificate: ", what));
}

bool ReadBasicConstraints(DerReader value, Certificate& out) {
  DerReader fields;
  if (!value.ReadOnly(DerTag::kSequence, fields)) return false;
  BasicConstraints constraints;
  if (fields.NextIs(DerTag::kBoolean) && !fields.ReadBoolean(constraints.ca)) {
    return false;
  }
  if (fields.NextIs(DerTag::kInteger) &&
      !fields.ReadUnsigned(DerTag::kInteger,
                           constraints.path_length.emplace())) {
    return false;
  }
  out.basic_constraints = constraints;
  return fields.empty();
}

bool ReadKeyUsage(DerReader value, Certificate& out) {
  std::string_view bits;
  if (!value.Read(DerTag::kBitString, bits) || !value.empty()) return false;
  out.key_usage = NamedBits(bits);
  return out.key_usage.has_value();
}

bool ReadExtendedKeyUsage(DerReader value, Certificate& out) {
  DerReader list;
  if (!value.ReadOnly(DerTag::kSequence, list) || list.empty()) {
    return false;
  }
  ExtendedKeyUsage usage;
  while (!list.empty()) {
    std::string_view purpose;
    if (!list.Read(DerTag::kObjectIdentifier, purpose)) return false;
    usage.any = usage.any || purpose == kAnyPurpose;
    usage.client = usage.client || purpose == kClientAuth;
    usage.server = usage.server || purpose == kServerAuth;
  }
  out.extended_key_usage = usage;
  return true;
}

bool ReadSubjectAltName(DerReader value, Certificate& out) {
  DerReader names;
  return value.ReadOnly(DerTag::kSequence, names) &&
         ReadGeneralNames(names, out.subject_alt_names);
}

bool ReadSubjectKeyId(DerReader value, Certificate& out) {
  return value.Read(DerTag::kOctetString, out.subject_key_id) &&
         value.empty() && !out.subject_key_id.empty();
}

// Issuer and serial number come together, or not at all.
bool ReadAuthorityKeyId(DerReader value, Certificate& out) {
  DerReader fields;
  AuthorityKeyId& id = out.authority_key_id;
  if (!value.ReadOnly(DerTag::kSequence, fields)) return false;
  if (fields.NextIs(ContextTag(0)) &&
      (!fields.Read(ContextTag(0), id.key_id) || id.key_id.empty())) {
    return false;
  }
  if (fields.empty()) return true;
  DerReader names;
  return fields.Read(ConstructedContextTag(1), names) &&
         ReadGeneralNames(names, id.issuer) &&
         id.issuer.size() <= limits::kAuthorityIssuerNamesMax &&
         fields.Read(ContextTag(2), id.serial) && fields.empty();
}

// Collects the full names of points that have nothing beside them: reasons, or
// another issuer, name lists that are not used.
bool ReadCrlDistributionPoints(DerReader value, Certificate& out) {
  DerReader list;
  if (!value.ReadOnly(DerTag::kSequence, list) || list.empty()) {
    return false;
  }
  while (!list.empty()) {
    DerReader point, name, names;
    if (!list.Read(DerTag::kSequence, point)) return false;
    if (!point.NextIs(ConstructedContextTag(0))) continue;
    if (!point.Read(ConstructedContextTag(0), name)) return false;
    if (!name.NextIs(ConstructedContextTag(0))) continue;
    std::vector<GeneralName> full;
    if (!name.Read(ConstructedContextTag(0), names) ||
        !ReadGeneralNames(names, full)) {
      return false;
    }
    if (point.empty()) absl::c_move(full, std::back_inserter(out.crl_names));
  }
  return true;
}

bool ReadNameConstraints(DerReader value, Certificate& out) {
  return out.name_constraints.emplace().Read(value);
}

// The extensions that validation processes, and may thus be critical; of the
// others only those that say who the keys are must not be (sections 4.2.1.1 and
// 4.2.1.2).
struct KnownExtension {
  std::string_view id;
  bool (*read)(DerReader value, Certificate& out);
  bool may_be_critical;
};

constexpr KnownExtension kKnownExtensions[] = {
    {kSubjectKeyId, ReadSubjectKeyId, false},
    {kKeyUsage, ReadKeyUsage, true},
    {kSubjectAltName, ReadSubjectAltName, true},
    {kBasicConstraints, ReadBasicConstraints, true},
    {kNameConstraints, ReadNameConstraints, true},
    {kCrlDistributionPoints, ReadCrlDistributionPoints, false},
    {kCertificatePolicies,
     [](DerReader value, Certificate& out) {
       return out.policies.ReadPolicies(value);
     },
     true},
    {kPolicyMappings,
     [](DerReader value, Certificate& out) {
       return out.policies.ReadMappings(value);
     },
     true},
    {kAuthorityKeyId, ReadAuthorityKeyId, false},
    {kPolicyConstraints,
     [](DerReader value, Certificate& out) {
       return out.policies.ReadConstraints(value);
     },
     true},
    {kExtendedKeyUsage, ReadExtendedKeyUsage, true},
    {kInhibitAnyPolicy,
     [](DerReader value, Certificate& out) {
       return out.policies.ReadInhibitAny(value);
     },
     true},
};

const KnownExtension* FindKnown(std::string_view id) {
  for (const KnownExtension& known : kKnownExtensions) {
    if (known.id == id) return &known;
  }
  return nullptr;
}

bool ReadExtension(const ExtensionView& extension, Certificate& out) {
  const KnownExtension* const known = FindKnown(extension.id);
  if (extension.critical && (known == nullptr || !known->may_be_critical)) {
    out.has_unhandled_critical_extension = true;
  }
  return known == nullptr || known->read(extension.value, out);
}

bool ReadExtensions(DerReader wrapped, Certificate& out) {
  DerReader list;
  return wrapped.ReadOnly(DerTag::kSequence, list) &&
         ReadExtensionList(list, [&out](const ExtensionView& extension) {
           return ReadExtension(extension, out);
         });
}

bool ReadVersion(DerReader& fields, uint64_t& version) {
  version = 0;
  if (!fields.NextIs(ConstructedContextTag(0))) return true;
  DerReader wrapped;
  return fields.Read(ConstructedContextTag(0), wrapped) &&
         wrapped.ReadUnsigned(DerTag::kInteger, version) && wrapped.empty() &&
         version >= 1 && version <= kVersion3;
}

// One of 20 octets may have a zero before them, which keeps it positive.
bool IsSerial(std::string_view serial) {
  if (!IsMinimalInteger(serial) || (serial.front() & 0x80) != 0) return false;
  if (serial.front() == 0) serial.remove_prefix(1);
  return !serial.empty() && serial.size() <= kSerialBytesMax;
}

bool ReadValidity(DerReader& fields, Certificate& out) {
  DerReader validity;
  return fields.Read(DerTag::kSequence, validity) &&
         validity.ReadTime(out.not_before) &&
         validity.ReadTime(out.not_after) && validity.empty();
}

bool ReadName(DerReader& fields, DistinguishedName& out) {
  std::string_view element;
  if (!fields.ReadElement(DerTag::kSequence, element)) return false;
  auto name = DistinguishedName::Parse(element);
  if (!name.has_value()) return false;
  out = *std::move(name);
  return true;
}

// Passes over the unique identifiers, which nobody uses any more: BIT STRINGs,
// the first octet of which counts unused bits. Version 1 has none.
bool SkipUniqueIds(DerReader& fields, uint64_t version) {
  for (const uint8_t number : {1, 2}) {
    if (!fields.NextIs(ContextTag(number))) continue;
    std::string_view bits;
    if (version == 0 || !fields.Read(ContextTag(number), bits) ||
        bits.empty() || bits.front() < 0 || bits.front() > 7 ||
        (bits.size() == 1 && bits.front() != 0)) {
      return false;
    }
  }
  return true;
}

bool ReadPublicKey(DerReader& fields, Certificate& out) {
  std::string_view element;
  if (!fields.ReadElement(DerTag::kSequence, element)) return false;
  auto key = CertificateKey::Parse(element);
  if (!key.has_value()) return false;
  out.key = *std::move(key);
  out.public_key_digest = Sha256(element);
  return true;
}

// Reads Certificate (section 4.1.1) but for what is signed, which it returns.
absl::StatusOr<std::string_view> ReadEnvelope(Certificate& out,
                                              std::string_view& algorithm) {
  DerReader reader(out.der);
  DerReader parts;
  if (!reader.ReadOnly(DerTag::kSequence, parts) ||
      !parts.ReadElement(DerTag::kSequence, out.signed_part) ||
      !parts.ReadElement(DerTag::kSequence, algorithm) ||
      !parts.ReadBitString(out.signature) || !parts.empty()) {
    return Malformed("not one of DER");
  }
  DerReader outer(out.signed_part);
  std::string_view fields;
  if (!outer.Read(DerTag::kSequence, fields)) return Malformed("not one");
  return fields;
}

// Reads TBSCertificate (section 4.1.2).
absl::Status ReadFields(DerReader fields, std::string_view signed_with,
                        Certificate& out) {
  uint64_t version = 0;
  std::string_view algorithm;
  if (!ReadVersion(fields, version)) return Malformed("unknown version");
  if (!fields.Read(DerTag::kInteger, out.serial) || !IsSerial(out.serial)) {
    return Malformed("the serial number is not 1 to 20 positive octets");
  }
  if (!fields.ReadElement(DerTag::kSequence, algorithm) ||
      algorithm != signed_with) {
    return Malformed("its two signature algorithms differ");
  }
  out.signature_scheme = SignatureSchemeOf(algorithm);
  if (!ReadName(fields, out.issuer) || out.issuer.empty()) {
    return Malformed("the issuer's name is malformed or empty");
  }
  if (!ReadValidity(fields, out)) return Malformed("malformed validity");
  if (!ReadName(fields, out.subject)) {
    return Malformed("the subject's name is malformed");
  }
  if (!ReadPublicKey(fields, out)) {
    return Malformed("the public key is not understood");
  }
  if (!SkipUniqueIds(fields, version))
    return Malformed("malformed unique identifier");
  if (fields.empty()) return absl::OkStatus();
  DerReader extensions;
  if (version != kVersion3 ||
      !fields.Read(ConstructedContextTag(3), extensions) || !fields.empty()) {
    return Malformed("something follows the public key");
  }
  return ReadExtensions(extensions, out)
             ? absl::OkStatus()
             : Malformed("an extension is malformed, or there twice");
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Certificate>> Certificate::Parse(
    std::string_view der) {
  if (der.size() > limits::kCertificateBytesMax) {
    return Malformed("longer than is read");
  }
  const auto certificate = std::make_shared<Certificate>();
  certificate->der = std::string(der);
  std::string_view algorithm;
  const auto fields = ReadEnvelope(*certificate, algorithm);
  if (!fields.ok()) return fields.status();
  const absl::Status status =
      ReadFields(DerReader(*fields), algorithm, *certificate);
  if (!status.ok()) return status;
  certificate->digest = Sha256(certificate->der);
  return std::shared_ptr<const Certificate>(certificate);
}

}  // namespace tollgate
