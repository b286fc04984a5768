// verify: a client's certificates against the anchors of its trust domain.
//
// Says whose the chain is, until when, and by what it can be registered. What
// can change from request to request (registration, policy, limits) is not
// looked at.
//
// A certificate with a SPIFFE ID is validated with the bundle of its trust
// domain, when there is one, and by no other anchor; a domain's anchors vouch
// for no certificate but that domain's (SPIFFE Trust Domain and Bundle, section
// 4). All others have the general anchors.
//
// Thread-safety: Verify from any thread; it takes a mutex for a moment, to look
// for authorities that it has met. Ownership: stands on its own. Cost: parsing,
// and what engine/crypto/certification_path.h says. Errors: a Reason.

#ifndef TOLLGATE_ENGINE_VERIFY_CLIENT_CERTIFICATE_H_
#define TOLLGATE_ENGINE_VERIFY_CLIENT_CERTIFICATE_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "engine/base/clock.h"
#include "engine/crypto/certification_path.h"
#include "engine/crypto/sha256.h"
#include "engine/model/reason.h"
#include "engine/verify/client_identity.h"

namespace tollgate {

// Returns the reason of the same name.
Reason ReasonOf(PathError error);

// The anchors of one SPIFFE trust domain.
struct TrustBundle {
  std::string trust_domain;
  std::unique_ptr<const PathValidator> validator;
};

struct VerifiedCertificate {
  std::string identity;  // empty: no name of the kinds configured
  Sha256Digest public_key_digest = {};  // of its SubjectPublicKeyInfo
  UnixSeconds good_until;               // the first bad second
};

class CertificateVerifier {
 public:
  CertificateVerifier(std::unique_ptr<const PathValidator> general,
                      std::vector<TrustBundle> bundles,
                      std::vector<IdentitySource> sources);

  CertificateVerifier(const CertificateVerifier&) = delete;
  CertificateVerifier& operator=(const CertificateVerifier&) = delete;

  // Verifies certificates in DER, the end entity's first.
  [[nodiscard]] Reason Verify(absl::Span<const std::string> chain,
                              UnixSeconds now, VerifiedCertificate& out) const;

 private:
  // Returns those who may vouch for the trust domain; empty: no SPIFFE ID.
  // Null: nobody may, as where there are bundles, but none of it.
  const PathValidator* ValidatorOf(std::string_view trust_domain) const;

  ClientIdentity SpiffeIdentityOf(const Certificate& end_entity) const;

  absl::StatusOr<CertificatePtr> ParseAuthority(const std::string& der) const
      ABSL_LOCKS_EXCLUDED(mutex_);
  void RememberAuthorities(absl::Span<const CertificatePtr> path) const
      ABSL_LOCKS_EXCLUDED(mutex_);

  const std::unique_ptr<const PathValidator> general_;
  const std::vector<TrustBundle> bundles_;
  const std::vector<IdentitySource> sources_;

  // Those that stood in a valid path, by their digest: they need not be parsed
  // again. At most limits::kAuthoritiesKnownMax.
  mutable absl::Mutex mutex_;
  mutable absl::flat_hash_map<Sha256Digest, CertificatePtr> authorities_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_VERIFY_CLIENT_CERTIFICATE_H_
