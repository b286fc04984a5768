// The proof of a signed tool definition: who published it, and what it is.
//
// It holds facts of the document only. Whether it is approved, or revoked, is
// decided at every request.
//
// Thread-safety: immutable once made. Ownership: stands on its own. Cost: the
// canonical definition and some 400 bytes.

#ifndef TOLLGATE_ENGINE_DEFINITION_PROOF_H_
#define TOLLGATE_ENGINE_DEFINITION_PROOF_H_

#include <cstddef>
#include <string>
#include <utility>

#include "engine/verify/proof_header.h"
#include "engine/verify/tool_definition.h"

namespace tollgate {

class DefinitionProof : public ProofHeader {
 public:
  explicit DefinitionProof(VerifiedDefinition definition)
      : definition_(std::move(definition)),
        issuer_(RevocationIssuerOf(definition_.publisher)) {}

  const VerifiedDefinition& definition() const { return definition_; }
  const std::string& revocation_issuer() const { return issuer_; }

  size_t bytes() const {
    size_t bytes = sizeof(*this) + definition_.canonical.capacity() +
                   definition_.publisher.capacity() + issuer_.capacity();
    for (const std::string& one : definition_.capabilities) {
      bytes += sizeof(one) + one.capacity();
    }
    return bytes;
  }

 private:
  VerifiedDefinition definition_;
  std::string issuer_;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_DEFINITION_PROOF_H_
