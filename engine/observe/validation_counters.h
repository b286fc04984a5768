// What one worker counts: validations by strategy and reason, what caches had,
// and how long some validations took.
//
// Thread-safety: one thread counts; any thread adds up, while it does. Cost of
// counting: about a nanosecond, no locked instruction. Ownership: values only.
// Errors: none.

#ifndef TOLLGATE_ENGINE_OBSERVE_VALIDATION_COUNTERS_H_
#define TOLLGATE_ENGINE_OBSERVE_VALIDATION_COUNTERS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "engine/base/cacheline.h"
#include "engine/model/decision.h"
#include "engine/model/reason.h"

namespace tollgate {

inline constexpr size_t kStrategyCount =
    static_cast<size_t>(Strategy::kSignedTool) + 1;
inline constexpr size_t kVerdictCount =
    static_cast<size_t>(Verdict::kUnavailable) + 1;

// Upper bounds of the latency histogram, in nanoseconds; above the last one
// there is one bucket more.
inline constexpr std::array<uint64_t, 17> kLatencyBoundsNanos = {
    100,       250,       500,        1'000,      2'500,      5'000,
    10'000,    25'000,    50'000,     100'000,    250'000,    500'000,
    1'000'000, 2'500'000, 10'000'000, 25'000'000, 100'000'000};
inline constexpr size_t kLatencyBuckets = kLatencyBoundsNanos.size() + 1;

struct LatencyTotals {
  std::array<uint64_t, kLatencyBuckets> buckets = {};  // each by itself
  uint64_t sum_nanos = 0;
};

// Sums over all workers that ever were.
struct ValidationTotals {
  std::array<std::array<uint64_t, kReasonCount>, kStrategyCount> reasons = {};
  std::array<uint64_t, kStrategyCount> cache_hits = {};
  std::array<uint64_t, kStrategyCount> cache_misses = {};
  std::array<std::array<LatencyTotals, kVerdictCount>, kStrategyCount>
      latencies = {};
};

class alignas(kContendedBytes) ValidationCounters {
 public:
  void Count(Strategy strategy, Reason reason) {
    Bump(reasons_[Index(strategy)][static_cast<size_t>(reason)]);
  }

  // What was proved before was found, or not.
  void CountCache(Strategy strategy, bool hit) {
    Bump((hit ? cache_hits_ : cache_misses_)[Index(strategy)]);
  }

  void RecordLatency(Strategy strategy, Verdict verdict, uint64_t nanos) {
    size_t bucket = 0;
    while (bucket < kLatencyBoundsNanos.size() &&
           nanos > kLatencyBoundsNanos[bucket]) {
      ++bucket;
    }
    Latency& latency =
        latencies_[Index(strategy)][static_cast<size_t>(verdict)];
    Bump(latency.buckets[bucket]);
    Bump(latency.sum_nanos, nanos);
  }

  void AddTo(ValidationTotals& totals) const {
    for (size_t s = 0; s < kStrategyCount; ++s) {
      for (size_t r = 0; r < static_cast<size_t>(kReasonCount); ++r) {
        totals.reasons[s][r] += Load(reasons_[s][r]);
      }
      totals.cache_hits[s] += Load(cache_hits_[s]);
      totals.cache_misses[s] += Load(cache_misses_[s]);
      for (size_t v = 0; v < kVerdictCount; ++v) {
        const Latency& latency = latencies_[s][v];
        LatencyTotals& total = totals.latencies[s][v];
        for (size_t b = 0; b < kLatencyBuckets; ++b) {
          total.buckets[b] += Load(latency.buckets[b]);
        }
        total.sum_nanos += Load(latency.sum_nanos);
      }
    }
  }

 private:
  using Counter = std::atomic<uint64_t>;
  struct Latency {
    std::array<Counter, kLatencyBuckets> buckets = {};
    Counter sum_nanos = 0;
  };

  static size_t Index(Strategy strategy) {
    return static_cast<size_t>(strategy);
  }
  // Relaxed, here and in Load: a sum needs no order with anything else, and
  // only one thread writes.
  static void Bump(Counter& counter, uint64_t by = 1) {
    counter.store(Load(counter) + by, std::memory_order_relaxed);
  }
  static uint64_t Load(const Counter& counter) {
    return counter.load(std::memory_order_relaxed);
  }

  std::array<std::array<Counter, kReasonCount>, kStrategyCount> reasons_ = {};
  std::array<Counter, kStrategyCount> cache_hits_ = {};
  std::array<Counter, kStrategyCount> cache_misses_ = {};
  std::array<std::array<Latency, kVerdictCount>, kStrategyCount> latencies_ =
      {};
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_OBSERVE_VALIDATION_COUNTERS_H_
