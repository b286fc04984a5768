#include "engine/crypto/certification_path.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

#include "absl/algorithm/container.h"
#include "engine/base/limits.h"
#include "engine/crypto/certificate_policies.h"
#include "engine/crypto/constrained_names.h"
#include "engine/crypto/general_name.h"
#include "engine/crypto/name_constraints.h"

namespace tollgate {
namespace {

// Whether `issuer` is the certificate that `subject` says its issuer has.
bool FitsKeyId(const Certificate& issuer, const AuthorityKeyId& id) {
  if (!id.key_id.empty() && !issuer.subject_key_id.empty() &&
      id.key_id != issuer.subject_key_id) {
    return false;
  }
  return id.issuer.empty() ||
         (id.serial == issuer.serial &&
          absl::c_any_of(id.issuer, [&](const GeneralName& name) {
            return name.kind == GeneralNameKind::kDirectory &&
                   name.directory == issuer.issuer;
          }));
}

// Whether by its names `issuer` can have issued `subject`.
bool Chains(const Certificate& issuer, const Certificate& subject) {
  return issuer.subject == subject.issuer &&
         FitsKeyId(issuer, subject.authority_key_id);
}

// Whether an anchor may issue. One without basic constraints is an authority
// because it was configured; what it says of itself counts, also about who
// issued it when that is itself.
bool MayAnchor(const Certificate& anchor) {
  return (anchor.authority() || !anchor.basic_constraints.has_value()) &&
         anchor.usable_for(kKeyCertSign) &&
         (!anchor.self_issued() || FitsKeyId(anchor, anchor.authority_key_id));
}

bool IsSame(const Certificate& a, const Certificate& b) {
  return a.digest == b.digest;
}

PathError CheckTimes(const Certificate& certificate, UnixSeconds now) {
  if (now < certificate.not_before) return PathError::kNotYetValid;
  if (now > certificate.not_after) return PathError::kExpired;
  return PathError::kNone;
}

bool HasPurpose(const ExtendedKeyUsage& usage, PathPurpose purpose) {
  switch (purpose) {
    case PathPurpose::kClient:
      return usage.client;
    case PathPurpose::kServer:
      return usage.server;
    case PathPurpose::kAny:
      return true;
  }
  return false;
}

// Section 4.2.1.12. An authority may have the use of any purpose; an end entity
// must name its own.
PathError CheckExtendedUsage(const Certificate& certificate, bool end_entity,
                             const PathOptions& options) {
  if (!certificate.extended_key_usage.has_value()) {
    const bool needed = end_entity && options.extended_key_usage_required &&
                        options.purpose != PathPurpose::kAny;
    return needed ? PathError::kWrongUsage : PathError::kNone;
  }
  const ExtendedKeyUsage& usage = *certificate.extended_key_usage;
  const bool good =
      HasPurpose(usage, options.purpose) || (!end_entity && usage.any);
  return good ? PathError::kNone : PathError::kWrongUsage;
}

// What the key of an end entity does in a handshake (RFC 8446 section 4.4.2.2,
// RFC 5246 section 7.4.6): a client signs; a server of old may decrypt.
PathError CheckKeyUsage(const Certificate& certificate, PathPurpose purpose) {
  constexpr auto kClientBits = KeyUsageBit(kDigitalSignature | kKeyAgreement);
  constexpr auto kServerBits = KeyUsageBit(kClientBits | kKeyEncipherment);
  switch (purpose) {
    case PathPurpose::kClient:
      return certificate.usable_for(kClientBits) ? PathError::kNone
                                                 : PathError::kWrongUsage;
    case PathPurpose::kServer:
      return certificate.usable_for(kServerBits) ? PathError::kNone
                                                 : PathError::kWrongUsage;
    case PathPurpose::kAny:
      return PathError::kNone;
  }
  return PathError::kWrongUsage;
}

// Section 6.1.4 (k) and (n).
PathError CheckAuthority(const Certificate& certificate) {
  const bool good = certificate.authority() &&
                    certificate.usable_for(kKeyCertSign) &&
                    !certificate.subject.empty();
  return good ? PathError::kNone : PathError::kNotAnAuthority;
}

// A signature, and what it is of.
struct Signed {
  SignatureScheme scheme;
  std::string_view message;
  std::string_view signature;
};

}  // namespace

// One search: depth first, anchors before intermediates, within the budgets.
class PathSearch {
 public:
  PathSearch(const PathValidator& validator,
             absl::Span<const CertificatePtr> chain, UnixSeconds now,
             PathIdentity identity)
      : validator_(validator), chain_(chain), now_(now), identity_(identity) {}

