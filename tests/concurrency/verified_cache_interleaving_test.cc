// Interleavings of the verified cache in one set, replayed by seed. V-numbers
// are the facts in engine/verify/verified_cache.h.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/verify/verified_cache.h"
#include "gtest/gtest.h"
#include "tests/support/counted_proof.h"
#include "tests/support/deterministic_schedule.h"

namespace tollgate {
namespace {

using Domain = BasicEpochDomain<DeterministicAtomics>;
using Cache = BasicVerifiedCache<CountedProof, DeterministicAtomics>;
using Counter = DeterministicAtomics::Atomic<uint64_t>;

constexpr UnixSeconds kNow = {1000};
constexpr ProofLife kLife = ProofLife::Of(kNow, {2000});
constexpr uint64_t kCredentials = 12;  // more than a set holds

// A cache of one set, a revocation list with its generation, and threads.
class Scene {
 public:
  explicit Scene(uint64_t seed) : cache_({.entries = 8}), schedule_(seed) {
    schedule_.set_steps_max(50'000);
  }

  // Fills the set with what has been found already, so that the next to come
  // displaces and ages it.
  void Fill() {
    auto participant = domain_.Register();
    for (uint64_t i = 0; i < 16; ++i) Validate(participant, i % 8);
  }

  // Adds a thread that validates `count` credentials from `first` on.
  void SpawnValidating(uint64_t first, uint64_t count) {
    schedule_.Spawn([this, first, count] {
      auto participant = domain_.Register();
      for (uint64_t i = 0; i < count; ++i) {
        Validate(participant, (first + i) % kCredentials);
      }
      participant.Collect();
    });
  }

  // Adds a thread that revokes, and validates everything afterwards.
  void SpawnRevoking() {
    schedule_.Spawn([this] {
      auto participant = domain_.Register();
      for (uint64_t revoked = 2; revoked <= 3; ++revoked) {
        list_.store(revoked, std::memory_order_release);
        generation_.fetch_add(1, std::memory_order_acq_rel);
        for (uint64_t i = 0; i < kCredentials; ++i) {
          const auto guard = participant.Pin();
          const auto* proof = Find(i, ReadStamp());
          if (proof != nullptr && proof->revocations() < revoked) stale_ = true;
        }
      }
      participant.Collect();
    });
  }

  DeterministicSchedule& schedule() { return schedule_; }
  const DeterministicSchedule::Outcome& outcome() const { return outcome_; }

  // Returns what was wrong, or nothing.
  std::string Run() {
    outcome_ = schedule_.Run();
    if (!outcome_.others_finished) return "somebody waited";
    if (stale_) return "a proof outlived a revocation";
    if (wrong_) return "a proof was torn or somebody else's";
    domain_.Register().Collect();
    const VerifiedCacheStats stats = cache_.Stats();
    if (stats.entries > cache_.capacity()) return "more entries than ways";
    if (CountedProof::alive() != static_cast<int64_t>(stats.entries)) {
      return "proofs were lost, or deleted twice";
    }
    return "";
  }

 private:
  ProofStamp ReadStamp() const {
    return {generation_.load(std::memory_order_acquire)};
  }

  Fingerprint FingerprintOf(uint64_t credential) const {
    return cache_.FingerprintOf("credential " + std::to_string(credential));
  }

  const CountedProof* Find(uint64_t credential, const ProofStamp& stamp) {
    const CountedProof* proof =
        cache_.Find(FingerprintOf(credential), stamp, kNow);
    if (proof != nullptr) Check(*proof, credential, stamp);
    return proof;
  }

  void Check(const CountedProof& proof, uint64_t credential,
             const ProofStamp& stamp) {
    DeterministicSchedule::Step();
    if (!proof.intact() || proof.credential() != credential) wrong_ = true;
    if (proof.revocations() < stamp.generation) stale_ = true;
  }

  // V1: the stamp is read before the list.
  void Validate(Domain::Participant& participant, uint64_t credential) {
    const auto guard = participant.Pin();
    const ProofStamp stamp = ReadStamp();
    if (Find(credential, stamp) != nullptr) return;
    const uint64_t list = list_.load(std::memory_order_acquire);
    const CountedProof* proof = cache_.Insert(
        participant,
        CountedProof::Of({FingerprintOf(credential), stamp, kLife}, credential,
                         list),
        ReadStamp(), kNow);
    Check(*proof, credential, stamp);
  }

  Domain domain_;
  Cache cache_;
  Counter list_{1};
  Counter generation_{1};
  bool wrong_ = false;
  bool stale_ = false;
  DeterministicSchedule schedule_;
  DeterministicSchedule::Outcome outcome_;
};

void SpawnAll(Scene& scene) {
  scene.SpawnValidating(0, 5);
  scene.SpawnValidating(3, 5);
  scene.SpawnValidating(6, 5);
  scene.SpawnRevoking();
}

TEST(VerifiedCacheInterleavingTest, ProofsAreWholeAndNeverStale) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    Scene scene(seed);
    SpawnAll(scene);
    ASSERT_EQ(scene.Run(), "") << "seed " << seed;
  }
}

// Two threads prove one credential at once, again and again.
TEST(VerifiedCacheInterleavingTest, TwoMayInsertTheSameCredential) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    Scene scene(seed);
    for (int i = 0; i < 3; ++i) scene.SpawnValidating(0, 3);
    ASSERT_EQ(scene.Run(), "") << "seed " << seed;
  }
}

// Ageing and freshening lose no entry that takes a place meanwhile.
TEST(VerifiedCacheInterleavingTest, EntriesAgeWhileOthersAreDisplaced) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    Scene scene(seed);
    scene.Fill();
    scene.SpawnValidating(8, 4);
    scene.SpawnValidating(10, 4);
    scene.SpawnValidating(2, 8);
    ASSERT_EQ(scene.Run(), "") << "seed " << seed;
  }
}

TEST(VerifiedCacheInterleavingTest, ThreadSuspendedAtAnyStepStopsNobody) {
  bool suspended = true;
  uint64_t step = 0;
  for (; suspended; ++step) {
    Scene scene(step);
    SpawnAll(scene);
    scene.schedule().SuspendAt(0, step);
    ASSERT_EQ(scene.Run(), "") << "step " << step;
    suspended = scene.outcome().suspended;
  }
  EXPECT_GT(step, 50u) << "was never suspended inside";
}

}  // namespace
}  // namespace tollgate
