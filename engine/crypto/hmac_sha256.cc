#include "engine/crypto/hmac_sha256.h"

#include <algorithm>

#include "engine/crypto/secret.h"

namespace tollgate {
namespace {

using internal::Sha256Block;
using internal::Sha256State;

// Returns the key, hashed first if it is longer than a block, padded by zeros.
Sha256Block KeyBlock(absl::Span<const uint8_t> key) {
  Sha256Block block = {};
  if (key.size() > block.size()) {
    const Sha256Digest digest = Sha256(key);
    std::copy(digest.begin(), digest.end(), block.begin());
  } else {
    std::copy(key.begin(), key.end(), block.begin());
  }
  return block;
}

// Returns the state after the key's block, each byte xored with `pad`.
Sha256State PadState(Sha256Block block, uint8_t pad) {
  for (uint8_t& byte : block) byte ^= pad;
  const Sha256State state = internal::Sha256FirstBlock(block);
  WipeBytes(block.data(), block.size());
  return state;
}

}  // namespace

HmacSha256::HmacSha256(absl::Span<const uint8_t> key) {
  Sha256Block block = KeyBlock(key);
  inner_ = PadState(block, 0x36);
  outer_ = PadState(block, 0x5c);
  WipeBytes(block.data(), block.size());
}

HmacSha256::~HmacSha256() {
  WipeBytes(inner_.data(), sizeof(inner_));
  WipeBytes(outer_.data(), sizeof(outer_));
}

Sha256Digest HmacSha256::Mac(std::string_view message) const {
  const Sha256Digest inner = internal::Sha256Rest(inner_, message);
  return internal::Sha256LastBlock(
      outer_, {reinterpret_cast<const char*>(inner.data()), inner.size()});
}

}  // namespace tollgate
