// The proof of a token: whose it is, what it grants, and what can still end it.
//
// It holds facts only. Whether the token is revoked, whether its holder has the
// key it is bound to, and what policy and limits say is decided at every
// request.
//
// Thread-safety: immutable once made. Ownership: one allocation, the texts
// behind the object; `context` belongs to the snapshot that the proof's stamp
// names, so it is followed under that stamp only; scopes and limits to the
// engine. Cost: some 150 bytes and the texts of subject, jti and client.

#ifndef TOLLGATE_ENGINE_TOKEN_PROOF_H_
#define TOLLGATE_ENGINE_TOKEN_PROOF_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "engine/base/inline_text.h"
#include "engine/limit/limit_set.h"
#include "engine/lookup/revocation_list.h"
#include "engine/lookup/verification_context.h"
#include "engine/model/key_id.h"
#include "engine/model/scope.h"
#include "engine/token_policy.h"
#include "engine/verify/proof_header.h"

namespace tollgate {

// What of a token's texts is kept; empty where the token has none.
struct TokenTexts {
  std::string_view principal, token_id, subject, client, key_id;
  std::string_view certificate_thumbprint, key_thumbprint;  // cnf
};

class TokenProof : public ProofHeader {
 public:
  // The parts of a proof that are no text.
  struct Facts {
    const VerificationContext* context = nullptr;
    const ScopeSet* scopes = nullptr;  // null: those of the policy
    KeyId principal_id;                // names the principal's bucket; no text
    KeyId token_id;  // names the token's own, if it has limits
    std::optional<int64_t> issued_at;  // Unix seconds
    UnixSeconds ends_at;               // of the token; the proof may end before
    bool bound_otherwise = false;
    std::unique_ptr<const TokenPolicy> policy;   // null: none
    const LimitSet* limits = nullptr;            // of the policy
    std::unique_ptr<const Sha256Digest> claims;  // null: not computed
  };

  static std::unique_ptr<TokenProof> Make(const TokenTexts& texts, Facts facts);

  TokenProof(const TokenProof&) = delete;
  TokenProof& operator=(const TokenProof&) = delete;
  ~TokenProof() = default;
  static void operator delete(void* memory) { ::operator delete(memory); }

  const Facts& facts() const { return facts_; }

  // The bytes are readable to the next multiple of kInlineTextChunkBytes.
  std::string_view principal() const { return Text(0); }
  std::string_view certificate_thumbprint() const { return Text(5); }
  std::string_view key_thumbprint() const { return Text(6); }

  bool bound() const {
    return facts_.bound_otherwise || !certificate_thumbprint().empty() ||
           !key_thumbprint().empty();
  }

  // What the revocation list is asked.
  RevocableToken revocable() const;

  // The token's jti.
  std::string_view token_id() const { return Text(1); }

  // What it takes of the heap.
  size_t bytes() const;

 private:
  static constexpr size_t kTexts = 7;

  explicit TokenProof(Facts facts) : facts_(std::move(facts)) {}

  const char* texts() const { return reinterpret_cast<const char*>(this + 1); }
  std::string_view Text(size_t i) const {
    return {texts() + begins_[i], sizes_[i]};
  }

  Facts facts_;
  uint16_t begins_[kTexts] = {};
  uint16_t sizes_[kTexts] = {};
  uint32_t text_bytes_ = 0;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_TOKEN_PROOF_H_
