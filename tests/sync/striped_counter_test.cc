#include "engine/sync/striped_counter.h"

#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace tollgate {
namespace {

TEST(StripedCounterTest, SumsAllStripes) {
  StripedCounter counter(3);
  for (size_t stripe = 0; stripe < 10; ++stripe) counter.Add(stripe, stripe);
  EXPECT_EQ(counter.Sum(), 45u);
}

TEST(StripedCounterTest, LosesNothingUnderThreads) {
  StripedCounter counter(4);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&counter, t] {
      for (int i = 0; i < 10'000; ++i) {
        counter.AddOwned(t, 1);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  threads.clear();
  for (size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&counter] {
      for (int i = 0; i < 10'000; ++i) counter.Add(0, 1);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(counter.Sum(), 80'000u);
}

}  // namespace
}  // namespace tollgate
