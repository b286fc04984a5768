#include "engine/extract/api_key_text.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "engine/base/base62.h"
#include "engine/base/checksum.h"

namespace tollgate {

ApiKeyText::ApiKeyText(std::string_view prefix, std::string_view environment)
    : lead_(absl::StrCat(prefix, "_", environment, "_")),
      prefix_size_(prefix.size() + 1),
      lead_crc_(Crc32c(lead_)) {
  const size_t size = std::min(lead_.size(), sizeof(head_));
  std::memcpy(&head_, lead_.data(), size);
  std::memset(&head_mask_, 0xff, size);
}

std::string ApiKeyText::Compose(const KeyId& id,
                                std::string_view secret) const {
  std::string text = absl::StrCat(lead_, id.text(), secret);
  const Base62Uint32 checksum = EncodeBase62(Crc32c(text));
  text.append(checksum.data(), checksum.size());
  return text;
}

}  // namespace tollgate
