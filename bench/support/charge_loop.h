// One thread's charges of a rate limiter's buckets, in random order.
//
// Thread-safety: ChargeBuckets is shared, a loop belongs to one thread.
// Ownership: a loop borrows its buckets.

#ifndef TOLLGATE_BENCH_SUPPORT_CHARGE_LOOP_H_
#define TOLLGATE_BENCH_SUPPORT_CHARGE_LOOP_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "bench/support/check.h"
#include "bench/support/seeded_random.h"
#include "engine/base/cacheline.h"
#include "engine/base/steady_clock.h"
#include "engine/limit/rate_limiter.h"
#include "engine/sync/epoch.h"

namespace tollgate::bench {

struct ChargeOptions {
  size_t buckets = 10'000;
  bool leases = true;   // whether bursts are large enough for them
  bool scarce = false;  // one permit a day: refuses
  bool single = false;  // one window instead of three
};

class ChargeBuckets {
 public:
  explicit ChargeBuckets(const ChargeOptions& options)
      : scarce_(options.scarce), limits_(limiter_.Intern(SpecsOf(options))) {
    for (size_t i = 0; i < options.buckets; ++i) {
      buckets_.push_back(limiter_.Create(limits_));
      Require(buckets_.back() != BucketId{}, "no memory for a bucket");
    }
    SeededRandom random(61);
    for (BucketId& drawn : order_) {
      drawn = buckets_[random.Below(buckets_.size())];
    }
  }

  bool scarce() const { return scarce_; }
  RateLimiter& limiter() { return limiter_; }
  const LimitSet* limits() const { return limits_; }
  BucketId drawn(size_t i) const { return order_[i % kOrder]; }
  size_t MemoryBytes() const { return limiter_.MemoryBytes(); }

  static constexpr size_t kOrder = size_t{1} << 20;  // 4 MiB: beyond the L2

 private:
  // Nothing is refused: with leases, a single bucket takes what all threads
  // charge; without, a burst lasts longer than the age of a clock reading.
  static std::vector<LimitSpec> SpecsOf(const ChargeOptions& options) {
    constexpr uint64_t kSecond = 1'000'000;
    const uint64_t limit = options.leases ? 500'000'000 : 200'000;
    const uint64_t burst = options.leases ? limit : 63;
    if (options.single) return {{"second", limit, kSecond, burst}};
    const uint64_t daily = options.scarce ? 1 : 86'400 * limit;
    return {{"second", limit, kSecond, burst},
            {"minute", 60 * limit, 60 * kSecond, 60 * limit},
            {"day", daily, 86'400 * kSecond, daily}};
  }

  const bool scarce_;
  EpochDomain epochs_;
  RateLimiter limiter_{&epochs_};
  const LimitSet* const limits_;
  std::vector<BucketId> buckets_;
  std::vector<BucketId> order_ = std::vector<BucketId>(kOrder);
};

class alignas(kContendedBytes) ChargeLoop {
 public:
  ChargeLoop(ChargeBuckets* buckets, size_t thread, size_t threads)
      : buckets_(*buckets),
        worker_(buckets->limiter().NewWorker()),
        position_(thread * ChargeBuckets::kOrder / threads) {}
  ChargeLoop(const ChargeLoop&) = delete;
  ChargeLoop& operator=(const ChargeLoop&) = delete;
  ~ChargeLoop() {
    const size_t least = calls_ - calls_ / 100;
    Require(buckets_.scarce() || allowed_ >= least, "charges were refused");
  }

  void Call() {
    constexpr size_t kCallsPerRead = 64;
    if (calls_++ % kCallsPerRead == 0) now_ = clock_.Read().monotonic;
    const ChargeResult result = buckets_.limiter().Charge(
        worker_, buckets_.drawn(position_++), buckets_.limits(), now_);
    allowed_ += result.outcome == ChargeOutcome::kAllowed;
  }

 private:
  ChargeBuckets& buckets_;
  RateLimiter::Worker worker_;
  SteadyClock clock_;
  MonotonicNanos now_;
  size_t position_;
  size_t calls_ = 0;
  size_t allowed_ = 0;
};

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_SUPPORT_CHARGE_LOOP_H_
