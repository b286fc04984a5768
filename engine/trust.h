// What a configuration says of client certificates, ready to verify with:
// anchors and revocation lists read from files, rules resolved.
//
// Thread-safety: immutable. Ownership: stands on its own; shared by the
// snapshots that have it. Cost: reads and parses files; control path.
// Errors: file:line:column of the section, and what is wrong with which file.

#ifndef TOLLGATE_ENGINE_TRUST_H_
#define TOLLGATE_ENGINE_TRUST_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/config/config.h"
#include "engine/crypto/sha256.h"
#include "engine/key_file.h"
#include "engine/verify/client_certificate.h"
#include "engine/verify/proof_header.h"

namespace tollgate {

struct Trust {
  MtlsOptions options;
  Sha256Digest content;  // of the files, in their order
  std::unique_ptr<const CertificateVerifier> verifier;
  // What a proof made with this bears: equal only for the same object, so that
  // a reload that changes nothing of it ends no proof.
  ProofStamp stamp;
};

// Returns null when the configuration has no `mtls`; `previous`, which may be
// null, when that is the same; else a new one with `stamp`, which none had
// before.
absl::StatusOr<std::shared_ptr<const Trust>> LoadTrust(
    const Config& config, const std::shared_ptr<const Trust>& previous,
    const ProofStamp& stamp);

// Returns the files that it is read from, as they are now.
std::vector<KeyFile> TrustFiles(const Config& config);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_TRUST_H_
