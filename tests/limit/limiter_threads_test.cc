// The limiter under real threads, for ThreadSanitizer and for the bound. The
// letters cite the argument in engine/limit/bucket.h.

#include <atomic>
#include <barrier>
#include <cstdint>
#include <random>
#include <thread>
#include <vector>

#include "absl/base/config.h"
#include "engine/limit/rate_limiter.h"
#include "engine/sync/epoch.h"
#include "gtest/gtest.h"
#include "tests/limit/charge_history.h"
#include "tests/limit/token_bucket_oracle.h"

namespace tollgate {
namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kStart = 1'000 * kSecond;
constexpr size_t kThreads = 4;

#if defined(ABSL_HAVE_THREAD_SANITIZER)
constexpr int kScale = 1;
#else
constexpr int kScale = 8;
#endif

MonotonicNanos AtMicros(int64_t us) { return {us * 1000}; }

template <typename Body>
void RunThreads(Body body) {
  std::vector<std::thread> threads;
  for (size_t i = 0; i < kThreads; ++i) threads.emplace_back(body, i);
  for (std::thread& thread : threads) thread.join();
}

class LimiterThreadsTest : public testing::Test {
 protected:
  bool Allowed(RateLimiter::Worker& worker, BucketId id, const LimitSet* limits,
               int64_t at_us, uint32_t permits = 1) {
    return limiter_.Charge(worker, id, limits, AtMicros(at_us), permits)
               .outcome == ChargeOutcome::kAllowed;
  }

