// What the verified cache has to know of a proof: whose it is, what it was
// proved under, and until when. See engine/verify/verified_cache.h.
//
// Thread-safety, ownership: plain values. The zero values are no proof.

#ifndef TOLLGATE_ENGINE_VERIFY_PROOF_HEADER_H_
#define TOLLGATE_ENGINE_VERIFY_PROOF_HEADER_H_

#include <cstdint>

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

// The base of every type of proof. Immutable once the cache has it.
struct ProofHeader {
  Fingerprint fingerprint;
  ProofStamp stamp;
  UnixSeconds expires_at;  // the first second in which it proves nothing
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_VERIFY_PROOF_HEADER_H_