  PathResult Run() {
    PathResult result;
    path_.push_back(chain_.front());
    if (Extend()) {
      result.error = PathError::kNone;
      result.good_until = good_until_;
      result.path = std::move(path_);
    } else {
      result.error = first_error_;
    }
    return result;
  }

 private:
  // Tries to make a valid path of what path_ begins with; false: it is as it
  // was.
  bool Extend() {
    if (path_.size() == limits::kPathCertificatesMax) return false;
    for (const CertificatePtr& anchor : validator_.anchors_) {
      if (!Chains(*anchor, *path_.back()) || InPath(*anchor)) continue;
      if (TryPath(anchor)) return true;
    }
    for (const CertificatePtr& issuer : chain_.subspan(1)) {
      if (!Chains(*issuer, *path_.back()) || InPath(*issuer)) continue;
      if (++steps_ > limits::kPathStepsMax) {
        Note(PathError::kTooMuchWork);
        return false;
      }
      path_.push_back(issuer);
      if (Extend()) return true;
      path_.pop_back();
    }
    return false;
  }

  // Whether the path has the certificate, or another of the same name and key:
  // a path that comes back gains nothing.
  bool InPath(const Certificate& certificate) const {
    return absl::c_any_of(path_, [&](const CertificatePtr& other) {
      return IsSame(*other, certificate) ||
             (other->subject == certificate.subject &&
              other->public_key_digest == certificate.public_key_digest);
    });
  }

  bool TryPath(const CertificatePtr& anchor) {
    const PathError error = ++paths_tried_ > limits::kPathsTriedMax
                                ? PathError::kTooMuchWork
                                : CheckTo(anchor);
    Note(error);
    return error == PathError::kNone;
  }

  // The first error stays; that no anchor was reached is none.
  void Note(PathError error) {
    if (first_error_ == PathError::kUnknownAnchor) first_error_ = error;
  }

  PathError CheckTo(const CertificatePtr& anchor) {
    path_.push_back(anchor);
    const PathError error = CheckPath();
    if (error != PathError::kNone) path_.pop_back();
    return error;
  }

  // What is cheap comes before what takes a signature; what may not be, after:
  // then whoever made it cost that is an authority.
  PathError CheckPath() {
    good_until_.value = std::numeric_limits<int64_t>::max();
    for (const auto check :
         {&PathSearch::CheckEach, &PathSearch::CheckLengths,
          &PathSearch::CheckSignatures, &PathSearch::CheckNames,
          &PathSearch::CheckPolicies, &PathSearch::CheckRevocation}) {
      const PathError error = (this->*check)();
      if (error != PathError::kNone) return error;
    }
    return PathError::kNone;
  }

  // What a certificate says of itself.
  PathError CheckEach() {
    for (size_t i = 0; i < path_.size(); ++i) {
      const PathError error = CheckOne(*path_[i], i);
      if (error != PathError::kNone) return error;
    }
    return PathError::kNone;
  }

  PathError CheckOne(const Certificate& certificate, size_t depth) {
    const bool anchor = depth + 1 == path_.size();
    PathError error = CheckTimes(certificate, now_);
    if (error != PathError::kNone) return error;
    EndAt({certificate.not_after.value + 1});
    if (certificate.has_unhandled_critical_extension) {
      return PathError::kCriticalExtension;
    }
    if (!certificate.key.strong()) return PathError::kWeak;
    if (anchor) {
      return MayAnchor(certificate) ? PathError::kNone
                                    : PathError::kNotAnAuthority;
    }
    if (certificate.signature_scheme == SignatureScheme::kUnknown) {
      return PathError::kWeak;
    }
    error = CheckExtendedUsage(certificate, depth == 0, validator_.options_);
    if (error != PathError::kNone) return error;
    return depth == 0 ? CheckKeyUsage(certificate, validator_.options_.purpose)
                      : CheckAuthority(certificate);
  }

