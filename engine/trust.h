// What a configuration says of client certificates, ready to verify with:
// anchors and revocation lists read from files, rules resolved.
//
// Thread-safety: immutable. Ownership: stands on its own; shared by the
// snapshots that have it. Cost: reads and parses files; control path.
// Errors: file:line:column of the section, and what is wrong with which file.

#ifndef TOLLGATE_ENGINE_TRUST_H_
#define TOLLGATE_ENGINE_TRUST_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/config/config.h"
#include "engine/key_file.h"
#include "engine/verify/client_certificate.h"

namespace tollgate {

struct Trust {
  CertificateVerifier verifier;
  CertificateAcceptance accept;
  int64_t cache_seconds;  // for how long a proof may be kept
};

// Returns null when the configuration has no `mtls`.
absl::StatusOr<std::shared_ptr<const Trust>> LoadTrust(const Config& config);

// Returns the files that it is read from, as they are now.
std::vector<KeyFile> TrustFiles(const Config& config);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_TRUST_H_
