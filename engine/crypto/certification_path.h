// Validates certification paths: from a peer's certificates to a configured
// trust anchor (RFC 5280 section 6).
//
//   PathValidator validator(anchors, crls, {.purpose = PathPurpose::kClient});
//   PathResult result = validator.Validate(chain, now.wall);
//   if (result.error != PathError::kNone) ...
//
// BoringSSL parses keys and checks signatures; the path is walked here. Its own
// X509_verify_cert, of the version we build with, knows no iPAddress
// constraints, tries one path only, refuses what section 4.2.1.9 lets pass,
// does not look at a root's critical extensions, and bounds no work.
//
// What a path must be, beside what the section says:
//   * no certificate of it is the anchor itself; the anchor's own validity,
//     critical extensions, constraints and key are looked at as well;
//   * a common name that says whose the certificate is is under the constraints
//     of DNS names, whatever stands beside it: where there are any, it is a
//     host name that they permit; another one that looks like a host is under
//     them where no DNS name stands beside the subject's;
//   * every signature is of a scheme, every key of a kind, that
//     certificate_key.h calls strong (an anchor's own signature proves nothing
//     and is not looked at);
//   * every certificate but the anchor that has an extended key usage has the
//     purpose's in it; whether the end entity must have one is an option;
//   * when there are revocation lists, every certificate but the anchor is
//     covered by one of its issuer, in force and with a good signature.
//
// Work is bounded: limits::kPathCertificatesMax, kPathSignaturesMax,
// kPathsTriedMax, kPathNameWorkMax. What takes more is refused.
//
// Signatures of authorities and of revocation lists, once found good, are
// remembered: a signature that was good is good, and what else a certificate
// must be is looked at each time. Only who can sign one adds to them, and there
// are at most limits::kSignaturesKnownMax.
//
// Thread-safety: Validate from any thread. It takes a mutex for a moment, to
// look what is remembered. Ownership: shares anchors and lists; a result shares
// what it names.
// Cost: the end entity's signature, others the first time, and some
// microseconds. Errors: a PathError; when
// several paths fail, that of the first one that reached an anchor.

#ifndef TOLLGATE_ENGINE_CRYPTO_CERTIFICATION_PATH_H_
#define TOLLGATE_ENGINE_CRYPTO_CERTIFICATION_PATH_H_

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "engine/base/clock.h"
#include "engine/crypto/certificate.h"
#include "engine/crypto/crl.h"
#include "engine/crypto/sha256.h"

namespace tollgate {

enum class PathError : uint8_t {
  kUnknownAnchor = 0,  // no path leads to an anchor
  kNone,
  kBadSignature,
  kExpired,
  kNotYetValid,
  kWrongUsage,         // key usage, extended key usage
  kNotAnAuthority,     // what issued another certificate must not
  kPathTooLong,        // path length constraint
  kNameNotPermitted,   // name constraints
  kPolicy,             // certificate policies
  kCriticalExtension,  // that is not processed
  kWeak,               // signature scheme or key
  kRevoked,
  kRevocationUnknown,  // no list that covers, or none in force
  kTooMuchWork,
};

enum class PathPurpose : uint8_t { kClient = 0, kServer, kAny };

// What says whose the end entity is.
enum class PathIdentity : uint8_t { kAlternativeName = 0, kCommonName };

using CertificatePtr = std::shared_ptr<const Certificate>;
using CrlPtr = std::shared_ptr<const Crl>;

struct PathOptions {
  PathPurpose purpose = PathPurpose::kClient;
  // Whether the end entity must have an extended key usage (section 4.2.1.12:
  // one that has none may be used for every purpose).
  bool extended_key_usage_required = true;
  // Whether lists whose next update is over are used all the same.
  bool stale_crls_accepted = false;
};

struct PathResult {
  PathError error = PathError::kUnknownAnchor;
  // The path, end entity first, the anchor last; empty unless it is valid.
  std::vector<CertificatePtr> path;
  // Until when time alone does not end it: the first bad second.
  UnixSeconds good_until;
};

class PathValidator {
 public:
  PathValidator(std::vector<CertificatePtr> anchors, std::vector<CrlPtr> crls,
                const PathOptions& options);

  // Validates the first of `chain`; the others may be of use, in any order.
  [[nodiscard]] PathResult Validate(
      absl::Span<const CertificatePtr> chain, UnixSeconds now,
      PathIdentity identity = PathIdentity::kAlternativeName) const;

 private:
  friend class PathSearch;

  // What was signed, by its SHA-256, and the key that signed it, by its.
  using Signature = std::pair<Sha256Digest, Sha256Digest>;
  bool IsKnown(const Signature& signature) const ABSL_LOCKS_EXCLUDED(mutex_);
  void Remember(const Signature& signature) const ABSL_LOCKS_EXCLUDED(mutex_);

  const std::vector<CertificatePtr> anchors_;
  const std::vector<CrlPtr> crls_;
  const PathOptions options_;

  mutable absl::Mutex mutex_;
  mutable absl::flat_hash_set<Signature> known_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CRYPTO_CERTIFICATION_PATH_H_
