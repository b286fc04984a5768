// The proof of a token: whose it is, what it grants, and what can still end it.
//
// It holds facts only. Whether the token is revoked, whether its holder has the
// key it is bound to, and what policy and limits say is decided at every
// request.
//
// Thread-safety: immutable once made, but for a hint. Ownership: one
// allocation, the texts behind the object; `context` belongs to what the
// proof's stamp names, so it is followed under that stamp only; scopes
// and limits to the engine. Cost: 128 bytes and the texts of principal,
// subject, jti and client; a second allocation for what few tokens have.

#ifndef TOLLGATE_ENGINE_TOKEN_PROOF_H_
#define TOLLGATE_ENGINE_TOKEN_PROOF_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/clock.h"
#include "engine/base/inline_text.h"
#include "engine/base/limits.h"
#include "engine/crypto/sha256.h"
#include "engine/limit/limit_set.h"
#include "engine/lookup/key_record.h"
#include "engine/lookup/revocation_list.h"
#include "engine/lookup/verification_context.h"
#include "engine/model/key_id.h"
#include "engine/model/scope.h"
#include "engine/token_policy.h"
#include "engine/verify/proof_header.h"

namespace tollgate {

// What of a token's texts is kept; empty where the token has none.
struct TokenTexts {
  std::string_view principal, token_id, subject, client;
};

// What few tokens have: rules of their own, a key that they are bound to, a
// single use.
struct TokenExtras {
  std::optional<TokenPolicy> policy;
  const LimitSet* limits = nullptr;  // of the policy
  KeyId id;                          // names the bucket of these limits

  std::optional<Sha256Digest> certificate_digest;  // cnf: x5t#S256
  std::string key_thumbprint;                      // cnf: jkt
  bool bound_otherwise = false;  // cnf: by a method not known here

  UnixSeconds ends_at;  // until then a token of a single use is remembered
};

class TokenProof : public ProofHeader {
 public:
  // As Facts::issued_at: the token does not say.
  static constexpr int64_t kNotSaid = std::numeric_limits<int64_t>::min();

  // The parts of a proof that are no text.
  struct Facts {
    const VerificationContext* context = nullptr;
    const ScopeSet* scopes = nullptr;           // null: those of the policy
    std::unique_ptr<const TokenExtras> extras;  // null: none
    int64_t issued_at = kNotSaid;               // Unix seconds
    Sha256Digest claims = {};                   // of them, if has_claims
    KeyId principal_id;       // names the principal's bucket; no text
    uint8_t key = 0;          // that proved it, of those of the context
    bool has_claims = false;  // no revocation named any when it was made
  };

  static std::unique_ptr<TokenProof> Make(const TokenTexts& texts, Facts facts);

  TokenProof(const TokenProof&) = delete;
  TokenProof& operator=(const TokenProof&) = delete;
  ~TokenProof() = default;
  static void operator delete(void* memory) { ::operator delete(memory); }

  const Facts& facts() const { return facts_; }
  const TokenExtras* extras() const { return facts_.extras.get(); }

  // The bytes are readable to the next multiple of kInlineTextChunkBytes.
  std::string_view principal() const { return {texts(), principal_size_}; }

  // The token's jti.
  std::string_view token_id() const {
    return {texts() + principal_size_, token_id_size_};
  }

  // What the revocation list is asked; without the claims' digest where there
  // is none.
  RevocableToken revocable() const;

  // What it takes of the heap.
  size_t bytes() const;

  // Starts to load the principal's record from where it was when the token came
  // last. Only to fetch: it may be somewhere else, or gone. Relaxed, therefore.
  void PrefetchPrincipal() const {
    __builtin_prefetch(principal_near_.load(std::memory_order_relaxed));
  }
  void NotePrincipal(const KeyRecord* record) const {
    if (principal_near_.load(std::memory_order_relaxed) != record) {
      principal_near_.store(record, std::memory_order_relaxed);
    }
  }

 private:
  explicit TokenProof(Facts facts) : facts_(std::move(facts)) {}

  static size_t TextBytes(const TokenTexts& texts);

  // Principal, jti and client, then the subject unless it is the principal.
  const char* texts() const { return reinterpret_cast<const char*>(this + 1); }
  std::string_view client() const {
    return {texts() + principal_size_ + token_id_size_, client_size_};
  }
  std::string_view subject() const {
    return subject_is_principal_
               ? principal()
               : std::string_view(client().data() + client_size_,
                                  subject_size_);
  }

  Facts facts_;
  mutable std::atomic<const KeyRecord*> principal_near_ = nullptr;
  uint16_t token_id_size_ = 0;
  uint16_t client_size_ = 0;
  uint16_t subject_size_ = 0;
  uint8_t principal_size_ = 0;
  bool subject_is_principal_ = false;
};

static_assert(sizeof(TokenProof) == 128, "a proof is two lines and its texts");
static_assert(limits::kPrincipalBytesMax <= 255 &&
              limits::kTokenBytesMax <= 65535 && limits::kJwksKeysMax <= 256);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_TOKEN_PROOF_H_
