// Fingerprints of credentials: 128 bits under a secret key of the process, by
// which a cache tells credentials apart without keeping their bytes.
//
// Use it to compare and to place what strangers present, inside one process:
// equal fingerprints are taken for equal bytes (F4 and F5 say with what right).
// Do not store or send one: the key ends with the process, and two
// fingerprinters agree on nothing. It is not a signature and no password hash.
//
// Thread-safety: a Fingerprinter is immutable. Ownership: it owns its key, 16
// KiB, and wipes it. Cost: no allocation in Of; about 13 ns and 3 ns for every
// hundred bytes (BM_Path of *_fingerprint), some more where the processor has
// no VPCLMULQDQ. Errors: what is empty or longer than limits::kTokenBytesMax
// has no fingerprint but the zero one, which nothing accepts.
//
// Implementation
//
//   Of(m) = AES-128(k3, Mix(k2, PH(k1, m), |m|)),  k1, k2, k3 random
//
// F1. PH sums, over pairs of words of 64 bits, (m + k) (m' + k') as polynomials
//     over GF(2) (Yuksel, Kaps, Sunar, "Universal Hash Functions for Emerging
//     Ultra-Low-Power Networks", 2004; CLHASH of Lemire and Kaser, 2015). Two
//     passes are made, the second with the key moved on by a pair. Take two
//     different messages of one size, and the last pair in which they differ,
//     by d and d'. In the sum of both first passes the key of that pair is in
//     d k' + d' k alone, and in that of the second passes the key of the pair
//     after it, which the first do not have. Polynomials have no divisors of
//     zero, so whatever the other keys are, one value at most of the 2^64 of a
//     word makes either sum zero: all 256 bits are the same with probability at
//     most 2^-128 over k1. Each byte counts, at a place that follows from the
//     size; zeros fill up the last block, before its bytes.
// F2. Mix takes those 256 bits and the size, five words of 64 bits, to two
//     words, each by the strongly universal function of engine/base/hash.h,
//     fact 1, under a key of its own: different five words collide with
//     probability 2^-128 over k2. Messages of different sizes differ in the
//     fifth.
// F3. AES is a permutation, so it adds no collision.
// F4. Hence two different credentials share a fingerprint with probability at
//     most 2^-127, whoever chose them, if the choice did not depend on the key.
//     It can not: all that is ever seen of a fingerprint is whether it equals
//     another, which until the first collision is what the chooser knew, and by
//     time and eviction something of the bits that place it; these are
//     AES's output for inputs that are all different, which without k3 is as
//     good as random bits, and says nothing of k1 and k2.
// F5. A cache of 2^24 entries that is asked a billion times a second for a
//     century compares 2^62 times against at most 2^24: the odds that any
//     answer was ever for another credential are 2^(62 + 24 - 127) = 2^-41,
//     one in two million million. Even if whole fingerprints became known, 2^40
//     credentials would hold no two alike but with 2^(80 - 128) = 2^-48.

#ifndef TOLLGATE_ENGINE_CRYPTO_FINGERPRINT_H_
#define TOLLGATE_ENGINE_CRYPTO_FINGERPRINT_H_

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string_view>

#include "absl/types/span.h"
#include "engine/base/limits.h"

namespace tollgate {

// The zero value is nobody's fingerprint.
struct Fingerprint {
  uint64_t low = 0;
  uint64_t high = 0;

  explicit operator bool() const { return (low | high) != 0; }
  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

class Fingerprinter {
 public:
  // The bytes of k1, k2 and k3.
  static constexpr size_t kPhBlockBytes = 32;
  static constexpr size_t kPhPairBytes = 16;
  static constexpr size_t kPhBytes = limits::kTokenBytesMax + kPhPairBytes;
  static constexpr size_t kMixBytes = 2 * 6 * 16;
  static constexpr size_t kAesBytes = 16;
  static constexpr size_t kKeyBytes = kPhBytes + kMixBytes + kAesBytes;
  static_assert(limits::kTokenBytesMax % kPhBlockBytes == 0,
                "F1: the longest message, filled up, is as long as the key");

  // Draws a random key.
  Fingerprinter();
  // For tests: k1, k2, k3 in this order, and whether to multiply two pairs at
  // once where the processor can. REQUIRES: key.size() == kKeyBytes.
  explicit Fingerprinter(absl::Span<const uint8_t> key, bool wide = true);
  Fingerprinter(const Fingerprinter&) = delete;
  Fingerprinter& operator=(const Fingerprinter&) = delete;
  ~Fingerprinter();

  // Returns the fingerprint of `credential`, or the zero one (see above).
  [[nodiscard]] Fingerprint Of(std::string_view credential) const;

  friend std::ostream& operator<<(std::ostream&, const Fingerprinter&) = delete;
  template <typename Sink>
  friend void AbslStringify(Sink&, const Fingerprinter&) = delete;

 private:
  struct Key;

  const std::unique_ptr<Key> key_;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CRYPTO_FINGERPRINT_H_
