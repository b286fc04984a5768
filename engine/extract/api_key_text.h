// The text of an API key, and the one place that reads and writes it.
//
//   tg_live_<id: 12><secret: 30><checksum: 6>      prefix and environment as
//                                                  configured, all base62
//
// For secret scanners, with the default prefix (any environment):
//
//   \btg_[a-z][a-z0-9]{0,15}_[0-9A-Za-z]{48}\b
//
// The checksum is the CRC-32C (Castagnoli) of everything before it, as six
// base62 digits, most significant first, digits in the order 0-9 A-Z a-z. It
// is no protection; it lets a typo, a truncated paste or garbage be refused
// before anything is hashed or looked up, and lets a scanner be sure that
// what it found is a key.
//
// Thread-safety: immutable after construction.
// Cost: Parse is some 10 ns (BM_ApiKeyText_Parse), no allocation.

#ifndef TOLLGATE_ENGINE_EXTRACT_API_KEY_TEXT_H_
#define TOLLGATE_ENGINE_EXTRACT_API_KEY_TEXT_H_

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "engine/base/base62.h"
#include "engine/base/checksum.h"
#include "engine/model/key_id.h"
#include "engine/model/reason.h"

namespace tollgate {

class ApiKeyText {
 public:
  static constexpr size_t kSecretSize = 30;
  static constexpr size_t kChecksumSize = kBase62Uint32Chars;
  static constexpr size_t kBodySize =
      KeyId::kSize + kSecretSize + kChecksumSize;

  // `prefix` and `environment` as validated by the configuration.
  ApiKeyText(std::string_view prefix, std::string_view environment);

  // Returns true when `text` starts as a key of this prefix, of any
  // environment: it is meant to be a key, whatever else is wrong with it.
  bool LooksLikeKey(std::string_view text) const {
    return text.substr(0, prefix_size_) ==
           std::string_view(lead_).substr(0, prefix_size_);
  }

  // Splits a key into `id` and `secret`, a view of `text`. Accepts exactly one
  // spelling; anything else is kMalformedCredential or kBadChecksum.
  Reason Parse(std::string_view text, KeyId& id,
               std::string_view& secret) const;

  // What every key begins with: "tg_live_".
  const std::string& lead() const { return lead_; }

  // Returns the text of a key. REQUIRES: `secret` is kSecretSize base62
  // characters.
  std::string Compose(const KeyId& id, std::string_view secret) const;

 private:
  // REQUIRES: `text` is as long as a key.
  bool HasLead(const char* text) const;

  std::string lead_;    // "tg_live_"
  size_t prefix_size_;  // of "tg_"
  uint32_t lead_crc_;   // state of the checksum after lead_
  // The first eight bytes of lead_ and of what is compared with them; the rest
  // is compared by itself.
  uint64_t head_ = 0;
  uint64_t head_mask_ = 0;
};

inline bool ApiKeyText::HasLead(const char* text) const {
  uint64_t head;
  std::memcpy(&head, text, sizeof(head));
  if ((head & head_mask_) != head_) return false;
  return lead_.size() <= sizeof(head) ||
         std::memcmp(text, lead_.data(), lead_.size()) == 0;
}

inline Reason ApiKeyText::Parse(std::string_view text, KeyId& id,
                                std::string_view& secret) const {
  if (text.size() != lead_.size() + kBodySize || !HasLead(text.data())) {
    return Reason::kMalformedCredential;
  }
  const char* const body = text.data() + lead_.size();
  if (!IsBase62(body, kBodySize)) return Reason::kMalformedCredential;
  constexpr size_t kCovered = KeyId::kSize + kSecretSize;
  if (Base62Value(body + kCovered) != Crc32c(lead_crc_, body, kCovered)) {
    return Reason::kBadChecksum;
  }
  std::memcpy(id.bytes, body, KeyId::kSize);
  secret = std::string_view(body + KeyId::kSize, kSecretSize);
  return Reason::kOk;
}

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_EXTRACT_API_KEY_TEXT_H_