  // Section 6.1.4 (l) and (m): how many intermediates that are not self-issued
  // stand between an authority and the end entity.
  PathError CheckLengths() {
    size_t between = 0;
    for (size_t i = 1; i < path_.size(); ++i) {
      const auto& constraints = path_[i]->basic_constraints;
      if (constraints.has_value() && constraints->path_length.has_value() &&
          between > *constraints->path_length) {
        return PathError::kPathTooLong;
      }
      if (!path_[i]->self_issued()) ++between;
    }
    return PathError::kNone;
  }

  // Section 6.1.3 (b) and (c): the names of every certificate, but of
  // self-issued intermediates, against the constraints of all above.
  PathError CheckNames() {
    for (size_t i = 0; i + 1 < path_.size(); ++i) {
      if (i > 0 && path_[i]->self_issued()) continue;
      const PathError error = CheckNamesOf(i);
      if (error != PathError::kNone) return error;
    }
    return PathError::kNone;
  }

  PathError CheckNamesOf(size_t depth) {
    const auto above = absl::MakeSpan(path_).subspan(depth + 1);
    const bool constrained =
        absl::c_any_of(above, [](const CertificatePtr& issuer) {
          return issuer->name_constraints.has_value();
        });
    if (!constrained) return PathError::kNone;
    std::vector<GeneralName> names = ConstrainedNamesOf(*path_[depth]);
    if (depth == 0) AddIdentifyingNames(names);
    for (const CertificatePtr& issuer : above) {
      if (!issuer->name_constraints.has_value()) continue;
      const PathError error = CheckPermitted(names, *issuer->name_constraints);
      if (error != PathError::kNone) return error;
    }
    return PathError::kNone;
  }

  void AddIdentifyingNames(std::vector<GeneralName>& names) const {
    switch (identity_) {
      case PathIdentity::kAlternativeName:
        return AddCommonHosts(*path_.front(), names);
      case PathIdentity::kCommonName:
        return AddCommonNames(*path_.front(), names);
    }
  }

  PathError CheckPermitted(const std::vector<GeneralName>& names,
                           const NameConstraints& constraints) {
    for (const GeneralName& name : names)
      name_work_ += constraints.WorkOf(name);
    if (name_work_ > limits::kPathNameWorkMax) return PathError::kTooMuchWork;
    const bool good = absl::c_all_of(names, [&](const GeneralName& name) {
      return constraints.Permit(name);
    });
    return good ? PathError::kNone : PathError::kNameNotPermitted;
  }

  PathError CheckPolicies() {
    PolicyProcessor processor(path_.size() - 1);
    for (size_t i = path_.size() - 1; i-- > 0;) {
      if (!processor.Take(
              {path_[i]->policies, path_[i]->self_issued(), i == 0})) {
        return PathError::kPolicy;
      }
    }
    return PathError::kNone;
  }

  // From the anchor down, so that a forged certificate costs one signature.
  PathError CheckSignatures() {
    for (size_t i = path_.size() - 1; i-- > 0;) {
      const PathError error = CheckSignature(path_[i], path_[i + 1]);
      if (error != PathError::kNone) return error;
    }
    return PathError::kNone;
  }

  PathError CheckSignature(const CertificatePtr& subject,
                           const CertificatePtr& issuer) {
    for (const Checked& known : signatures_) {
      if (known.subject == subject.get() && known.issuer == issuer.get()) {
        return known.error;
      }
    }
    const PathError error = VerifyCertificate(*subject, *issuer);
    signatures_.push_back({subject.get(), issuer.get(), error});
    return error;
  }

  // End entities are many, and seen once: theirs are not remembered.
  PathError VerifyCertificate(const Certificate& subject,
                              const Certificate& issuer) {
    const Signed what = {subject.signature_scheme, subject.signed_part,
                         subject.signature};
    return subject.authority() ? VerifyOnce(issuer, what, subject.digest)
                               : Verify(issuer, what);
  }

  // `digest` is of all of what is signed, with its signature.
  PathError VerifyOnce(const Certificate& issuer, const Signed& what,
                       const Sha256Digest& digest) {
    const PathValidator::Signature signature = {digest,
                                                issuer.public_key_digest};
    if (validator_.IsKnown(signature)) return PathError::kNone;
    const PathError error = Verify(issuer, what);
    if (error == PathError::kNone) validator_.Remember(signature);
    return error;
  }

