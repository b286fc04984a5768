// Interleavings of the admission limiter in one set, replayed by seed.
// F-numbers are the facts in engine/limit/admission_limiter.h.

#include <cstdint>
#include <string>
#include <vector>

#include "engine/limit/admission_limiter.h"
#include "gtest/gtest.h"
#include "tests/support/deterministic_schedule.h"

namespace tollgate {
namespace {

// With a small filter: each schedule makes a limiter of its own.
constexpr int kFilterLinesLog2 = 2;
using Limiter = BasicAdmissionLimiter<DeterministicAtomics, kFilterLinesLog2>;

constexpr FailureRules kRules = {
    .failures = 4, .per_ms = 60'000, .lockout_ms = 300'000};
constexpr int64_t kNow = 1000;
constexpr size_t kOneSet = 8;

IpAddress AddressOf(uint32_t i) { return IpAddress::FromV4(0x0a000000 + i); }

// A limiter of one set that is full: one source is locked out, one has failed
// three times, the others once.
class Scene {
 public:
  Scene() : limiter_(HashSeed(1, 2), kOneSet) {
    Fail(kLocked, 4);
    Fail(kKnown, 3);
    for (uint32_t i = 2; i < 8; ++i) Fail(i, 1);
  }

  void Fail(uint32_t source, int times) {
    for (int i = 0; i < times; ++i) {
      limiter_.RecordFailure(limiter_.SourceOf(AddressOf(source)), kRules,
                             kNow);
    }
  }
  bool Locked(uint32_t source) const {
    return limiter_.LockedFor(limiter_.SourceOf(AddressOf(source)), kNow) > 0;
  }

  // Adds a thread that fails from `source`, and looks at others meanwhile.
  void SpawnFailing(DeterministicSchedule& schedule, uint32_t source,
                    int times) {
    schedule.Spawn([this, source, times] {
      for (int i = 0; i < times; ++i) {
        Fail(source, 1);
        if (!Locked(kLocked)) wrong_ = "a lock-out was forgotten";
        if (Locked(kClean)) wrong_ = "who never failed was locked out";
      }
    });
  }

  static constexpr uint32_t kLocked = 0;
  static constexpr uint32_t kKnown = 1;
  static constexpr uint32_t kClean = 77;

  Limiter limiter_;
  std::string wrong_;  // threads of a schedule run one at a time
};

// F2: of a source that keeps its place, each failure counts.
TEST(AdmissionInterleavingTest, NoFailureOfAKnownSourceIsLost) {
  for (uint64_t seed = 0; seed < 500; ++seed) {
    Limiter limiter(HashSeed(1, 2), kOneSet);
    const auto source = limiter.SourceOf(AddressOf(1));
    limiter.RecordFailure(source, kRules, kNow);
    DeterministicSchedule schedule(seed);
    int locked = 0;
    for (int t = 0; t < 3; ++t) {
      schedule.Spawn(
          [&] { locked += limiter.RecordFailure(source, kRules, kNow); });
    }
    ASSERT_TRUE(schedule.Run().others_finished) << seed;
    ASSERT_EQ(locked, 1) << "seed " << seed << ": the fourth, and it alone";
    ASSERT_GT(limiter.LockedFor(source, kNow), 0) << seed;
  }
}

// F1, F3: newcomers displace each other, never who is locked out, and nobody
// gets what is another's.
TEST(AdmissionInterleavingTest, NewcomersDisplaceOnlyWhoMayBe) {
  for (uint64_t seed = 0; seed < 1000; ++seed) {
    Scene scene;
    DeterministicSchedule schedule(seed);
    schedule.set_steps_max(20'000);
    scene.SpawnFailing(schedule, 100, 3);
    scene.SpawnFailing(schedule, 101, 3);
    scene.SpawnFailing(schedule, 100, 3);
    ASSERT_TRUE(schedule.Run().others_finished) << seed;
    ASSERT_EQ(scene.wrong_, "") << seed;
    ASSERT_TRUE(scene.Locked(Scene::kLocked)) << seed;
    ASSERT_FALSE(scene.Locked(101)) << seed << ": it failed three times";
    scene.Fail(Scene::kKnown, 1);
    ASSERT_TRUE(scene.Locked(Scene::kKnown))
        << seed << ": who failed more than newcomers was displaced";
  }
}

// F1: one source fails again while another takes its place; neither is charged
// with the other's failure, which here would lock it out.
TEST(AdmissionInterleavingTest, WhoIsDisplacedFailsForNobodyElse) {
  constexpr FailureRules kThree = {
      .failures = 3, .per_ms = 60'000, .lockout_ms = 300'000};
  constexpr uint32_t kOld = 0;
  constexpr uint32_t kNew = 100;
  for (uint64_t seed = 0; seed < 3000; ++seed) {
    Limiter limiter(HashSeed(1, 2), kOneSet);
    const auto fail = [&](uint32_t source, int64_t now) {
      limiter.RecordFailure(limiter.SourceOf(AddressOf(source)), kThree, now);
    };
    // The oldest is the first to be displaced.
    for (uint32_t i = kOld; i < kOneSet; ++i) fail(i, kNow - 100 + i);
    DeterministicSchedule schedule(seed);
    schedule.Spawn([&] {
      fail(kNew, kNow);
      fail(kNew, kNow);
    });
    schedule.Spawn([&] { fail(kOld, kNow); });
    ASSERT_TRUE(schedule.Run().others_finished) << seed;
    for (const uint32_t source : {kOld, kNew}) {
      ASSERT_EQ(limiter.LockedFor(limiter.SourceOf(AddressOf(source)), kNow), 0)
          << "seed " << seed << ": " << source << " failed twice at most";
    }
  }
}

// Whoever stops, and wherever: the others finish, and nothing is forgotten.
TEST(AdmissionInterleavingTest, AThreadSuspendedAtAnyStepStopsNobody) {
  for (size_t thread = 0; thread < 2; ++thread) {
    bool suspended = true;
    for (uint64_t step = 0; suspended; ++step) {
      Scene scene;
      DeterministicSchedule schedule(step);
      schedule.set_steps_max(20'000);
      scene.SpawnFailing(schedule, 100, 2);
      scene.SpawnFailing(schedule, 101, 2);
      schedule.SuspendAt(thread, step);
      const DeterministicSchedule::Outcome outcome = schedule.Run();
      suspended = outcome.suspended;
      ASSERT_TRUE(outcome.others_finished) << thread << " at " << step;
      ASSERT_EQ(scene.wrong_, "") << thread << " at " << step;
      ASSERT_TRUE(scene.Locked(Scene::kLocked)) << thread << " at " << step;
    }
  }
}

}  // namespace
}  // namespace tollgate
