// One token bucket: a word and a base per window, shared by all threads, and
// the lock-free operations on them. RateLimiter finds the bucket and keeps the
// leases; the states of the word are told in bucket_word.h.
//
// Thread-safety: any thread. A thread suspended anywhere in here delays nobody.
// REQUIRES: the bucket is not recycled meanwhile (an epoch guard is held, or
// something of it is on lease to the caller).
// Cost: a charge is one compare-exchange of the word; in a live bucket one more
// for each window that became full since the last charge.
//
// Implementation: why never more than burst + rate * T permits of a window are
// spent in any interval of T ticks, ends included, by any number of threads.
// (inc: units of a permit; a tick is den units. For one window; each has its
// own base and all share the word, so one compare-exchange charges all or none,
// and a charge is never taken back.)
//
// G1. Order the charges by the compare-exchanges of the word. Charge j, of n_j
//     permits at tick t_j, is made only if B_j + n_j * inc <= t_j * den + burst
//     * inc, where B_j >= t_j * den is the instant, as j saw it, at which the
//     bucket would have been full.
// G2. Run: the word holds all of B. If all windows are full at t_j, B_j is t_j
//     and a run of n_j begins; if none is, B_j = start + charged * inc.
// G3. Live: B_j = max(base + (used + leased) * inc, t_j + leased * inc). A
//     charge that finds the first smaller, t_j being idle time, raises the base
//     to t_j * den - used * inc by a compare-exchange before that of the word.
//     Bases only rise within a live period, and whoever reads the word after
//     charge i (acquire) sees the base that i raised (release). So every j
//     after i in the same period sees base >= t_i * den - U_i * inc, U_i being
//     `used` before i; with G1: (U_j + n_j - U_i) * inc <= (t_j - t_i + burst)
//     units. That is the bound, for charges from i to j.
// G4. A live period ends when all windows are full at t_k with nothing leased:
//     then the run starts at t_k, and by G3 what was charged between i and k is
//     at most (t_k - t_i) / inc: without any burst. What comes after k is
//     bounded from t_k. The sum is the bound. A run turns live with
//     base = start - U * inc, so G3's inequality holds for its charges as well:
//     none of them was idle (G2).
// G5. If i's charge comes after j's in the order of the word though its tick is
//     earlier, G3's difference of ticks is negative: stricter.
// G6. Leases. A lease counts against the window from the moment it is granted
//     (`leased` in G1), and is spent later without touching the word. When it
//     ends, `used` grows by what was spent of it, and before that the base is
//     raised as in G3 at a tick not before its last spending. Let A be the
//     permits spent in [t1, t2], j the last charge or grant by which one of
//     them was paid, t_j <= t2; and i the first operation that added one of
//     them to `used`. If i is not after j, then all of A is in (used + leased)
//     after j and not in `used` before i, and base_j >= t_i * den - U_i * inc
//     with t_i >= t1: the bound as in G3. If i is after j, all of A was on
//     lease at j, hence at most the reserve, an eighth of the burst.
// G7. A compare-exchange that succeeds though the word changed and came back
//     does no harm within a live period: `used` never shrinks, so all that
//     happened in between was granting and returning leases unspent. Across
//     periods: `used` restarts at the low bits of the starting tick, so the
//     same word needs a charge that slept through a whole refill, 2^37
//     possibilities to coincide, and lets one charge too many through.
// G8. A refusal writes nothing. In a live bucket it is valid only if the word
// is
//     unchanged after the bases were read, and is repeated otherwise: the bases
//     of another period would mean nothing.
// G9. Lock-free: every failed compare-exchange means that another thread's
//     succeeded, and a base is raised at most once per word and thread.

#ifndef TOLLGATE_ENGINE_LIMIT_BUCKET_H_
#define TOLLGATE_ENGINE_LIMIT_BUCKET_H_

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "engine/base/limits.h"
#include "engine/limit/bucket_word.h"
#include "engine/limit/gcra.h"
#include "engine/limit/limit_set.h"
#include "engine/model/charge.h"

namespace tollgate {

template <typename Atomics>
class BasicBucket {
 public:
  using Cell = typename Atomics::template Atomic<uint64_t>;
  static_assert(sizeof(Cell) == 8,
                "a bucket of three windows takes 32 bytes of shared state");

  struct Request {
    uint64_t tick = 0;
    uint32_t permits = 1;       // at most permits_max() of the set
    uint32_t lease_quanta = 0;  // wanted beside them
  };

  // What else a charge leaves behind.
  struct Receipt {
    uint64_t word = 0;     // if allowed: the bucket's new word
    uint32_t quanta = 0;   // if allowed: leased
    int64_t ahead_us = 0;  // if refused: the bucket was charged at a tick that
                           // is at least this far ahead of the request's
  };

  // What is owed of each window, never negative, and of which word.
  struct Reading {
    uint64_t word = 0;
    int64_t backlog[limits::kLimitWindowsMax] = {};
  };

  // Cells: the word, then a base for each window of `set`.
  BasicBucket(Cell* cells, const LimitSet* set) : cells_(cells), set_(set) {}

  static constexpr size_t CellCount(size_t windows) { return 1 + windows; }

  uint64_t LoadWord() const {
    // Acquire pairs with the release of whoever stored the word: the bases that
    // it stands on are visible.
    return cells_[0].load(std::memory_order_acquire);
  }

  // Charges one permit if the bucket is full in every window, as most are when
  // they are charged. Returns its new word; 0, and nothing was charged, if it
  // may be anything else.
  ABSL_ATTRIBUTE_ALWAYS_INLINE uint64_t ChargeFull(uint64_t tick,
                                                   ChargeResult& result);

