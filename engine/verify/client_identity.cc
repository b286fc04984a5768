#include "engine/verify/client_identity.h"

#include <cstddef>
#include <string>

#include "absl/algorithm/container.h"
#include "engine/base/limits.h"
#include "engine/crypto/absolute_uri.h"
#include "engine/crypto/internet_name.h"
#include "engine/unicode/hidden_text.h"
#include "engine/verify/spiffe_id.h"

namespace tollgate {
namespace {

using Outcome = ClientIdentity::Outcome;

// Returns the first name of `kind`; empty: there is none.
std::string_view FirstName(const Certificate& certificate,
                           GeneralNameKind kind) {
  for (const GeneralName& name : certificate.subject_alt_names) {
    if (name.kind == kind) return name.value;
  }
  return {};
}

size_t CountNames(const Certificate& certificate, GeneralNameKind kind) {
  return static_cast<size_t>(absl::c_count_if(
      certificate.subject_alt_names,
      [kind](const GeneralName& n) { return n.kind == kind; }));
}

bool HasSpiffeUri(const Certificate& certificate) {
  return absl::c_any_of(
      certificate.subject_alt_names, [](const GeneralName& name) {
        return name.kind == GeneralNameKind::kUri && IsSpiffeUri(name.value);
      });
}

// Section 4 of X509-SVID: what the key of a leaf is for.
bool IsLeafSvid(const Certificate& certificate) {
  constexpr uint16_t kOfAuthorities = kKeyCertSign | kCrlSign;
  return !certificate.authority() && certificate.key_usage.has_value() &&
         (*certificate.key_usage & kDigitalSignature) != 0 &&
         (*certificate.key_usage & kOfAuthorities) == 0;
}

// Returns the trust domain of a certificate with a SPIFFE URI; empty: refused.
std::string_view TrustDomainOf(const Certificate& certificate) {
  if (CountNames(certificate, GeneralNameKind::kUri) != 1) return {};
  const auto id = ParseSpiffeId(FirstName(certificate, GeneralNameKind::kUri));
  const bool good = id.has_value() && id->has_path() && IsLeafSvid(certificate);
  return good ? id->trust_domain : std::string_view();
}

ClientIdentity Found(std::string_view name) {
  if (name.empty()) return {Outcome::kAbsent, {}, {}};
  if (name.size() > limits::kPrincipalBytesMax) return {};
  return {Outcome::kFound, name, {}};
}

// Takes the first name of `kind`, which must be what the kind says.
ClientIdentity FromNames(const Certificate& certificate, GeneralNameKind kind,
                         bool (*is_proper)(std::string_view)) {
  const std::string_view name = FirstName(certificate, kind);
  if (!name.empty() && !is_proper(name)) return {};
  return Found(name);
}

bool IsMailbox(std::string_view text) { return ParseMailbox(text).has_value(); }

ClientIdentity FromCommonName(const Certificate& certificate) {
  const auto& names = certificate.subject.common_names();
  if (names.empty()) return Found({});
  const std::string& name = names.front();
  if (names.size() > 1 || HasHiddenText(name, TextLines::kOne, {}) ||
      HasEdgeSpace(name) || IsSpiffeUri(name)) {
    return {};
  }
  return Found(name);
}

ClientIdentity From(const Certificate& certificate, IdentitySource source) {
  switch (source) {
    case IdentitySource::kUriSan:
      return FromNames(certificate, GeneralNameKind::kUri, IsAbsoluteUri);
    case IdentitySource::kDnsSan:
      return FromNames(certificate, GeneralNameKind::kDns, IsHostName);
    case IdentitySource::kEmailSan:
      return FromNames(certificate, GeneralNameKind::kEmail, IsMailbox);
    case IdentitySource::kCn:
      return FromCommonName(certificate);
  }
  return {};
}

}  // namespace

ClientIdentity IdentityOf(const Certificate& certificate,
                          absl::Span<const IdentitySource> sources) {
  std::string_view trust_domain;
  if (HasSpiffeUri(certificate)) {
    trust_domain = TrustDomainOf(certificate);
    if (trust_domain.empty()) return {};
  }
  ClientIdentity identity = Found({});
  for (const IdentitySource source : sources) {
    identity = From(certificate, source);
    identity.source = source;
    if (identity.outcome != Outcome::kAbsent) break;
  }
  identity.trust_domain = trust_domain;
  return identity;
}

}  // namespace tollgate
