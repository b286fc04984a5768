// Remembers for some seconds what failed to prove itself, so that who presents
// the same bad credential again and again costs a look-up and no signature.
//
//   RefusalMemory memory;                       // one for each strategy
//   Reason reason = memory.Find(fingerprint, stamp, now);   // kOk: not known
//   ... verify; it failed ...
//   memory.Remember(fingerprint, stamp, now, reason);
//
// Small and forgetful: what hashes to the same place displaces it. Only for
// refusals that the credential's bytes and what the stamp names lead to, never
// for what time or others can mend. Apart from the verified cache, so that no
// flood of forgeries touches that.
//
// Thread-safety: one thread; each worker has its own. Ownership: values only.
// Cost: a line; 24 KiB, allocated at construction. Errors: none. What is found
// compares all 128 bits of the fingerprint (engine/crypto/fingerprint.h).

#ifndef TOLLGATE_ENGINE_VERIFY_REFUSAL_MEMORY_H_
#define TOLLGATE_ENGINE_VERIFY_REFUSAL_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "engine/base/clock.h"
#include "engine/crypto/fingerprint.h"
#include "engine/model/reason.h"
#include "engine/verify/proof_header.h"

namespace tollgate {

class RefusalMemory {
 public:
  static constexpr int64_t kSeconds = 10;

  RefusalMemory() : entries_(std::make_unique<Entry[]>(kEntries)) {}

  // Returns why the credential was refused under exactly this stamp within the
  // last seconds, or kOk when that is not known.
  [[nodiscard]] Reason Find(const Fingerprint& fingerprint,
                            const ProofStamp& stamp, UnixSeconds now) const {
    if (!fingerprint) return Reason::kOk;  // of nothing in particular
    const Entry& entry = At(fingerprint);
    const int64_t age = now.value - entry.made_at.value;
    return entry.fingerprint == fingerprint && entry.stamp == stamp &&
                   age >= 0 && age < kSeconds
               ? entry.reason
               : Reason::kOk;
  }

  void Remember(const Fingerprint& fingerprint, const ProofStamp& stamp,
                UnixSeconds now, Reason reason) {
    At(fingerprint) = {fingerprint, stamp, now, reason};
  }

 private:
  static constexpr size_t kEntries = 512;

  struct Entry {
    Fingerprint fingerprint;
    ProofStamp stamp;
    UnixSeconds made_at = {-kSeconds - 1};
    Reason reason = Reason::kOk;
  };

  Entry& At(const Fingerprint& fingerprint) const {
    return entries_[fingerprint.low % kEntries];
  }

  const std::unique_ptr<Entry[]> entries_;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_VERIFY_REFUSAL_MEMORY_H_
