// What a configuration says of tool definitions, ready to verify with: the keys
// of publishers read from files, rules resolved.
//
// Thread-safety: immutable. Ownership: stands on its own; shared by the
// snapshots that have it. Cost: reads and parses files; control path.
// Errors: file:line:column of the publisher, and what is wrong with its file.

#ifndef TOLLGATE_ENGINE_TOOL_TRUST_H_
#define TOLLGATE_ENGINE_TOOL_TRUST_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/config/config.h"
#include "engine/crypto/sha256.h"
#include "engine/key_file.h"
#include "engine/lookup/publishers.h"
#include "engine/verify/proof_header.h"

namespace tollgate {

struct ToolTrust {
  ToolsOptions options;
  std::vector<Sha256Digest> contents;  // of the files, in their order
  Publishers publishers;
  // What a proof made with this bears: equal only for the same object, so that
  // a reload that changes nothing of it ends no proof.
  ProofStamp stamp;
};

// Returns null when the configuration has no `tools`; `previous`, which may be
// null, when that is the same; else a new one with `stamp`, which none had
// before.
absl::StatusOr<std::shared_ptr<const ToolTrust>> LoadToolTrust(
    const Config& config, const std::shared_ptr<const ToolTrust>& previous,
    const ProofStamp& stamp);

// Returns the file of each publisher's keys, in the same order, as it is now.
std::vector<KeyFile> ToolTrustFiles(const Config& config);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_TOOL_TRUST_H_
