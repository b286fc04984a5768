// The groups of four characters that base64 and base64url have in common, one
// after the other: RFC 4648 sections 4 and 5, but for padding and the alphabet.
//
// When to use: from engine/base/base64.h and engine/base/base64url.h, which are
// what all others use.
//
// Thread-safety: pure functions. Cost: about a nanosecond a byte, no
// allocation. Errors: false for a bad character, and for bits set beyond the
// data.

#ifndef TOLLGATE_ENGINE_BASE_BASE64_GROUPS_H_
#define TOLLGATE_ENGINE_BASE_BASE64_GROUPS_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tollgate::internal {

// What no sextet is; it survives shifting into a group of four.
inline constexpr uint32_t kNoSextet = uint32_t{1} << 31;

// The value of each byte as a character.
using Sextets = std::array<uint32_t, 256>;

constexpr Sextets MakeSextets(std::string_view alphabet) {
  Sextets sextets = {};
  for (uint32_t& sextet : sextets) sextet = kNoSextet;
  for (uint32_t i = 0; i < alphabet.size(); ++i) {
    sextets[static_cast<uint8_t>(alphabet[i])] = i;
  }
  return sextets;
}

// Returns the bytes that `characters` hold, padding not counted; a rest of one
// character, which is an error, holds none.
constexpr size_t BytesOfBase64(size_t characters) { return characters * 3 / 4; }

// Decodes `text`, without padding, to BytesOfBase64 bytes at `out`.
[[nodiscard]] inline bool DecodeBase64Groups(const Sextets& sextets,
                                             std::string_view text, char* out) {
  uint32_t wrong = 0;
  for (; !text.empty(); out += 3) {
    const std::string_view group = text.substr(0, 4);
    uint32_t bits = 0;
    for (size_t i = 0; i < group.size(); ++i) {
      const uint32_t sextet = sextets[static_cast<uint8_t>(group[i])];
      wrong |= sextet & kNoSextet;
      bits |= (sextet & 63) << (18 - 6 * i);
    }
    const size_t bytes = BytesOfBase64(group.size());
    for (size_t i = 0; i < bytes; ++i) {
      out[i] = static_cast<char>(bits >> (16 - 8 * i));
    }
    wrong |= bits & ((uint32_t{1} << (24 - 8 * bytes)) - 1);
    text.remove_prefix(group.size());
  }
  return wrong == 0;
}

}  // namespace tollgate::internal

#endif  // TOLLGATE_ENGINE_BASE_BASE64_GROUPS_H_
