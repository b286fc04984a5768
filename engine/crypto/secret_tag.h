// Tags of secrets: 128 bits under a key of the process, by which a secret that
// was proved once is known again for a fraction of what a digest costs.
//
// Use it beside engine/crypto/key_digest.h, for what stays in memory: a tag is
// computed, compared and forgotten. Do not store or send one.
//
// Thread-safety: a SecretTagger is immutable. Ownership: it owns its key and
// wipes it. Cost: no allocation; about 15 ns for a secret that was issued, most
// of it latency (BM_SecretTag). Errors: none; IsSupported says whether the
// processor has AES instructions, without which a tag is not worth its cost.
//
// Implementation
//
//   Of(s) = f1(b1) ^ ... ^ fn(bn),  fi(b) = AES-128(ki, b) ^ b,  ki independent
//
// where b1 ... bn are s, zeros, and in the very last byte the size of s, in as
// few blocks of 16 bytes as hold them.
//
// T1. The blocks of two different secrets differ in one place at least: in the
//     last byte when the sizes do, or in a block of the secret itself, or in
//     how many there are. AES being a pseudo-random permutation, fi is a random
//     function as long as far fewer than 2^64 blocks are put to it, and the sum
//     of tags that differ in an independent one of them is uniform: two secrets
//     have the same tag with probability 2^-128, whoever chose them. This is
//     the hash of XOR MACs (Bellare, Guerin, Rogaway, CRYPTO '95, section 3).
// T2. Such a sum, unlike a MAC, may be forged by who has seen other tags. None
//     is ever seen: that a guess did not match is all there is to learn.
// T3. Who reads the memory of the process has key and tag, and still no secret:
//     b is added again after AES, which makes fi hard to invert although AES is
//     not (Matyas, Meyer, Oseas 1985), and what is left is trying secrets, as
//     with the pepper and the digest, which the same memory holds.

#ifndef TOLLGATE_ENGINE_CRYPTO_SECRET_TAG_H_
#define TOLLGATE_ENGINE_CRYPTO_SECRET_TAG_H_

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string_view>

#include "absl/types/span.h"

namespace tollgate {

struct SecretTag {
  uint64_t low = 0;
  uint64_t high = 0;
};

class SecretTagger {
 public:
  static constexpr size_t kBlockBytes = 16;
  static constexpr size_t kBlocksMax = 4;
  static constexpr size_t kSecretBytesMax = kBlockBytes * kBlocksMax - 1;
  static constexpr size_t kKeyBytes = kBlockBytes * kBlocksMax;

  static bool IsSupported();

  // `key` is k1 to k4, as good as random; the caller wipes it.
  // REQUIRES: IsSupported(), key.size() == kKeyBytes (checked).
  explicit SecretTagger(absl::Span<const uint8_t> key);
  SecretTagger(const SecretTagger&) = delete;
  SecretTagger& operator=(const SecretTagger&) = delete;
  ~SecretTagger();

  // The work depends on the size of `secret`, not on its bytes.
  // REQUIRES: secret.size() <= kSecretBytesMax (checked).
  [[nodiscard]] SecretTag Of(std::string_view secret) const;

  friend std::ostream& operator<<(std::ostream&, const SecretTagger&) = delete;
  template <typename Sink>
  friend void AbslStringify(Sink&, const SecretTagger&) = delete;

 private:
  static constexpr size_t kRoundKeys = 11;

  struct RoundKeys {
    alignas(16) uint8_t bytes[kRoundKeys][kBlockBytes];
  };

  RoundKeys keys_[kBlocksMax];
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CRYPTO_SECRET_TAG_H_
