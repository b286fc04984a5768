// Real threads on the verified cache, while credentials are revoked: proofs are
// whole, their own credential's, and never from before a revocation that has
// returned. Run under ThreadSanitizer and AddressSanitizer.

#include <atomic>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "engine/verify/verified_cache.h"
#include "gtest/gtest.h"
#include "tests/support/counted_proof.h"

namespace tollgate {
namespace {

constexpr UnixSeconds kNow = {1000};
constexpr ProofLife kLife = ProofLife::Of(kNow, {2000});
constexpr unsigned kThreads = 4;
constexpr uint64_t kCredentials = 300;  // more than there is room for
constexpr int kValidations = 30'000;    // of each thread
constexpr int kRevocationEvery = 50;

class Gate {
 public:
  Gate() {
    for (uint64_t i = 0; i < kCredentials; ++i) {
      fingerprints_.push_back(
          cache_.FingerprintOf("credential " + std::to_string(i)));
    }
  }

  // V1, V2: everybody reads the stamp first and the list after it.
  void Validate(EpochDomain::Participant& participant, uint64_t credential) {
    const auto guard = participant.Pin();
    const ProofStamp stamp = ReadStamp();
    const CountedProof* proof =
        cache_.Find(fingerprints_[credential], stamp, kNow);
    if (proof != nullptr) {
      ++hits_;
      return Check(*proof, credential, stamp.generation);
    }
    const uint64_t list = list_.load(std::memory_order_acquire);
    if (credential % 4 == 0) std::this_thread::yield();  // proving takes time
    proof = cache_.Insert(
        participant,
        CountedProof::Of({fingerprints_[credential], stamp, kLife}, credential,
                         list),
        credential % 2 == 0 ? ReadStamp() : stamp, kNow);
    Check(*proof, credential, stamp.generation);
  }

  // Publishes a new list, then counts up; when it has returned, no proof made
  // with an older list may be found.
  void Revoke(EpochDomain::Participant& participant) {
    const uint64_t version = list_.fetch_add(1, std::memory_order_acq_rel) + 1;
    generation_.fetch_add(1, std::memory_order_acq_rel);
    const auto guard = participant.Pin();
    const ProofStamp stamp = ReadStamp();
    for (uint64_t i = 0; i < kCredentials; ++i) {
      const CountedProof* proof = cache_.Find(fingerprints_[i], stamp, kNow);
      if (proof != nullptr) Check(*proof, i, version);
    }
  }

  uint64_t hits() const { return hits_; }
  uint64_t wrong() const { return wrong_; }
  uint64_t stale() const { return stale_; }
  const VerifiedCache<CountedProof>& cache() const { return cache_; }

 private:
  ProofStamp ReadStamp() const {
    return {generation_.load(std::memory_order_acquire)};
  }

  void Check(const CountedProof& proof, uint64_t credential, uint64_t oldest) {
    if (!proof.intact() || proof.credential() != credential) ++wrong_;
    if (proof.revocations() < oldest) ++stale_;
  }

  VerifiedCache<CountedProof> cache_{{.entries = 256}};
  std::vector<Fingerprint> fingerprints_;
  std::atomic<uint64_t> list_{1};
  std::atomic<uint64_t> generation_{1};
  std::atomic<uint64_t> hits_{0};
  std::atomic<uint64_t> wrong_{0};
  std::atomic<uint64_t> stale_{0};
};

TEST(VerifiedCacheStressTest, NothingProvedBeforeARevocationIsFoundAfterIt) {
  {
    EpochDomain domain;
    Gate gate;
    std::vector<std::thread> threads;
    for (unsigned thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        auto participant = domain.Register();
        std::mt19937_64 random(thread);
        for (int i = 1; i <= kValidations; ++i) {
          gate.Validate(participant, random() % kCredentials);
          if (thread == 0 && i % kRevocationEvery == 0) {
            gate.Revoke(participant);
          }
        }
      });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(gate.wrong(), 0u);
    EXPECT_EQ(gate.stale(), 0u);
    EXPECT_GT(gate.hits(), 0u);
    const VerifiedCacheStats stats = gate.cache().Stats();
    EXPECT_LE(stats.entries, gate.cache().capacity());
    EXPECT_EQ(stats.proof_bytes, stats.entries * sizeof(CountedProof));
    EXPECT_EQ(gate.hits() + stats.inserted + stats.declined,
              uint64_t{kThreads} * kValidations);
    domain.Register().Collect();
    EXPECT_EQ(CountedProof::alive(), static_cast<int64_t>(stats.entries));
  }
  EXPECT_EQ(CountedProof::alive(), 0);
}

}  // namespace
}  // namespace tollgate
