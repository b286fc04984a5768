#include "engine/extract/api_key_text.h"

#include <cstring>

#include "absl/strings/str_cat.h"
#include "engine/base/base62.h"
#include "engine/base/checksum.h"

namespace tollgate {

ApiKeyText::ApiKeyText(std::string_view prefix, std::string_view environment)
    : lead_(absl::StrCat(prefix, "_", environment, "_")),
      prefix_size_(prefix.size() + 1),
      lead_crc_(Crc32c(lead_)) {}

ApiKeyText::Parts ApiKeyText::Parse(std::string_view text) const {
  Parts parts{Reason::kMalformedCredential, {}, {}};
  if (text.size() != lead_.size() + kBodySize ||
      std::memcmp(text.data(), lead_.data(), lead_.size()) != 0) {
    return parts;
  }
  const char* body = text.data() + lead_.size();
  if (!IsBase62(body, kBodySize)) return parts;
  constexpr size_t kCovered = KeyId::kSize + kSecretSize;
  const auto checksum =
      DecodeBase62(std::string_view(body + kCovered, kChecksumSize));
  if (checksum != Crc32c(lead_crc_, body, kCovered)) {
    parts.reason = Reason::kBadChecksum;
    return parts;
  }
  std::memcpy(parts.id.bytes, body, KeyId::kSize);
  parts.secret = std::string_view(body + KeyId::kSize, kSecretSize);
  parts.reason = Reason::kOk;
  return parts;
}

std::string ApiKeyText::Compose(const KeyId& id,
                                std::string_view secret) const {
  std::string text = absl::StrCat(lead_, id.text(), secret);
  const Base62Uint32 checksum = EncodeBase62(Crc32c(text));
  text.append(checksum.data(), checksum.size());
  return text;
}

}  // namespace tollgate
