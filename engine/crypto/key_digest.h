// The digest under which an API key's secret is stored and compared: keyed with
// the pepper, one SHA-256 compression for each secret.
//
//   Digest(secret) = SHA-256(K || secret),  K = HKDF-SHA-256(pepper), 64 bytes
//
// Thread-safety: a Pepper is immutable; all const functions may be called
// concurrently. Ownership: the views of secrets are not kept. Cost: no
// allocation in Digest, about 40 ns (BM_KeyDigest); see below for HMAC.
//
// Why one compression is enough
// -----------------------------
// 1. K fills the first block of SHA-256 exactly, so its compression is done
//    once, by Create; call the result k' (the midstate). A secret of at most 55
//    bytes and SHA-256's padding fill the second block exactly. Digest() is
//    thus one call of the compression function, keyed by k' in its chaining
//    input.
// 2. That the compression function, so keyed, is a pseudo-random function is
//    the assumption under which HMAC and NMAC are proved (Bellare, Canetti,
//    Krawczyk 1996, "cascade"; Bellare 2006). HMAC needs its outer call because
//    its messages are of any length: the cascade is a PRF on prefix-free
//    messages only. Ours are all exactly one block, and blocks of equal length
//    are prefix-free; the assumption itself is all that is used.
// 3. k' is as good as a random key: K is the output of HKDF, so
//    indistinguishable from 64 random bytes to whoever lacks the pepper, and
//    the compression of a random block is HMAC's own way of making k'.
// 4. Length extension turns SHA-256(K || m) into SHA-256(K || m || pad || x).
//    That message is two blocks after K; Digest() produces and accepts digests
//    of one-block messages only, and a digest is never given to a caller.
// 5. The padding of SHA-256 is injective, so two secrets never share a block:
//    "a" and "a\0" differ.
// 6. A stolen table of digests says nothing without the pepper. Should both be
//    stolen, a guess costs one compression instead of HMAC's two, one bit of a
//    search. Issued secrets have 178 bits of entropy, so guessing is hopeless
//    either way; imported secrets must not be passwords, with HMAC no less.
//
// The alternative, HMAC, is HmacSha256 in engine/crypto/hmac_sha256.h: with
// both pads prepared it takes two compressions, about twice the time
// (BM_HmacSha256), and buys nothing that 2 does not already have.

#ifndef TOLLGATE_ENGINE_CRYPTO_KEY_DIGEST_H_
#define TOLLGATE_ENGINE_CRYPTO_KEY_DIGEST_H_

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iosfwd>
#include <string_view>

#include "absl/base/attributes.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/crypto/sha256.h"

namespace tollgate {

// A digest of secret-derived bytes; compare it with ConstantTimeEqual only.
using SecretDigest = Sha256Digest;

class Pepper {
 public:
  // HMAC keys are at least as long as the hash.
  static constexpr size_t kBytesMin = 32;

  // What fits into one block beside the padding of SHA-256.
  static constexpr size_t kSecretBytesMax = 55;

  // Prepares the pepper. Errors: InvalidArgument for fewer than kBytesMin
  // bytes. The caller wipes `bytes`.
  static absl::StatusOr<Pepper> Create(absl::Span<const uint8_t> bytes);

  Pepper(Pepper&& other) noexcept = default;
  Pepper& operator=(Pepper&& other) noexcept = default;
  Pepper(const Pepper&) = delete;
  Pepper& operator=(const Pepper&) = delete;
  ~Pepper();

  // Returns the digest of `secret`; the work does not depend on its bytes.
  // REQUIRES: `secret` has 1 to kSecretBytesMax bytes (checked: the process
  // ends rather than digest a part of it).
  [[nodiscard]] SecretDigest Digest(const std::string_view& secret) const {
    if (secret.empty() || secret.size() > kSecretBytesMax) std::abort();
    return internal::Sha256LastBlock(midstate_, secret);
  }

  friend std::ostream& operator<<(std::ostream&, const Pepper&) = delete;
  template <typename Sink>
  friend void AbslStringify(Sink&, const Pepper&) = delete;

 private:
  Pepper() = default;

  // The chaining value after K: as secret as the pepper itself.
  internal::Sha256State midstate_ = {};
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CRYPTO_KEY_DIGEST_H_
