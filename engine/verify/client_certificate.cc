#include "engine/verify/client_certificate.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "engine/base/limits.h"

namespace tollgate {
namespace {

PathIdentity BasisOf(const ClientIdentity& identity) {
  return identity.outcome == ClientIdentity::Outcome::kFound &&
                 identity.source == IdentitySource::kCn
             ? PathIdentity::kCommonName
             : PathIdentity::kAlternativeName;
}

}  // namespace

Reason ReasonOf(PathError error) {
  switch (error) {
    case PathError::kUnknownAnchor:
      return Reason::kUnknownAnchor;
    case PathError::kNone:
      return Reason::kOk;
    case PathError::kBadSignature:
      return Reason::kBadSignature;
    case PathError::kExpired:
      return Reason::kCertificateExpired;
    case PathError::kNotYetValid:
      return Reason::kCertificateNotYetValid;
    case PathError::kWrongUsage:
      return Reason::kWrongUsage;
    case PathError::kNotAnAuthority:
      return Reason::kNotAnAuthority;
    case PathError::kPathTooLong:
      return Reason::kPathTooLong;
    case PathError::kNameNotPermitted:
      return Reason::kNameNotPermitted;
    case PathError::kPolicy:
      return Reason::kCertificatePolicy;
    case PathError::kCriticalExtension:
      return Reason::kCriticalExtension;
    case PathError::kWeak:
      return Reason::kWeakCertificate;
    case PathError::kRevoked:
      return Reason::kCertificateRevoked;
    case PathError::kRevocationUnknown:
      return Reason::kRevocationUnknown;
    case PathError::kTooMuchWork:
      return Reason::kTooMuchWork;
  }
  return Reason::kUnknownAnchor;
}

CertificateVerifier::CertificateVerifier(
    std::unique_ptr<const PathValidator> general,
    std::vector<TrustBundle> bundles, std::vector<IdentitySource> sources)
    : general_(std::move(general)),
      bundles_(std::move(bundles)),
      sources_(std::move(sources)) {}

const PathValidator* CertificateVerifier::ValidatorOf(
    std::string_view trust_domain) const {
  if (trust_domain.empty() || bundles_.empty()) return general_.get();
  for (const TrustBundle& bundle : bundles_) {
    if (bundle.trust_domain == trust_domain) return bundle.validator.get();
  }
  return nullptr;
}

absl::StatusOr<CertificatePtr> CertificateVerifier::ParseAuthority(
    const std::string& der) const {
  const Sha256Digest digest = Sha256(der);
  {
    absl::ReaderMutexLock lock(&mutex_);
    const auto known = authorities_.find(digest);
    if (known != authorities_.end()) return known->second;
  }
  return Certificate::Parse(der);
}

// Of a valid path: whoever adds to it is an authority, or its client.
void CertificateVerifier::RememberAuthorities(
    absl::Span<const CertificatePtr> path) const {
  absl::MutexLock lock(&mutex_);
  for (const CertificatePtr& authority : path) {
    if (authorities_.size() == limits::kAuthoritiesKnownMax) return;
    authorities_.emplace(authority->digest, authority);
  }
}

// A trust domain's anchors vouch for its SPIFFE IDs, and for no other name.
ClientIdentity CertificateVerifier::SpiffeIdentityOf(
    const Certificate& end_entity) const {
  const bool asked = absl::c_linear_search(sources_, IdentitySource::kUriSan);
  return asked ? IdentityOf(end_entity, {IdentitySource::kUriSan})
               : IdentityOf(end_entity, {});
}

Reason CertificateVerifier::Verify(absl::Span<const std::string> chain,
                                   UnixSeconds now,
                                   VerifiedCertificate& out) const {
  std::vector<CertificatePtr> certificates;
  for (const std::string& der : chain) {
    auto certificate =
        certificates.empty() ? Certificate::Parse(der) : ParseAuthority(der);
    if (!certificate.ok()) return Reason::kMalformedCredential;
    certificates.push_back(*std::move(certificate));
  }
  if (certificates.empty()) return Reason::kMalformedCredential;
  const Certificate& end_entity = *certificates.front();
  ClientIdentity identity = IdentityOf(end_entity, sources_);
  const PathValidator* const validator = ValidatorOf(identity.trust_domain);
  if (validator == nullptr) return Reason::kUnknownAnchor;
  if (validator != general_.get()) identity = SpiffeIdentityOf(end_entity);
  const PathResult path =
      validator->Validate(certificates, now, BasisOf(identity));
  if (path.error != PathError::kNone) return ReasonOf(path.error);
  RememberAuthorities(absl::MakeSpan(path.path).subspan(1));
  if (identity.outcome == ClientIdentity::Outcome::kRefused) {
    return Reason::kIdentityNotAccepted;
  }
  out.identity = std::string(identity.name);
  out.public_key_digest = end_entity.public_key_digest;
  out.good_until = path.good_until;
  return Reason::kOk;
}

}  // namespace tollgate
