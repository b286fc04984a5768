// A proof for tests of the verified cache: it knows whose it is, what it was
// proved against, and how many of its kind are alive.

#ifndef TOLLGATE_TESTS_SUPPORT_COUNTED_PROOF_H_
#define TOLLGATE_TESTS_SUPPORT_COUNTED_PROOF_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "engine/verify/proof_header.h"

namespace tollgate {

class CountedProof : public ProofHeader {
 public:
  // `revocations` is the generation of what the credential was looked up in.
  CountedProof(const ProofHeader& header, uint64_t credential,
               uint64_t revocations)
      : ProofHeader(header),
        credential_(credential),
        revocations_(revocations),
        check_(Check()) {
    // Relaxed, here and below: read when the threads are gone.
    alive_.fetch_add(1, std::memory_order_relaxed);
  }
  CountedProof(const CountedProof&) = delete;
  CountedProof& operator=(const CountedProof&) = delete;
  ~CountedProof() {
    check_ = 0;
    alive_.fetch_sub(1, std::memory_order_relaxed);
  }

  static std::unique_ptr<const CountedProof> Of(const ProofHeader& header,
                                                uint64_t credential = 0,
                                                uint64_t revocations = 0) {
    return std::make_unique<const CountedProof>(header, credential,
                                                revocations);
  }

  uint64_t credential() const { return credential_; }
  uint64_t revocations() const { return revocations_; }
  size_t bytes() const { return sizeof(*this); }

  // False for what is torn or gone.
  bool intact() const { return check_ == Check(); }

  static int64_t alive() { return alive_.load(std::memory_order_relaxed); }

 private:
  uint64_t Check() const {
    return (fingerprint.low ^ fingerprint.high * 3 ^ credential_ * 5 ^
            revocations_ * 7) |
           1;
  }

  static inline std::atomic<int64_t> alive_{0};

  uint64_t credential_;
  uint64_t revocations_;
  uint64_t check_;
};

}  // namespace tollgate

#endif  // TOLLGATE_TESTS_SUPPORT_COUNTED_PROOF_H_
