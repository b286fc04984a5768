// The public half of an API key: twelve base62 characters, by value.
//
// Thread-safety: a value. Cost: 12 bytes, no allocation.

#ifndef TOLLGATE_ENGINE_MODEL_KEY_ID_H_
#define TOLLGATE_ENGINE_MODEL_KEY_ID_H_

#include <cstring>
#include <optional>
#include <string_view>
#include <type_traits>

#include "absl/base/attributes.h"
#include "engine/base/base62.h"

namespace tollgate {

struct KeyId {
  static constexpr size_t kSize = 12;

  char bytes[kSize] = {};

  // Returns nullopt unless `text` is exactly twelve base62 characters.
  static std::optional<KeyId> Parse(std::string_view text) {
    if (text.size() != kSize || !IsBase62(text.data(), kSize)) {
      return std::nullopt;
    }
    KeyId id;
    std::memcpy(id.bytes, text.data(), kSize);
    return id;
  }

  std::string_view text() const ABSL_ATTRIBUTE_LIFETIME_BOUND {
    return {bytes, kSize};
  }

  friend bool operator==(const KeyId& a, const KeyId& b) {
    return std::memcmp(a.bytes, b.bytes, kSize) == 0;
  }
};

static_assert(sizeof(KeyId) == 12, "a hot record counts on twelve bytes");
static_assert(std::is_trivially_copyable_v<KeyId>);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_MODEL_KEY_ID_H_
