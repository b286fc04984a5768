// The proof of a signed tool definition: who published it, and what it is.
//
// It holds facts of the document only. Whether it is approved, or revoked, is
// decided at every request; which pins approved it is remembered.
//
// Thread-safety: immutable once made, but for that. Ownership: stands on its
// own. Cost: the canonical definition and some 400 bytes.

#ifndef TOLLGATE_ENGINE_DEFINITION_PROOF_H_
#define TOLLGATE_ENGINE_DEFINITION_PROOF_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "engine/policy/pins.h"
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

  // Whether these pins approved the definition before: a memory of what they
  // would say again, since neither ever changes. Relaxed: a number by itself.
  bool WasApprovedBy(const PinTable& pins) const {
    return approved_by_.load(std::memory_order_relaxed) == pins.serial();
  }
  void RememberApproval(const PinTable& pins) const {
    approved_by_.store(pins.serial(), std::memory_order_relaxed);
  }

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
  mutable std::atomic<uint64_t> approved_by_ = 0;  // PinTable::serial
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_DEFINITION_PROOF_H_
