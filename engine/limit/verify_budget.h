// How many public-key operations a second are spent on credentials that nobody
// has proved yet: all together, and for each source of them.
//
//   switch (budget.Spend(source, 1, rules, now)) {
//     case VerifyBudget::Outcome::kGranted: verify
//     ...: refuse, for now
//   }
//
// Ask after every check that costs less. What was proved before is never asked
// about. A flood of forgeries that use up the budget of all refuses others'
// first-seen credentials as well: that is what it bounds the cost to.
//
// Both are GCRA buckets (engine/limit/gcra.h tells of them) of one second's
// operations. Sources share fixed memory: a bucket that is full again says
// nothing, and its place is given away; a source that finds no place is only
// under the budget of all.
//
// Thread-safety: any thread, lock-free. Ownership: values only. Cost: one or
// two compare-exchanges and a line; no allocation after construction. Errors:
// none.

#ifndef TOLLGATE_ENGINE_LIMIT_VERIFY_BUDGET_H_
#define TOLLGATE_ENGINE_LIMIT_VERIFY_BUDGET_H_

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "engine/base/cacheline.h"
#include "engine/base/clock.h"

namespace tollgate {

// Operations a second; zero: as many as come.
struct BudgetRules {
  uint32_t per_second = 0;
  uint32_t per_source = 0;
};

class VerifyBudget {
 public:
  enum class Outcome : uint8_t { kSourceSpent = 0, kAllSpent, kGranted };

  VerifyBudget() : sets_(std::make_unique<Set[]>(kSets)) {}

  // Takes `operations` (at least one) of the budget of the source with this
  // hash and of that of all, or says which of them has too few left. What its
  // source was charged is not given back when the budget of all is spent.
  [[nodiscard]] Outcome Spend(uint64_t source_hash, uint32_t operations,
                              const BudgetRules& rules, MonotonicNanos now) {
    if (rules.per_source != 0 &&
        !SpendOfSource(source_hash, operations, rules, now)) {
      return Outcome::kSourceSpent;
    }
    return SpendOfAll(operations, rules, now) ? Outcome::kGranted
                                              : Outcome::kAllSpent;
  }

  // The same without a source.
  [[nodiscard]] bool SpendOfAll(uint32_t operations, const BudgetRules& rules,
                                MonotonicNanos now) {
    return rules.per_second == 0 || Charge(all_, now.value / kUnitNanos,
                                           operations, rules.per_second, 0);
  }

 private:
  // Time is counted in units of 16 ns: 44 bits of them are three days.
  static constexpr int64_t kUnitNanos = 16;
  static constexpr int64_t kSecond = 1'000'000'000 / kUnitNanos;
  static constexpr int kTimeBits = 44;
  static constexpr uint64_t kTimeMask = (uint64_t{1} << kTimeBits) - 1;
  static constexpr size_t kSets = 8192;
  static constexpr size_t kPlaces = 8;

  using Word = std::atomic<uint64_t>;
  struct alignas(kCacheLineBytes) Set {
    Word places[kPlaces] = {};
  };

  // How long the bucket of `word` takes to be full again.
  static int64_t Backlog(uint64_t word, int64_t now) {
    constexpr int kUnused = 64 - kTimeBits;
    const auto shifted = (word - static_cast<uint64_t>(now)) << kUnused;
    const int64_t backlog = static_cast<int64_t>(shifted) >> kUnused;
    // More than a bucket holds: it is from days ago, or the clock was set back.
    return backlog > kSecond ? 0 : std::max<int64_t>(backlog, 0);
  }

  // Charges the bucket of `tag`, which `word` keeps above its time, or leaves
  // it as it is. The place of a bucket that is full again may be taken; one
  // that another took meanwhile is left alone, and nothing is counted.
  static bool Charge(Word& word, int64_t now, uint32_t operations,
                     uint32_t per_second, uint64_t tag) {
    // More than the whole is the whole.
    const int64_t cost = std::min(kSecond * operations / per_second, kSecond);
    // Relaxed: the word is all there is.
    uint64_t seen = word.load(std::memory_order_relaxed);
    for (;;) {
      const int64_t before = Backlog(seen, now);
      if ((seen & ~kTimeMask) != tag && before > 0) return true;
      if (before + cost > kSecond) return false;
      const uint64_t next =
          tag | (static_cast<uint64_t>(now + before + cost) & kTimeMask);
      if (word.compare_exchange_weak(seen, next, std::memory_order_relaxed)) {
        return true;
      }
    }
  }

  bool SpendOfSource(uint64_t hash, uint32_t operations,
                     const BudgetRules& rules, MonotonicNanos now) {
    const int64_t units = now.value / kUnitNanos;
    const uint64_t tag = hash & ~kTimeMask;
    // The lowest bit is always set.
    Set& set = sets_[(hash >> 1) % kSets];
    Word* room = nullptr;
    for (Word& place : set.places) {
      const uint64_t word = place.load(std::memory_order_relaxed);
      if ((word & ~kTimeMask) == tag && word != 0) {
        return Charge(place, units, operations, rules.per_source, tag);
      }
      if (room == nullptr && Backlog(word, units) == 0) {
        room = &place;
      }
    }
    return room == nullptr ||
           Charge(*room, units, operations, rules.per_source, tag);
  }

  const std::unique_ptr<Set[]> sets_;
  alignas(kCacheLineBytes) Word all_{0};
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_LIMIT_VERIFY_BUDGET_H_
