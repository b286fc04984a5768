#include "engine/crypto/crl.h"

#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/base/limits.h"
#include "engine/crypto/der.h"
#include "engine/crypto/extension_list.h"

namespace tollgate {
namespace {

// Of extensions, in the arc 2.5.29 (RFC 5280 sections 5.2 and 5.3).
constexpr std::string_view kIssuingDistributionPoint = "\x55\x1d\x1c";
constexpr std::string_view kDeltaIndicator = "\x55\x1d\x1b";
constexpr std::string_view kAuthorityKeyId = "\x55\x1d\x23";

constexpr uint64_t kVersion2 = 1;

absl::Status Malformed(std::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("certificate revocation list: ", what));
}

// Reads [number] BOOLEAN DEFAULT FALSE.
bool ReadFlag(DerReader& fields, uint8_t number, bool& flag) {
  if (!fields.NextIs(ContextTag(number))) return true;
  std::string_view contents;
  if (!fields.Read(ContextTag(number), contents)) return false;
  flag = contents == "\xff";
  return flag || contents == std::string_view("\0", 1);
}

bool ReadPointName(DerReader& fields, Crl& out) {
  if (!fields.NextIs(ConstructedContextTag(0))) return true;
  DerReader name, full;
  if (!fields.Read(ConstructedContextTag(0), name)) return false;
  if (!name.NextIs(ConstructedContextTag(0))) {
    out.usable = false;  // a name relative to the issuer
    return true;
  }
  return name.Read(ConstructedContextTag(0), full) && name.empty() &&
         ReadGeneralNames(full, out.names);
}

bool ReadDistributionPoint(DerReader value, Crl& out) {
  DerReader fields;
  if (!value.ReadOnly(DerTag::kSequence, fields)) return false;
  bool indirect = false, attributes = false;
  std::string_view reasons;
  if (!ReadPointName(fields, out) ||
      !ReadFlag(fields, 1, out.end_entities_only) ||
      !ReadFlag(fields, 2, out.authorities_only)) {
    return false;
  }
  const bool some_reasons = fields.NextIs(ContextTag(3));
  if (some_reasons && !fields.Read(ContextTag(3), reasons)) return false;
  if (!ReadFlag(fields, 4, indirect) || !ReadFlag(fields, 5, attributes)) {
    return false;
  }
  if (some_reasons || indirect || attributes) out.usable = false;
  return fields.empty();
}

bool ReadAuthorityKeyId(DerReader value, Crl& out) {
  DerReader fields;
  if (!value.ReadOnly(DerTag::kSequence, fields)) return false;
  return !fields.NextIs(ContextTag(0)) ||
         fields.Read(ContextTag(0), out.authority_key_id);
}

bool ReadExtension(const ExtensionView& extension, Crl& out) {
  if (extension.id == kIssuingDistributionPoint) {
    return ReadDistributionPoint(extension.value, out);
  }
  if (extension.id == kAuthorityKeyId &&
      !ReadAuthorityKeyId(extension.value, out)) {
    return false;
  }
  if (extension.critical || extension.id == kDeltaIndicator) {
    out.usable = false;
  }
  return true;
}

// Reads one revoked certificate. Why and since when it is revoked does not
// matter; a critical extension might say that it is another issuer's.
bool ReadEntry(DerReader& list, Crl& out) {
  DerReader entry, extensions;
  std::string_view serial;
  UnixSeconds since;
  if (!list.Read(DerTag::kSequence, entry) ||
      !entry.Read(DerTag::kInteger, serial) || !IsMinimalInteger(serial) ||
      !entry.ReadTime(since)) {
    return false;
  }
  out.serials.push_back(serial);
  if (entry.empty()) return true;
  return entry.ReadOnly(DerTag::kSequence, extensions) &&
         ReadExtensionList(extensions, [&out](const ExtensionView& extension) {
           if (extension.critical) out.usable = false;
           return true;
         });
}

bool ReadEntries(DerReader& fields, Crl& out) {
  if (!fields.NextIs(DerTag::kSequence)) return true;  // none
  DerReader list;
  if (!fields.Read(DerTag::kSequence, list)) return false;
  while (!list.empty()) {
    if (!ReadEntry(list, out)) return false;
  }
  std::sort(out.serials.begin(), out.serials.end());
  return true;
}

bool ReadExtensions(DerReader& fields, Crl& out) {
  if (fields.empty()) return true;
  DerReader wrapped, list;
  return fields.Read(ConstructedContextTag(0), wrapped) &&
         wrapped.ReadOnly(DerTag::kSequence, list) &&
         ReadExtensionList(list, [&out](const ExtensionView& extension) {
           return ReadExtension(extension, out);
         });
}

bool ReadIssuer(DerReader& fields, Crl& out) {
  std::string_view element;
  if (!fields.ReadElement(DerTag::kSequence, element)) return false;
  auto name = DistinguishedName::Parse(element);
  if (!name.has_value() || name->empty()) return false;
  out.issuer = *std::move(name);
  return true;
}

bool ReadTimes(DerReader& fields, Crl& out) {
  if (!fields.ReadTime(out.this_update)) return false;
  if (!fields.NextIs(DerTag::kUtcTime) &&
      !fields.NextIs(DerTag::kGeneralizedTime)) {
    return true;
  }
  return fields.ReadTime(out.next_update.emplace());
}

// Reads TBSCertList (section 5.1.2).
bool ReadFields(DerReader fields, std::string_view signed_with, Crl& out) {
  uint64_t version = 0;  // 1: without extensions
  if (fields.NextIs(DerTag::kInteger) &&
      (!fields.ReadUnsigned(DerTag::kInteger, version) ||
       version != kVersion2)) {
    return false;
  }
  std::string_view algorithm;
  if (!fields.ReadElement(DerTag::kSequence, algorithm) ||
      algorithm != signed_with) {
    return false;
  }
  out.signature_scheme = SignatureSchemeOf(algorithm);
  return ReadIssuer(fields, out) && ReadTimes(fields, out) &&
         ReadEntries(fields, out) && (version == kVersion2 || fields.empty()) &&
         ReadExtensions(fields, out) && fields.empty();
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Crl>> Crl::Parse(std::string_view der) {
  if (der.size() > limits::kCrlBytesMax)
    return Malformed("longer than is read");
  const auto crl = std::make_shared<Crl>();
  crl->der = std::string(der);
  DerReader reader(crl->der);
  DerReader parts, fields;
  std::string_view algorithm;
  if (!reader.ReadOnly(DerTag::kSequence, parts) ||
      !parts.ReadElement(DerTag::kSequence, crl->signed_part) ||
      !parts.ReadElement(DerTag::kSequence, algorithm) ||
      !parts.ReadBitString(crl->signature) || !parts.empty()) {
    return Malformed("not one of DER");
  }
  DerReader outer(crl->signed_part);
  if (!outer.Read(DerTag::kSequence, fields) ||
      !ReadFields(fields, algorithm, *crl)) {
    return Malformed("malformed");
  }
  crl->digest = Sha256(crl->der);
  return std::shared_ptr<const Crl>(crl);
}

bool Crl::Covers(const Certificate& certificate) const {
  if (!usable) return false;
  if (certificate.authority() ? end_entities_only : authorities_only)
    return false;
  return names.empty() || absl::c_any_of(names, [&](const GeneralName& name) {
           return absl::c_linear_search(certificate.crl_names, name);
         });
}

bool Crl::Lists(std::string_view serial) const {
  return std::binary_search(serials.begin(), serials.end(), serial);
}

}  // namespace tollgate