  // Charges all windows, or none.
  ABSL_ATTRIBUTE_ALWAYS_INLINE ChargeOutcome Charge(const Request& request,
                                                    ChargeResult& result,
                                                    Receipt& receipt);

  // Ends a lease of which `spent` permits were spent, the last of them not
  // after `tick`. Returns whether the caller must recycle the bucket.
  [[nodiscard]] bool EndLease(uint32_t quanta, uint32_t spent, uint64_t tick);

  // Tells what is owed as of `tick`, everything on lease included. Of a forward
  // only the word is told.
  Reading Read(uint64_t tick) const;

  // Makes a bucket that nobody else knows owe `backlog` as of `tick`.
  void Fill(uint64_t tick, const int64_t* backlog);

  // Makes the bucket owe at least `backlog` as of `tick`, each entry within the
  // window's tolerance. Charges made meanwhile may count against the same
  // backlog. Does nothing to a forward.
  void Raise(uint64_t tick, const int64_t* backlog);

  // Replaces a word by a forward. False if the word has changed.
  [[nodiscard]] bool Forward(uint64_t word, BucketId target);

  // Marks the bucket freed. Returns whether the caller must recycle it; if not,
  // it was freed before, or the end of the last lease will tell so.
  [[nodiscard]] bool Free();

  // Writes a reset's meaning into the bases. `tick` is any within centuries.
  ABSL_ATTRIBUTE_NOINLINE void FinishReset(uint64_t word, uint64_t tick);

  // True if the bucket can not be charged any more though its limits are right:
  // its counter nears the end, or leases outlived an era.
  bool IsWornOut(uint64_t word, uint64_t tick) const;

  // What is left of each window for a worker that has `left` permits of it on
  // lease, `word` being live and of tick's era.
  void ComputeLeasedSlack(uint64_t word, uint64_t tick, uint32_t left,
                          ChargeResult& result) const;

  // Whether a live word was last charged in the era of `tick`.
  bool IsLiveNow(uint64_t word, uint64_t tick) const {
    using namespace bucket_word;
    const uint64_t now = MakeLive(tick >> set_->era_shift(), 0, 0);
    constexpr uint64_t kMask = State::Put(State::kMax) | Era::Put(Era::kMax);
    return ((word ^ now) & kMask) == 0;
  }

 private:
  enum class Step : uint8_t { kRefused = 0, kAllowed, kStale, kRetry };
  enum class Age : uint8_t { kNear, kIdle, kBehind };

  // A live word's era is that of its latest charge, or the one before: a reset
  // knows only when the run began. From three eras later on a whole era lies
  // in between, and every window is full.
  static constexpr uint64_t kErasIdle = 3;
  // A clock this many eras behind a bucket stepped back; more, and the bucket
  // was idle for centuries.
  static constexpr uint64_t kErasBehindMax = 64;

  uint64_t EraOf(uint64_t tick) const { return tick >> set_->era_shift(); }
  // Eras from the word's latest charge to `tick`, modulo 2^16.
  uint64_t ErasSince(uint64_t word, uint64_t tick) const {
    return (EraOf(tick) - bucket_word::Era::Get(word)) & bucket_word::Era::kMax;
  }
  Age AgeOf(uint64_t word, uint64_t tick) const;
  uint64_t LaterEra(uint64_t word, uint64_t tick) const;
  static uint64_t UsedStart(uint64_t start) {
    return start & bucket_word::kUsedStartMask;
  }
  static uint32_t LeasedQuanta(uint64_t word);
  int64_t LeasedPermits(uint64_t quanta) const {
    return static_cast<int64_t>(quanta << set_->quantum_shift());
  }
  int64_t BacklogAt(size_t i, uint64_t base, uint64_t word,
                    uint64_t tick) const {
    return GcraBacklogModular(set_->rate(i), base, bucket_word::Used::Get(word),
                              tick);
  }
  int64_t ElapsedOf(uint64_t word, uint64_t tick) const;
  int64_t OddElapsed(uint64_t word, int64_t elapsed) const;

  ABSL_ATTRIBUTE_ALWAYS_INLINE Step ChargeRun(uint64_t word,
                                              const Request& request,
                                              ChargeResult& result,
                                              Receipt& receipt);
  ABSL_ATTRIBUTE_ALWAYS_INLINE Step ChargeLive(uint64_t word,
                                               const Request& request,
                                               ChargeResult& result,
                                               Receipt& receipt);
  ABSL_ATTRIBUTE_NOINLINE Step ChargeOtherEra(uint64_t word,
                                              const Request& request,
                                              ChargeResult& result,
                                              Receipt& receipt);
  ABSL_ATTRIBUTE_NOINLINE void Refuse(const Request& request,
                                      ChargeResult& result, Receipt& receipt);
  uint32_t FitLease(uint64_t word, const Request& request,
                    const ChargeResult& result) const;
  bool BeginReset(uint64_t word, const Request& request, bool all_full);
  bool RaiseIdle(uint64_t word, uint64_t tick);
  uint64_t NearTick(uint64_t word, uint64_t tick) const;
  bool ReplaceWord(uint64_t word, uint64_t next);

  Cell* const cells_;
  const LimitSet* const set_;
};

}  // namespace tollgate

#include "engine/limit/bucket_impl.h"  // IWYU pragma: export

#endif  // TOLLGATE_ENGINE_LIMIT_BUCKET_H_
