#include "engine/observe/event_ring.h"

#include <cstdint>
#include <thread>

#include "gtest/gtest.h"

namespace tollgate {
namespace {

TEST(EventRingTest, WhatIsFullDropsAndCounts) {
  EventRing<uint64_t> ring(4);
  for (uint64_t i = 0; i < 6; ++i) {
    uint64_t* const place = ring.Begin();
    EXPECT_EQ(place != nullptr, i < 4) << i;
    if (place == nullptr) continue;
    *place = i;
    ring.Commit();
  }
  EXPECT_EQ(ring.dropped(), 2u);
  for (uint64_t i = 0; i < 4; ++i) {
    ASSERT_NE(ring.Front(), nullptr);
    EXPECT_EQ(*ring.Front(), i);
    ring.Pop();
  }
  EXPECT_EQ(ring.Front(), nullptr);
  EXPECT_NE(ring.Begin(), nullptr) << "there is room again";
}

// Two threads: what comes out went in, in order, and all else was counted.
TEST(EventRingTest, NothingIsTornOrInvented) {
  constexpr uint64_t kEvents = 200'000;
  struct Event {
    uint64_t number;
    uint64_t twice;
  };
  EventRing<Event> ring(64);
  std::thread producer([&] {
    for (uint64_t i = 1; i <= kEvents; ++i) {
      if (Event* const place = ring.Begin()) {
        *place = {i, 2 * i};
        ring.Commit();
      }
    }
    // The last one, which ends the other thread.
    Event* place = nullptr;
    while ((place = ring.Begin()) == nullptr) std::this_thread::yield();
    *place = {kEvents + 1, 0};
    ring.Commit();
  });
  uint64_t seen = 0;
  uint64_t last = 0;
  for (;;) {
    const Event* const event = ring.Front();
    if (event == nullptr) continue;
    const Event copy = *event;
    ring.Pop();
    ASSERT_GT(copy.number, last);
    last = copy.number;
    if (last > kEvents) break;
    ASSERT_EQ(copy.twice, 2 * copy.number);
    ++seen;
  }
  producer.join();
  EXPECT_GE(seen + ring.dropped(), kEvents);
}

}  // namespace
}  // namespace tollgate
