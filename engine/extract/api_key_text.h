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

#include <string>
#include <string_view>

#include "absl/base/attributes.h"
#include "engine/base/base62.h"
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

  struct Parts {
    Reason reason;            // kOk, kMalformedCredential or kBadChecksum
    KeyId id;                 // set when kOk
    std::string_view secret;  // views the text given
  };

  // Splits a key. Accepts exactly one spelling; anything else is refused.
  Parts Parse(std::string_view text ABSL_ATTRIBUTE_LIFETIME_BOUND) const;

  // Returns the text of a key. REQUIRES: `secret` is kSecretSize base62
  // characters.
  std::string Compose(const KeyId& id, std::string_view secret) const;

 private:
  std::string lead_;    // "tg_live_"
  size_t prefix_size_;  // of "tg_"
  uint32_t lead_crc_;   // state of the checksum after lead_
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_EXTRACT_API_KEY_TEXT_H_
