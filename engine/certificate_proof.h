// The proof of a client's certificates: whose they are by their names, and by
// which public key else they may be registered.
//
// It holds facts of the certificates only. Whether they are registered, and
// what policy and limits say, is decided at every request.
//
// Thread-safety: immutable once made. Ownership: stands on its own. Cost: some
// 250 bytes.

#ifndef TOLLGATE_ENGINE_CERTIFICATE_PROOF_H_
#define TOLLGATE_ENGINE_CERTIFICATE_PROOF_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/inline_text.h"
#include "engine/crypto/sha256.h"
#include "engine/model/key_id.h"
#include "engine/verify/proof_header.h"

namespace tollgate {

class CertificateProof : public ProofHeader {
 public:
  explicit CertificateProof(std::string_view identity)
      : identity_size_(identity.size()), identity_(identity) {
    // AssignChunks reads whole chunks.
    identity_.resize((identity_size_ + kInlineTextChunkBytes - 1) /
                     kInlineTextChunkBytes * kInlineTextChunkBytes);
  }

  Sha256Digest public_key_digest = {};  // of the end entity
  KeyId principal_id;  // names the bucket of who is not registered
  // Of the certificate's other spelling, unless no registration is asked for.
  std::optional<Sha256Digest> twin_digest;

  // Readable to the next multiple of kInlineTextChunkBytes; empty: the
  // certificate has no name that is an identity.
  std::string_view identity() const {
    return {identity_.data(), identity_size_};
  }

  size_t bytes() const { return sizeof(*this) + identity_.capacity(); }

 private:
  size_t identity_size_;
  std::string identity_;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CERTIFICATE_PROOF_H_
