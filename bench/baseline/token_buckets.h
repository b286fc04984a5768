// Token buckets as others have them, of one window, written anew from how they
// are described: what a limiter is compared with.
//
// MutexBucket     what one writes first: a lock, a count, the last refill.
// EmptySinceBucket folly's TokenBucket (folly/TokenBucket.h): one word, the
//                 instant at which the bucket was, or would have been, empty;
//                 newer versions of Envoy have it as AtomicTokenBucketImpl.
// TimerBucket     Envoy's local rate limit (LocalRateLimiterImpl): a count that
//                 requests decrease, and a timer fills up at each interval.
//
// Thread-safety: any thread. Cost: a lock, or one compare-exchange that may
// have to be repeated.

#ifndef TOLLGATE_BENCH_BASELINE_TOKEN_BUCKETS_H_
#define TOLLGATE_BENCH_BASELINE_TOKEN_BUCKETS_H_

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace tollgate::bench {

// What all of them grant.
struct BucketRate {
  double per_second = 0;
  double burst = 0;
};

class MutexBucket {
 public:
  bool Charge(const BucketRate& rate, double now) {
    const absl::MutexLock lock(&mutex_);
    tokens_ = std::min(rate.burst, tokens_ + (now - last_) * rate.per_second);
    last_ = now;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

 private:
  absl::Mutex mutex_;
  double tokens_ ABSL_GUARDED_BY(mutex_) = 0;
  double last_ ABSL_GUARDED_BY(mutex_) = 0;
};

class EmptySinceBucket {
 public:
  bool Charge(const BucketRate& rate, double now) {
    double empty_since = empty_since_.load(std::memory_order_relaxed);
    double next;
    do {
      const double tokens =
          std::min((now - empty_since) * rate.per_second, rate.burst);
      if (tokens < 1) return false;
      next = now - (tokens - 1) / rate.per_second;
    } while (!empty_since_.compare_exchange_weak(empty_since, next,
                                                 std::memory_order_relaxed));
    return true;
  }

 private:
  std::atomic<double> empty_since_{0};
};

class TimerBucket {
 public:
  bool Charge(const BucketRate&, double) {
    uint64_t tokens = tokens_.load(std::memory_order_relaxed);
    do {
      if (tokens == 0) return false;
    } while (!tokens_.compare_exchange_weak(tokens, tokens - 1,
                                            std::memory_order_relaxed));
    return true;
  }

  // The timer's part.
  void Fill(uint64_t tokens) {
    tokens_.store(tokens, std::memory_order_relaxed);
  }

 private:
  std::atomic<uint64_t> tokens_{uint64_t{1} << 60};
};

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_BASELINE_TOKEN_BUCKETS_H_
