// HMAC-SHA-384 and HMAC-SHA-512 (RFC 2104, FIPS 198-1) under one key, with both
// pads prepared; SHA-384 is SHA-512 from another start, cut short.
//
// For HS384 and HS512; engine/crypto/hmac_sha256.h is faster where there is a
// choice.
//
// Thread-safety: immutable; const functions may be called concurrently. Cost:
// no allocation; the message's compressions, and one for the outer pad.

#ifndef TOLLGATE_ENGINE_CRYPTO_HMAC_SHA512_H_
#define TOLLGATE_ENGINE_CRYPTO_HMAC_SHA512_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string_view>

#include "absl/types/span.h"

namespace tollgate {

// A digest of 48 or of 64 bytes; what is beyond the former is zero.
using Sha512Digest = std::array<uint8_t, 64>;

class HmacSha512 {
 public:
  enum class Variant : uint8_t { kSha384, kSha512 };

  // Prepares `key`, which is of any length; the caller wipes it.
  HmacSha512(Variant variant, absl::Span<const uint8_t> key);
  HmacSha512(const HmacSha512&) = delete;
  HmacSha512& operator=(const HmacSha512&) = delete;
  ~HmacSha512();

  // Returns the code of `message`; compare it with ConstantTimeEqual only.
  Sha512Digest Mac(std::string_view message) const;

  friend std::ostream& operator<<(std::ostream&, const HmacSha512&) = delete;
  template <typename Sink>
  friend void AbslStringify(Sink&, const HmacSha512&) = delete;

 private:
  using State = std::array<uint64_t, 8>;

  State PadState(absl::Span<const uint8_t> key, uint8_t pad) const;
  Sha512Digest Finish(const State& state,
                      absl::Span<const uint8_t> message) const;

  const Variant variant_;
  // The states after the key xor ipad and opad: as secret as the key.
  State inner_;
  State outer_;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CRYPTO_HMAC_SHA512_H_
