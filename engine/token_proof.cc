#include "engine/token_proof.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace tollgate {

// Equal texts are stored once: a principal mostly is the subject.
std::unique_ptr<TokenProof> TokenProof::Make(const TokenTexts& texts,
                                             Facts facts) {
  const std::string_view all[kTexts] = {
      texts.principal,     texts.token_id, texts.subject,
      texts.client,        texts.key_id,   texts.certificate_thumbprint,
      texts.key_thumbprint};
  size_t bytes = 0;
  for (const std::string_view text : all) bytes += text.size();
  void* const memory =
      ::operator new(sizeof(TokenProof) + bytes + kInlineTextChunkBytes);
  std::unique_ptr<TokenProof> proof(new (memory) TokenProof(std::move(facts)));
  char* const out = static_cast<char*>(memory) + sizeof(TokenProof);
  std::memset(out, 0, bytes + kInlineTextChunkBytes);
  size_t used = 0;
  for (size_t i = 0; i < kTexts; ++i) {
    const std::string_view text = all[i];
    const auto* same = std::find(all, all + i, text);
    proof->sizes_[i] = static_cast<uint16_t>(text.size());
    if (same != all + i) {
      proof->begins_[i] = proof->begins_[same - all];
      continue;
    }
    proof->begins_[i] = static_cast<uint16_t>(used);
    if (text.empty()) continue;
    std::memcpy(out + used, text.data(), text.size());
    used += text.size();
  }
  proof->text_bytes_ = static_cast<uint32_t>(bytes + kInlineTextChunkBytes);
  return proof;
}

RevocableToken TokenProof::revocable() const {
  return {.issuer = *facts_.context->rules.issuer,
          .token_id = Text(1),
          .subject = Text(2),
          .client = Text(3),
          .key_id = Text(4),
          .claims = facts_.claims.get(),
          .issued_at = facts_.issued_at};
}

size_t TokenProof::bytes() const {
  return sizeof(TokenProof) + text_bytes_ +
         (facts_.claims != nullptr ? sizeof(Sha256Digest) : 0) +
         (facts_.policy != nullptr ? sizeof(TokenPolicy) : 0);
}

}  // namespace tollgate
