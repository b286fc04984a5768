// One way of a set of the verified cache, as one word: where the proof is, a
// part of its fingerprint, and how lately it was of use.
//
// Thread-safety: a value. For engine/verify/verified_cache.h, where the
// transitions are told.

#ifndef TOLLGATE_ENGINE_VERIFY_PROOF_WORD_H_
#define TOLLGATE_ENGINE_VERIFY_PROOF_WORD_H_

#include <cassert>
#include <cstdint>

#include "engine/crypto/fingerprint.h"

namespace tollgate {

class ProofWord {
 public:
  // Of a proof that was found since its set was last aged.
  static constexpr unsigned kFreshest = 3;

  constexpr ProofWord() = default;
  constexpr explicit ProofWord(uint64_t bits) : bits_(bits) {}

  // The word of a proof that nobody has found yet.
  static ProofWord Of(const void* proof, const Fingerprint& fingerprint) {
    const auto address = reinterpret_cast<uint64_t>(proof);
    assert((address & ~kAddressMask) == 0);
    return ProofWord(address | TagOf(fingerprint));
  }

  constexpr bool empty() const { return bits_ == 0; }
  constexpr uint64_t bits() const { return bits_; }
  constexpr unsigned freshness() const {
    return bits_ >> kFreshnessShift & kFreshest;
  }
  // True for one in 2^14 of other fingerprints as well.
  constexpr bool MayBe(const Fingerprint& fingerprint) const {
    return ((bits_ ^ fingerprint.high) & kTagMask) == 0;
  }
  template <typename Proof>
  const Proof* proof() const {
    return reinterpret_cast<const Proof*>(bits_ & kAddressMask);
  }

  constexpr ProofWord Freshened() const {
    return ProofWord(bits_ | uint64_t{kFreshest} << kFreshnessShift);
  }
  constexpr ProofWord AgedBy(unsigned steps) const {
    const unsigned left = freshness() > steps ? freshness() - steps : 0;
    return ProofWord((bits_ & ~(uint64_t{kFreshest} << kFreshnessShift)) |
                     uint64_t{left} << kFreshnessShift);
  }

  friend constexpr bool operator==(ProofWord, ProofWord) = default;

 private:
  // Bits 0-47: address, which is what the user half of the address space
  // needs; 48-49: freshness; 50-63: the same bits of the fingerprint's `high`
  // (sets are chosen by `low`).
  static constexpr uint64_t kAddressMask = 0x0000'FFFF'FFFF'FFFF;
  static constexpr int kFreshnessShift = 48;
  static constexpr uint64_t kTagMask = 0xFFFC'0000'0000'0000;
  static_assert((kAddressMask | uint64_t{kFreshest} << kFreshnessShift |
                 kTagMask) == ~uint64_t{0});

  static constexpr uint64_t TagOf(const Fingerprint& fingerprint) {
    return fingerprint.high & kTagMask;
  }

  uint64_t bits_ = 0;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_VERIFY_PROOF_WORD_H_
