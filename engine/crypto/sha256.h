// SHA-256 of a whole message, and of the last block after a prepared prefix.
//
// Use Sha256 for digests of public bytes. Secrets go through engine/crypto/
// key_digest.h or hmac_sha256.h, which prepare the key's block once; what they
// share is below, in `internal`.
//
// Thread-safety: pure functions. Cost: no allocation, about 45 ns a block with
// the processor's SHA instructions.

#ifndef TOLLGATE_ENGINE_CRYPTO_SHA256_H_
#define TOLLGATE_ENGINE_CRYPTO_SHA256_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/base/attributes.h"
#include "absl/types/span.h"

namespace tollgate {

using Sha256Digest = std::array<uint8_t, 32>;

// Views a digest as the text functions want it.
inline std::string_view BytesOf(
    const Sha256Digest& digest ABSL_ATTRIBUTE_LIFETIME_BOUND) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

Sha256Digest Sha256(absl::Span<const uint8_t> message);
Sha256Digest Sha256(std::string_view message);

namespace internal {

inline constexpr size_t kSha256BlockBytes = 64;

// What fits into one block beside the padding: a 0x80 byte and the length.
inline constexpr size_t kSha256LastBlockBytesMax = kSha256BlockBytes - 9;

using Sha256Block = std::array<uint8_t, kSha256BlockBytes>;

// The chaining value between two blocks.
using Sha256State = std::array<uint32_t, 8>;

// Returns the state after `block` as the first block of a message.
Sha256State Sha256FirstBlock(const Sha256Block& block);

// Returns SHA-256(first block || message), where `state` is the state after the
// first block. REQUIRES: message.size() <= kSha256LastBlockBytesMax.
Sha256Digest Sha256LastBlock(const Sha256State& state,
                             std::string_view message);

// The same of a message of any size.
Sha256Digest Sha256Rest(const Sha256State& state, std::string_view message);

}  // namespace internal
}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CRYPTO_SHA256_H_
