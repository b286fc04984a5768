#include "engine/crypto/sha256.h"

#include <openssl/sha.h>

#include <cstring>

#include "engine/crypto/secret.h"

namespace tollgate {
namespace {

constexpr internal::Sha256State kInitialState = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

void StoreBigEndian32(uint32_t value, uint8_t* out) {
  value = __builtin_bswap32(value);
  std::memcpy(out, &value, sizeof(value));
}

}  // namespace

Sha256Digest Sha256(absl::Span<const uint8_t> message) {
  Sha256Digest digest;
  SHA256(message.data(), message.size(), digest.data());
  return digest;
}

Sha256Digest Sha256(std::string_view message) {
  return Sha256(absl::MakeConstSpan(
      reinterpret_cast<const uint8_t*>(message.data()), message.size()));
}

namespace internal {

Sha256State Sha256FirstBlock(const Sha256Block& block) {
  Sha256State state = kInitialState;
  SHA256_TransformBlocks(state.data(), block.data(), 1);
  return state;
}

Sha256Digest Sha256LastBlock(const Sha256State& state,
                             std::string_view message) {
  Sha256Block block = {};
  if (!message.empty()) {
    std::memcpy(block.data(), message.data(), message.size());
  }
  block[message.size()] = 0x80;
  // The length in bits fits into the lowest 16 of its 64 bits.
  const size_t bits = 8 * (kSha256BlockBytes + message.size());
  StoreBigEndian32(static_cast<uint32_t>(bits),
                   block.data() + kSha256BlockBytes - sizeof(uint32_t));

  Sha256State last = state;
  SHA256_TransformBlocks(last.data(), block.data(), 1);
  WipeBytes(block.data(), block.size());

  Sha256Digest digest;
  for (size_t i = 0; i < last.size(); ++i) {
    StoreBigEndian32(last[i], digest.data() + 4 * i);
  }
  return digest;
}

}  // namespace internal
}  // namespace tollgate
