#include "tools/mint/certificate_mint.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tools/mint/der_text.h"

namespace tollgate::mint {
namespace {

constexpr uint8_t kSequence = 0x30;
constexpr uint8_t kSet = 0x31;

std::string ExtensionDer(const Extension& extension) {
  return Der(kSequence, DerOid(extension.oid) +
                            (extension.critical ? DerBoolean(true) : "") +
                            Der(0x04, extension.value));
}

std::string ExtensionsDer(const std::vector<Extension>& extensions) {
  std::string list;
  for (const Extension& extension : extensions) list += ExtensionDer(extension);
  return Der(kSequence, list);
}

// Signs what is to be signed and puts the three parts together.
std::string Signed(const std::string& to_be_signed, std::string_view algorithm,
                   std::string signature) {
  return Der(kSequence,
             absl::StrCat(to_be_signed, algorithm, DerBits(signature)));
}

std::string Subtrees(uint8_t tag, const std::vector<std::string>& bases) {
  std::string list;
  for (const std::string& base : bases) list += Der(kSequence, base);
  return bases.empty() ? "" : Der(tag, list);
}

std::string Joined(const std::vector<std::string>& parts) {
  std::string joined;
  for (const std::string& part : parts) joined += part;
  return joined;
}

}  // namespace

std::string Name(std::string_view common_name) {
  if (common_name.empty()) return NameOf({});
  return NameOf({{kCommonName, common_name}});
}

std::string NameOf(const std::vector<Attribute>& attributes) {
  std::string sets;
  for (const auto& [oid, value, tag] : attributes) {
    sets += Der(kSet, Der(kSequence, DerOid(oid) + Der(tag, value)));
  }
  return Der(kSequence, sets);
}

std::string MintCertificate(const CertificateSpec& spec,
                            std::string_view public_key,
                            const MintKey& issuer_key) {
  const Scheme scheme = spec.scheme.value_or(issuer_key.scheme());
  const auto time = spec.generalized_times ? DerGeneralizedTime : DerTime;
  std::string fields;
  if (spec.version != 1) {
    fields += Der(0xa0, DerNumber(static_cast<uint64_t>(spec.version - 1)));
  }
  absl::StrAppend(&fields, DerInteger(spec.serial), AlgorithmIdentifier(scheme),
                  spec.issuer,
                  Der(kSequence, time(spec.not_before) + time(spec.not_after)),
                  spec.subject, public_key, spec.unique_ids);
  if (!spec.extensions.empty()) {
    fields += Der(0xa3, ExtensionsDer(spec.extensions));
  }
  const std::string to_be_signed = Der(kSequence, fields);
  std::string signature = issuer_key.Sign(scheme, to_be_signed);
  if (spec.twin_signature) signature = EcdsaTwin(signature);
  if (spec.corrupt_signature) signature[signature.size() / 2] ^= 1;
  return Signed(to_be_signed,
                AlgorithmIdentifier(spec.outer_scheme.value_or(scheme)),
                std::move(signature));
}

Extension BasicConstraints(bool ca, std::optional<uint64_t> path_length) {
  return {"2.5.29.19", true,
          Der(kSequence,
              (ca ? DerBoolean(true) : "") +
                  (path_length.has_value() ? DerNumber(*path_length) : ""))};
}

Extension KeyUsage(uint16_t bits) {
  return {"2.5.29.15", true, DerNamedBits(bits)};
}

Extension ExtendedKeyUsage(const std::vector<std::string_view>& oids) {
  std::string list;
  for (const std::string_view oid : oids) list += DerOid(oid);
  return {"2.5.29.37", false, Der(kSequence, list)};
}

Extension SubjectKeyId(std::string_view id) {
  return {"2.5.29.14", false, Der(0x04, id)};
}

Extension AuthorityKeyId(std::string_view id) {
  return {"2.5.29.35", false, Der(kSequence, Der(0x80, id))};
}

Extension Unknown(bool critical) {
  return {"1.3.6.1.4.1.55555.1", critical, Der(0x04, "?")};
}

std::string Uri(std::string_view text) { return Der(0x86, text); }
std::string Dns(std::string_view text) { return Der(0x82, text); }
std::string Email(std::string_view text) { return Der(0x81, text); }
std::string Ip(std::string_view octets) { return Der(0x87, octets); }
std::string Directory(std::string_view name) { return Der(0xa4, name); }
std::string OtherName() {
  return Der(0xa0, DerOid("1.3.6.1.4.1.55555.2") + Der(0xa0, Der(0x0c, "x")));
}

Extension SubjectAltName(const std::vector<std::string>& names) {
  return {"2.5.29.17", false, Der(kSequence, Joined(names))};
}

Extension NameConstraints(const std::vector<std::string>& permitted,
                          const std::vector<std::string>& excluded) {
  return {"2.5.29.30", true,
          Der(kSequence, Subtrees(0xa0, permitted) + Subtrees(0xa1, excluded))};
}

Extension Policies(const std::vector<std::string_view>& oids) {
  std::string list;
  for (const std::string_view oid : oids) list += Der(kSequence, DerOid(oid));
  return {"2.5.29.32", false, Der(kSequence, list)};
}

Extension PolicyConstraints(uint64_t require_explicit) {
  std::string number = DerNumber(require_explicit);
  number[0] = '\x80';
  return {"2.5.29.36", true, Der(kSequence, number)};
}

Extension CrlDistributionPoint(std::string_view uri, std::string_view beside) {
  const std::string name = Der(0xa0, Der(0xa0, Uri(uri)));
  return {"2.5.29.31", false,
          Der(kSequence, Der(kSequence, absl::StrCat(name, beside)))};
}

std::string MintCrl(const CrlSpec& spec, const MintKey& issuer_key) {
  const Scheme scheme = spec.scheme.value_or(issuer_key.scheme());
  std::string list;
  for (const RevokedSpec& revoked : spec.revoked) {
    list += Der(kSequence, DerInteger(revoked.serial) + DerTime(revoked.date) +
                               (revoked.extensions.empty()
                                    ? ""
                                    : ExtensionsDer(revoked.extensions)));
  }
  std::string fields = absl::StrCat(
      spec.version == 1 ? ""
                        : DerNumber(static_cast<uint64_t>(spec.version - 1)),
      AlgorithmIdentifier(scheme), spec.issuer, DerTime(spec.this_update));
  if (spec.next_update.has_value()) fields += DerTime(*spec.next_update);
  if (!list.empty()) fields += Der(kSequence, list);
  if (!spec.extensions.empty()) {
    fields += Der(0xa0, ExtensionsDer(spec.extensions));
  }
  const std::string to_be_signed = Der(kSequence, fields);
  std::string signature = issuer_key.Sign(scheme, to_be_signed);
  if (spec.corrupt_signature) signature[signature.size() / 2] ^= 1;
  return Signed(to_be_signed,
                AlgorithmIdentifier(spec.outer_scheme.value_or(scheme)),
                std::move(signature));
}

Extension IssuingDistributionPoint(const PointSpec& spec) {
  std::string fields;
  const auto flag = [&fields](uint8_t tag, bool set) {
    if (set) fields += Der(tag, "\xff");
  };
  if (!spec.uri.empty()) fields += Der(0xa0, Der(0xa0, Uri(spec.uri)));
  flag(0x81, spec.end_entities_only);
  flag(0x82, spec.authorities_only);
  if (spec.some_reasons) fields += Der(0x83, "\x06\x40");
  flag(0x84, spec.indirect);
  return {"2.5.29.28", true, Der(kSequence, fields)};
}

Extension DeltaIndicator() { return {"2.5.29.27", true, DerNumber(1)}; }

Extension CrlNumber(uint64_t number) {
  return {"2.5.29.20", false, DerNumber(number)};
}

std::string Pem(std::string_view der, std::string_view label) {
  const std::string encoded = absl::Base64Escape(der);
  std::string text = absl::StrCat("-----BEGIN ", label, "-----\n");
  for (size_t i = 0; i < encoded.size(); i += 64) {
    absl::StrAppend(&text, encoded.substr(i, 64), "\n");
  }
  return absl::StrCat(text, "-----END ", label, "-----\n");
}

}  // namespace tollgate::mint