  EpochDomain domain_;
  RateLimiter limiter_{&domain_, {.bucket_bytes_max = 16 << 20}};
};

// Row "burst race: n threads, one token" of known-failures: in each round
// exactly as many charges are allowed as one thread would have been.
TEST_F(LimiterThreadsTest, BurstRaceOfManyThreadsGivesExactlyTheBurst) {
  const std::vector<LimitSpec> specs = {{"second", 5, kSecond, 5},
                                        {"minute", 30, 60 * kSecond, 12}};
  const LimitSet* limits = limiter_.Intern(specs);
  const BucketId id = limiter_.Create(limits);
  TokenBucketOracle oracle(specs);
  std::atomic<int> allowed{0};
  int64_t now = kStart;
  int round = 0;
  std::mt19937_64 random(1);
  const auto judge = [&]() noexcept {
    if (round++ % 2 == 0) return;  // before the charges
    int ideal = 0;
    while (oracle.Charge(now, 1)) ++ideal;
    EXPECT_EQ(allowed.exchange(0), ideal) << "round " << round << " at " << now;
    const int64_t steps[] = {0,
                             1,
                             200'000,
                             400'001,
                             kSecond,
                             10 * kSecond,
                             100'000 * kSecond,
                             1'000'000 * kSecond};
    now += steps[random() % 8];
  };
  std::barrier barrier(kThreads, judge);
  RunThreads([&](size_t) {
    RateLimiter::Worker worker(limiter_.NewWorker());
    for (int i = 0; i < 2000 * kScale; ++i) {
      barrier.arrive_and_wait();
      const int64_t at = now;
      for (int j = 0; j < 5; ++j) allowed += Allowed(worker, id, limits, at);
      barrier.arrive_and_wait();
    }
  });
}

// G1-G5, G7, G8: histories of one instant have an order in which one thread
// would have got the same answers.
TEST_F(LimiterThreadsTest, HistoriesAreLinearizable) {
  const LimitSet* limits = limiter_.Intern(
      {{"second", 9, kSecond, 9}, {"minute", 60, 60 * kSecond, 60}});
  const BucketId id = limiter_.Create(limits);
  std::vector<ChargeCall> calls(kThreads * 3);
  std::atomic<uint64_t> moment{0};
  int64_t now = kStart;
  uint64_t left = 9;
  std::mt19937_64 random(2);
  TokenBucketOracle oracle(limits->specs());
  oracle.Advance(now);
  int round = 0;
  const auto judge = [&]() noexcept {
    if (round++ % 2 == 0) return;  // before the calls
    EXPECT_TRUE(LinearizationSearch(calls, left).Find()) << "round " << round;
    uint64_t spent = 0;
    for (const ChargeCall& call : calls) {
      spent += call.allowed ? call.permits : 0;
    }
    if (spent != 0) {
      EXPECT_TRUE(oracle.Charge(now, spent));
    }
    now += static_cast<int64_t>(random() % 3 * 700'000);
    oracle.Advance(now);
    left = std::min(oracle.Remaining(0), oracle.Remaining(1));
  };
  std::barrier barrier(kThreads, judge);
  RunThreads([&](size_t thread) {
    RateLimiter::Worker worker(limiter_.NewWorker());
    std::mt19937_64 mine(thread);
    for (int i = 0; i < 1000 * kScale; ++i) {
      barrier.arrive_and_wait();
      for (size_t j = 0; j < 3; ++j) {
        ChargeCall& call = calls[thread * 3 + j];
        call.permits = 1 + mine() % 3;
        call.begun = ++moment;
        call.allowed = Allowed(worker, id, limits, now,
                               static_cast<uint32_t>(call.permits));
        call.ended = ++moment;
      }
      barrier.arrive_and_wait();
    }
  });
}

// G3-G6: leases, running clocks, idling workers, more threads than processors:
// no interval lets more through than burst + rate * T.
TEST_F(LimiterThreadsTest, NoIntervalExceedsTheBound) {
  const std::vector<LimitSpec> specs = {
      {"second", 20'000, kSecond, 2000},
      {"minute", 300'000, 60 * kSecond, 9000}};
  const LimitSet* limits = limiter_.Intern(specs);
  const BucketId id = limiter_.Create(limits);
  std::atomic<int64_t> clock{kStart};
  std::vector<std::vector<AllowedCharge>> allowed(kThreads);
  std::atomic<uint64_t> leased{0};
  RunThreads([&](size_t thread) {
    RateLimiter::Worker worker(limiter_.NewWorker());
    std::mt19937_64 random(thread);
    for (int i = 0; i < 30'000 * kScale; ++i) {
      // Relaxed: a clock needs no order.
      const int64_t now = clock.load(std::memory_order_relaxed);
      const auto permits =
          static_cast<uint32_t>(random() % 16 == 0 ? 1 + random() % 20 : 1);
      if (Allowed(worker, id, limits, now, permits)) {
        allowed[thread].push_back({now, permits});
      }
      leased += worker.leases_held();
      const uint64_t dice = random() % 1000;
      if (dice == 0) worker.Idle();
      // So that threads meet on a machine with little to spare.
      if (dice % 64 == 0) std::this_thread::yield();
      if (dice < 100) {
        clock.fetch_add(static_cast<int64_t>(random() % 100),
                        std::memory_order_relaxed);
      }
      if (dice == 1) {
        clock.fetch_add(static_cast<int64_t>(random() % 200'000),
                        std::memory_order_relaxed);
      }
    }
  });
  EXPECT_GT(leased, 1000u) << "the test does not test leases";
  std::vector<AllowedCharge> all;
  for (const auto& one : allowed) all.insert(all.end(), one.begin(), one.end());
  for (const LimitSpec& spec : specs) EXPECT_EQ(FindExcess(spec, all), "");
}

// After everybody left, exactly what was spent is used.
TEST_F(LimiterThreadsTest, EveryPermitIsAccountedFor) {
  const LimitSet* limits =
      limiter_.Intern({{"day", 1'000'000, 86'400 * kSecond, 1'000'000}});
  std::vector<BucketId> ids;
  for (int i = 0; i < 64; ++i) ids.push_back(limiter_.Create(limits));
  std::vector<std::atomic<uint64_t>> spent(ids.size());
  RunThreads([&](size_t thread) {
    RateLimiter::Worker worker(limiter_.NewWorker());
    std::mt19937_64 random(thread);
    for (int i = 0; i < 50'000 * kScale; ++i) {
      const size_t k = random() % ids.size();
      spent[k] += Allowed(worker, ids[k], limits, kStart);
      if (random() % 5000 == 0) worker.Idle();
      if (random() % 64 == 0) std::this_thread::yield();
    }
  });
  RateLimiter::Worker worker(limiter_.NewWorker());
  for (size_t k = 0; k < ids.size(); ++k) {
    const ChargeResult result =
        limiter_.Peek(worker, ids[k], limits, AtMicros(kStart));
    const LimitLeft left =
        ComputeLimitLeft(limits->windows()[0], result.slack[0]);
    EXPECT_EQ(left.remaining, 1'000'000 - spent[k]) << "bucket " << k;
  }
}

// Limits change, buckets move, are freed and reused while everybody charges.
TEST_F(LimiterThreadsTest, BucketsMoveAndGoUnderCharges) {
  const LimitSet* sets[] = {
      limiter_.Intern({{"day", 5000, 86'400 * kSecond, 5000}}),
      limiter_.Intern({{"day", 6000, 86'400 * kSecond, 6000},
                       {"minute", 900, 60 * kSecond, 900}})};
  std::vector<std::atomic<BucketId>> ids(8);
  for (auto& id : ids) id = limiter_.Create(sets[0]);
  std::atomic<uint64_t> charged{0};
  RunThreads([&](size_t thread) {
    auto participant = domain_.Register();
    RateLimiter::Worker worker(limiter_.NewWorker());
    std::mt19937_64 random(thread);
    for (int i = 0; i < 20'000 * kScale; ++i) {
      auto guard = participant.Pin();
      std::atomic<BucketId>& slot = ids[random() % ids.size()];
      BucketId id = slot.load();
      const LimitSet* limits = sets[i / 500 % 2];
      const uint64_t dice = random() % 400;
      if (dice == 0) {
        // Replaced by a new key's bucket.
        if (slot.compare_exchange_strong(id, limiter_.Create(limits))) {
          limiter_.Free(participant, id);
        }
        continue;
      }
      if (limiter_.Charge(worker, id, limits, AtMicros(kStart + i)).outcome !=
          ChargeOutcome::kStale) {
        ++charged;
        continue;
      }
      const BucketId moved =
          limiter_.Rebind(worker, id, limits, AtMicros(kStart + i));
      if (moved == 0 || moved == id) continue;
      if (slot.compare_exchange_strong(id, moved)) {
        limiter_.Free(participant, id);
      } else if (slot.load() != moved) {
        // The key was deleted, or moved on: nobody stored this bucket.
        continue;
      }
    }
  });
  EXPECT_GT(charged, 1000u);
}

}  // namespace
}  // namespace tollgate
