#include "engine/token_proof.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace tollgate {
namespace {

char* Append(std::string_view text, char* out) {
  if (!text.empty()) std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

}  // namespace

// The principal comes first, and is readable in whole chunks.
size_t TokenProof::TextBytes(const TokenTexts& texts) {
  const size_t bytes =
      texts.principal.size() + texts.token_id.size() + texts.client.size() +
      (texts.subject == texts.principal ? 0 : texts.subject.size());
  const size_t chunks = (texts.principal.size() + kInlineTextChunkBytes - 1) /
                        kInlineTextChunkBytes;
  return std::max(bytes, chunks * kInlineTextChunkBytes);
}

std::unique_ptr<TokenProof> TokenProof::Make(const TokenTexts& texts,
                                             Facts facts) {
  const size_t text_bytes = TextBytes(texts);
  void* const memory = ::operator new(sizeof(TokenProof) + text_bytes);
  std::unique_ptr<TokenProof> proof(new (memory) TokenProof(std::move(facts)));
  proof->principal_size_ = static_cast<uint8_t>(texts.principal.size());
  proof->token_id_size_ = static_cast<uint16_t>(texts.token_id.size());
  proof->client_size_ = static_cast<uint16_t>(texts.client.size());
  proof->subject_size_ = static_cast<uint16_t>(texts.subject.size());
  proof->subject_is_principal_ = texts.subject == texts.principal;
  char* out = static_cast<char*>(memory) + sizeof(TokenProof);
  std::memset(out, 0, text_bytes);
  out = Append(texts.principal, out);
  out = Append(texts.token_id, out);
  out = Append(texts.client, out);
  if (!proof->subject_is_principal_) Append(texts.subject, out);
  return proof;
}

RevocableToken TokenProof::revocable() const {
  RevocableToken token = {
      .issuer = *facts_.context->rules.issuer,
      .token_id = token_id(),
      .subject = subject(),
      .client = client(),
      .key_id = facts_.context->keys.entries()[facts_.key].kid,
      .claims = facts_.has_claims ? &facts_.claims : nullptr};
  if (facts_.issued_at != kNotSaid) token.issued_at = facts_.issued_at;
  return token;
}

size_t TokenProof::bytes() const {
  size_t bytes = sizeof(TokenProof) +
                 TextBytes({principal(), token_id(), subject(), client()});
  if (const TokenExtras* const own = extras()) {
    bytes += sizeof(*own) + own->key_thumbprint.size();
  }
  return bytes;
}

}  // namespace tollgate