  PathError Verify(const Certificate& issuer, const Signed& what) {
    if (++signatures_checked_ > limits::kPathSignaturesMax) {
      return PathError::kTooMuchWork;
    }
    return issuer.key.Verify(what.scheme, what.message, what.signature)
               ? PathError::kNone
               : PathError::kBadSignature;
  }

  PathError CheckRevocation() {
    if (validator_.crls_.empty()) return PathError::kNone;
    for (size_t i = 0; i + 1 < path_.size(); ++i) {
      const PathError error = CheckRevocationOf(i);
      if (error != PathError::kNone) return error;
    }
    return PathError::kNone;
  }

  // Whatever list in force names the certificate revokes it; one must cover it.
  // Named by a list of a kind that is not used, it may be revoked.
  PathError CheckRevocationOf(size_t depth) {
    const Certificate& certificate = *path_[depth];
    bool covered = false;
    for (const CrlPtr& crl : validator_.crls_) {
      const bool listed = crl->Lists(certificate.serial);
      if (!(crl->issuer == certificate.issuer) || !IsInForce(*crl) ||
          !(crl->usable ? crl->Covers(certificate) : listed)) {
        continue;
      }
      const PathError error = CheckSigned(*crl, depth);
      if (error == PathError::kTooMuchWork) return error;
      if (error != PathError::kNone) continue;
      if (!crl->usable) return PathError::kRevocationUnknown;
      if (listed) return PathError::kRevoked;
      if (!validator_.options_.stale_crls_accepted) EndAt(*crl->next_update);
      covered = true;
    }
    return covered ? PathError::kNone : PathError::kRevocationUnknown;
  }

  // A list without a next update may be of any age (section 5.1.2.5 wants one).
  bool IsInForce(const Crl& crl) const {
    if (now_ < crl.this_update) return false;
    return validator_.options_.stale_crls_accepted ||
           (crl.next_update.has_value() && now_ < *crl.next_update);
  }

  // Section 6.3.3 (f) and (g). The list's issuer is the certificate's, but its
  // key may be another one of the same authority, above in the path.
  PathError CheckSigned(const Crl& crl, size_t depth) {
    for (size_t above = depth + 1; above < path_.size(); ++above) {
      const Certificate& issuer = *path_[above];
      if (!(issuer.subject == crl.issuer) || !issuer.usable_for(kCrlSign)) {
        continue;
      }
      if (!crl.authority_key_id.empty() && !issuer.subject_key_id.empty() &&
          crl.authority_key_id != issuer.subject_key_id) {
        continue;
      }
      const PathError error = VerifyOnce(
          issuer, {crl.signature_scheme, crl.signed_part, crl.signature},
          crl.digest);
      if (error != PathError::kBadSignature) return error;
    }
    return PathError::kBadSignature;
  }

  void EndAt(UnixSeconds time) { good_until_ = std::min(good_until_, time); }

  struct Checked {
    const Certificate* subject;
    const Certificate* issuer;
    PathError error;
  };

  const PathValidator& validator_;
  const absl::Span<const CertificatePtr> chain_;
  const UnixSeconds now_;
  const PathIdentity identity_;
  std::vector<CertificatePtr> path_;  // end entity first
  UnixSeconds good_until_;

  PathError first_error_ = PathError::kUnknownAnchor;
  size_t steps_ = 0;
  size_t paths_tried_ = 0;
  size_t signatures_checked_ = 0;
  size_t name_work_ = 0;
  std::vector<Checked> signatures_;
};

PathValidator::PathValidator(std::vector<CertificatePtr> anchors,
                             std::vector<CrlPtr> crls,
                             const PathOptions& options)
    : anchors_(std::move(anchors)), crls_(std::move(crls)), options_(options) {}

PathResult PathValidator::Validate(absl::Span<const CertificatePtr> chain,
                                   UnixSeconds now,
                                   PathIdentity identity) const {
  PathResult result;
  if (chain.empty()) return result;
  result.error = PathError::kTooMuchWork;
  if (chain.size() > limits::kChainCertificatesMax) return result;
  return PathSearch(*this, chain, now, identity).Run();
}

bool PathValidator::IsKnown(const Signature& signature) const {
  absl::ReaderMutexLock lock(&mutex_);
  return known_.contains(signature);
}

void PathValidator::Remember(const Signature& signature) const {
  absl::MutexLock lock(&mutex_);
  if (known_.size() < limits::kSignaturesKnownMax) known_.insert(signature);
}

}  // namespace tollgate
