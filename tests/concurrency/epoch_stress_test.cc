// Real threads on an epoch domain: participants come and go while objects are
// replaced, retired and collected. Run under ThreadSanitizer (strong pins) and
// AddressSanitizer (pins that leave the barrier to the collector).

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "engine/sync/epoch.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

constexpr uint64_t kAlive = 0xA11CE;
constexpr size_t kCells = 16;
constexpr int kRounds = 200;
constexpr int kStepsPerRound = 200;

struct Object {
  uint64_t alive = kAlive;
};

std::atomic<int64_t> live_objects{0};

Object* NewObject() {
  // Relaxed: a count, read after all threads have been joined.
  live_objects.fetch_add(1, std::memory_order_relaxed);
  return new Object;
}

void DeleteObject(void*, void* object) {
  static_cast<Object*>(object)->alive = 0;
  delete static_cast<Object*>(object);
  live_objects.fetch_sub(1, std::memory_order_relaxed);  // relaxed: as above
}

class EpochStressTest : public testing::TestWithParam<bool> {};

INSTANTIATE_TEST_SUITE_P(Pins, EpochStressTest, testing::Bool(),
                         [](const auto& test) {
                           return test.param ? "Strong" : "Asymmetric";
                         });

TEST_P(EpochStressTest, ReadersNeverSeeADeletedObject) {
  std::atomic<Object*> cells[kCells];
  for (auto& cell : cells) cell.store(NewObject());
  std::atomic<int> dead_seen{0};
  {
    EpochDomain domain(GetParam());
    auto read = [&](unsigned thread) {
      for (int round = 0; round < kRounds; ++round) {
        auto reader = domain.Register();
        for (int i = 0; i < kStepsPerRound; ++i) {
          const auto guard = reader.Pin();
          const Object* object =
              cells[(thread + i) % kCells].load(std::memory_order_acquire);
          if (object->alive != kAlive) ++dead_seen;
        }
      }
    };
    auto write = [&](unsigned thread) {
      for (int round = 0; round < kRounds; ++round) {
        auto writer = domain.Register();
        for (int i = 0; i < kStepsPerRound; ++i) {
          Object* old = cells[(thread * 5 + i) % kCells].exchange(
              NewObject(), std::memory_order_acq_rel);
          writer.Retire(old, DeleteObject, nullptr, sizeof(Object));
        }
        writer.Collect();
      }
    };
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < 2; ++i) {
      threads.emplace_back(read, i);
      threads.emplace_back(write, i);
    }
    for (auto& thread : threads) thread.join();
  }
  EXPECT_EQ(dead_seen, 0);
  EXPECT_EQ(live_objects, static_cast<int64_t>(kCells));
  for (auto& cell : cells) DeleteObject(nullptr, cell.load());
}

// F5: the reader's pin waits in its processor's store buffer behind stores that
// miss the cache, while the loads of its section go ahead; meanwhile a writer
// replaces, retires and collects. Without the barrier this fails in most
// runs.
TEST_P(EpochStressTest, CollectorSeesThePinThatAReaderHasJustMade) {
  constexpr size_t kRing = 64;
  constexpr int kSections = 100'000;
  constexpr size_t kColdBytes = size_t{64} << 20;
  struct Marked {
    std::atomic<bool> freed{true};
  };
  std::vector<Marked> ring(kRing);
  ring[0].freed = false;
  std::atomic<Marked*> cell{&ring[0]};
  std::atomic<bool> done{false};
  EpochDomain domain(GetParam());
  int freed_seen = 0;
  std::thread reader([&] {
    auto participant = domain.Register();
    std::vector<uint64_t> cold(kColdBytes / sizeof(uint64_t));
    uint64_t random = 1;
    for (int section = 0; section < kSections; ++section) {
      for (int i = 0; i < 24; ++i) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        const_cast<volatile uint64_t&>(cold[(random >> 33) % cold.size()]) = 1;
      }
      const auto guard = participant.Pin();
      const Marked* seen = cell.load(std::memory_order_acquire);
      for (int i = 0; i < 200; ++i) {
        // Relaxed: whether it is ordered is what the test asks of the domain.
        freed_seen += seen->freed.load(std::memory_order_relaxed);
      }
    }
    done = true;
  });
  auto participant = domain.Register();
  const EpochDomain::Deleter mark = [](void*, void* object) {
    static_cast<Marked*>(object)->freed.store(true, std::memory_order_relaxed);
  };
  for (size_t next = 1; !done; next = (next + 1) % kRing) {
    participant.Collect();
    // An object comes back into use when its grace period is over.
    if (!ring[next].freed.load(std::memory_order_relaxed)) continue;
    ring[next].freed.store(false, std::memory_order_relaxed);
    Marked* old = cell.exchange(&ring[next], std::memory_order_acq_rel);
    participant.Retire(old, mark, nullptr, sizeof(Marked));
    participant.Collect();
  }
  reader.join();
  EXPECT_EQ(freed_seen, 0);
}

}  // namespace
}  // namespace tollgate
