// What the verified cache has to know of a proof: whose it is, what it was
// proved under, and when it is good. See engine/verify/verified_cache.h.
//
// Thread-safety, ownership: plain values. The zero values are no proof.

#ifndef TOLLGATE_ENGINE_VERIFY_PROOF_HEADER_H_
#define TOLLGATE_ENGINE_VERIFY_PROOF_HEADER_H_

#include <algorithm>
#include <cstdint>
#include <limits>

#include "engine/base/clock.h"
#include "engine/crypto/fingerprint.h"

namespace tollgate {

// What something was proved under: the keys, and the rules for what they prove,
// which are published together. A counter of the engine that begins at 1 and is
// only ever compared for equality; what changes neither of them keeps it.
struct ProofStamp {
  uint64_t generation = 0;

  // False if it was never read: nothing is proved under that.
  bool complete() const { return generation != 0; }
  friend bool operator==(const ProofStamp&, const ProofStamp&) = default;
};

// The seconds in which a proof is good, from the one in which it was made: a
// clock that is set back behind that has everything proved anew, as what is not
// yet valid must be. Of times between 1970 and 2106; outside of them nothing is
// good.
class ProofLife {
 public:
  constexpr ProofLife() = default;  // never good

  // From `begin` on; `end` is the first second in which it is over.
  static constexpr ProofLife Of(UnixSeconds begin, UnixSeconds end) {
    ProofLife life;
    life.begin_ = Clamped(begin.value);
    life.end_ = std::max(Clamped(end.value), life.begin_);
    return life;
  }

  constexpr bool Holds(UnixSeconds now) const {
    // One comparison: what is before the beginning wraps around.
    return static_cast<uint64_t>(now.value) - begin_ < end_ - begin_;
  }

  constexpr bool EndsBefore(ProofLife other) const { return end_ < other.end_; }

  friend constexpr bool operator==(ProofLife, ProofLife) = default;

 private:
  static constexpr uint32_t Clamped(int64_t seconds) {
    return static_cast<uint32_t>(
        std::clamp<int64_t>(seconds, 0, std::numeric_limits<uint32_t>::max()));
  }

  uint32_t begin_ = 0;
  uint32_t end_ = 0;
};

// The base of every type of proof. Immutable once the cache has it.
struct ProofHeader {
  Fingerprint fingerprint;
  ProofStamp stamp;
  ProofLife life;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_VERIFY_PROOF_HEADER_H_
