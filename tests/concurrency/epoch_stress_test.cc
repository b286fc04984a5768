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

}  // namespace
}  // namespace tollgate
