#include "engine/crypto/hmac_sha512.h"

#include <openssl/sha.h>

#include <algorithm>

#include "engine/crypto/secret.h"

namespace tollgate {
namespace {

using Variant = HmacSha512::Variant;

constexpr size_t kBlockBytes = 128;

size_t DigestBytes(Variant variant) {
  return variant == Variant::kSha384 ? SHA384_DIGEST_LENGTH
                                     : SHA512_DIGEST_LENGTH;
}

void Begin(Variant variant, SHA512_CTX& context) {
  if (variant == Variant::kSha384) {
    SHA384_Init(&context);
  } else {
    SHA512_Init(&context);
  }
}

// What is hashed is as secret as the key, and so is the context.
Sha512Digest End(Variant variant, SHA512_CTX& context) {
  Sha512Digest digest = {};
  if (variant == Variant::kSha384) {
    SHA384_Final(digest.data(), &context);
  } else {
    SHA512_Final(digest.data(), &context);
  }
  WipeBytes(&context, sizeof(context));
  return digest;
}

Sha512Digest Hash(Variant variant, absl::Span<const uint8_t> message) {
  SHA512_CTX context;
  Begin(variant, context);
  SHA512_Update(&context, message.data(), message.size());
  return End(variant, context);
}

absl::Span<const uint8_t> AsBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

}  // namespace

HmacSha512::HmacSha512(Variant variant, absl::Span<const uint8_t> key)
    : variant_(variant) {
  Sha512Digest digest = {};
  if (key.size() > kBlockBytes) {
    digest = Hash(variant, key);
    key = absl::MakeConstSpan(digest.data(), DigestBytes(variant));
  }
  inner_ = PadState(key, 0x36);
  outer_ = PadState(key, 0x5c);
  WipeBytes(digest.data(), digest.size());
}

HmacSha512::~HmacSha512() {
  WipeBytes(inner_.data(), sizeof(inner_));
  WipeBytes(outer_.data(), sizeof(outer_));
}

Sha512Digest HmacSha512::Mac(std::string_view message) const {
  const Sha512Digest inner = Finish(inner_, AsBytes(message));
  return Finish(outer_,
                absl::MakeConstSpan(inner.data(), DigestBytes(variant_)));
}

// Returns the state after a block of the key, padded by zeros, each byte xored
// with `pad`.
HmacSha512::State HmacSha512::PadState(absl::Span<const uint8_t> key,
                                       uint8_t pad) const {
  std::array<uint8_t, kBlockBytes> block = {};
  std::copy(key.begin(), key.end(), block.begin());
  for (uint8_t& byte : block) byte ^= pad;
  SHA512_CTX context;
  Begin(variant_, context);
  SHA512_Transform(&context, block.data());
  State state;
  std::copy_n(context.h, state.size(), state.begin());
  WipeBytes(block.data(), block.size());
  WipeBytes(&context, sizeof(context));
  return state;
}

// Returns the hash of the first block, whose state is given, and `message`.
Sha512Digest HmacSha512::Finish(const State& state,
                                absl::Span<const uint8_t> message) const {
  SHA512_CTX context;
  Begin(variant_, context);
  std::copy(state.begin(), state.end(), context.h);
  context.Nl = 8 * kBlockBytes;
  SHA512_Update(&context, message.data(), message.size());
  return End(variant_, context);
}

}  // namespace tollgate
