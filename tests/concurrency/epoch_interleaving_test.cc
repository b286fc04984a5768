// Interleavings of the epoch domain, replayed by seed. F-numbers are the facts
// in engine/sync/epoch.h.

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/sync/epoch.h"
#include "engine/sync/published.h"
#include "gtest/gtest.h"
#include "tests/support/deterministic_schedule.h"

namespace tollgate {
namespace {

using Domain = BasicEpochDomain<DeterministicAtomics>;

// A shared cell with an object that knows whether it has been freed.
struct Object {
  bool freed = false;
};

class World {
 public:
  explicit World(size_t objects) : objects_(objects) {
    cell_.store(&objects_[0], std::memory_order_release);
  }

  // Reads the cell twice under a guard, with steps in between.
  void Read(Domain::Participant& reader) {
    const auto guard = reader.Pin();
    const Object* seen = cell_.load(std::memory_order_acquire);
    DeterministicSchedule::Step();
    if (seen->freed) saw_freed_ = true;
    DeterministicSchedule::Step();
    if (seen->freed) saw_freed_ = true;
  }

  // Replaces the object, retires the old one and collects.
  void Replace(Domain::Participant& writer, size_t next) {
    Object* old = cell_.exchange(&objects_[next], std::memory_order_acq_rel);
    writer.Retire(
        old,
        [](void*, void* object) { static_cast<Object*>(object)->freed = true; },
        nullptr, sizeof(Object));
    writer.Collect();
  }

  bool saw_freed() const { return saw_freed_; }
  size_t freed() const {
    size_t freed = 0;
    for (const Object& object : objects_) freed += object.freed;
    return freed;
  }

 private:
  std::vector<Object> objects_;
  DeterministicAtomics::Atomic<Object*> cell_{nullptr};
  bool saw_freed_ = false;
};

// Two readers that come, pin twice and go; two writers that come, replace twice
// and go.
DeterministicSchedule::Outcome RunReadersAndWriters(
    DeterministicSchedule& schedule, World& world, Domain& domain) {
  for (int i = 0; i < 2; ++i) {
    schedule.Spawn([&] {
      auto reader = domain.Register();
      world.Read(reader);
      world.Read(reader);
    });
  }
  for (size_t i = 0; i < 2; ++i) {
    schedule.Spawn([&, i] {
      auto writer = domain.Register();
      world.Replace(writer, 1 + 2 * i);
      world.Replace(writer, 2 + 2 * i);
    });
  }
  return schedule.Run();
}

// F1-F8: readers and writers register and leave while others read and collect.
TEST(EpochInterleavingTest, NoReaderSeesAFreedObject) {
  for (uint64_t seed = 0; seed < 1000; ++seed) {
    Domain domain;
    World world(5);
    DeterministicSchedule schedule(seed);
    RunReadersAndWriters(schedule, world, domain);
    ASSERT_FALSE(world.saw_freed()) << "seed " << seed;
    domain.Register().Collect();
    ASSERT_EQ(world.freed(), 4u) << "seed " << seed;
    ASSERT_EQ(domain.Stats().retired_objects, 0u) << "seed " << seed;
  }
}

// F10: whichever thread stops, and wherever, the others finish, and still no
// reader sees a freed object.
TEST(EpochInterleavingTest, ThreadSuspendedAtAnyStepStopsNobody) {
  for (size_t thread = 0; thread < 4; ++thread) {
    bool suspended = true;
    for (uint64_t step = 0; suspended; ++step) {
      for (uint64_t seed = 0; seed < 8; ++seed) {
        Domain domain;
        World world(5);
        DeterministicSchedule schedule(seed);
        schedule.set_steps_max(5000);
        schedule.SuspendAt(thread, step);
        const auto outcome = RunReadersAndWriters(schedule, world, domain);
        suspended = outcome.suspended;
        ASSERT_TRUE(outcome.others_finished && !world.saw_freed())
            << "thread " << thread << " step " << step << " seed " << seed;
      }
    }
  }
}

// F9: a reader that never unpins holds back what is retired after it pinned,
// and nothing that was retired before.
TEST(EpochInterleavingTest, StalledReaderHoldsBackOnlyWhatCameLater) {
  Domain domain;
  World world(4);
  auto writer = domain.Register();
  auto stalled = domain.Register();
  world.Replace(writer, 1);
  EXPECT_EQ(world.freed(), 1u);
  const auto guard = stalled.Pin();
  world.Replace(writer, 2);
  world.Replace(writer, 3);
  EXPECT_EQ(world.freed(), 1u);
}

// A snapshot is whole or old, and deleted once.
TEST(PublishedInterleavingTest, ReadersSeeWholeSnapshots) {
  struct Pair {
    ~Pair() { a = b = -1; }
    int a, b;
  };
  for (uint64_t seed = 0; seed < 1000; ++seed) {
    Domain domain;
    Published<Pair, DeterministicAtomics> published(
        std::make_unique<Pair>(Pair{0, 0}));
    DeterministicSchedule schedule(seed);
    bool torn = false;
    for (int i = 0; i < 2; ++i) {
      schedule.Spawn([&] {
        auto reader = domain.Register();
        const auto guard = reader.Pin();
        const Pair* pair = published.Load();
        DeterministicSchedule::Step();
        torn |= pair->a != pair->b || pair->a < 0;
      });
    }
    for (int i = 1; i < 3; ++i) {
      schedule.Spawn([&, i] {
        auto writer = domain.Register();
        published.Publish(writer, std::make_unique<Pair>(Pair{i, i}));
        writer.Collect();
      });
    }
    schedule.Run();
    ASSERT_FALSE(torn) << "seed " << seed;
  }
}

}  // namespace
}  // namespace tollgate
