// Token buckets over several windows at once, charged all or none, by any
// number of threads, without locks.
//
//   const LimitSet* limits = limiter.Intern(policy.rate_limits);
//   BucketId bucket = limiter.Create(limits);               // per key
//   RateLimiter::Worker worker = limiter.NewWorker();       // per thread
//   {
//     auto guard = participant.Pin();
//     ChargeResult result = limiter.Charge(worker, bucket, limits, now);
//   }
//
// What holds, on any number of threads:
//  * In any interval of T microseconds at most burst + rate * T permits of a
//    window are spent. The argument is in engine/limit/bucket.h (G1-G9).
//  * A charge takes effect at one instant for all windows. A refused one
//    changes nothing, and no charge is ever taken back.
//  * Buckets that one worker charges, and all buckets too small for leases, are
//    exact to the permit and the microsecond.
//
// Leases. A bucket that several workers charge often costs each a cache miss
// per charge. Where the least burst of a set is 256 or more, a worker that
// sees, in two charges within 32 ms, that somebody else charged in between,
// takes a lease of 8 to 2048 permits with its charge, and spends them without
// writing to the bucket. All leases of a bucket together are at most an eighth
// of its least burst; they are what can be refused to a client although nobody
// has used it, until the lease is spent, or is 100 ms old and the worker
// charges the bucket again, or the worker calls Idle() or ends. Call Idle()
// before blocking. What was spent of a lease refills from the lease's end, up
// to 100 ms late. Why 256: see kReserveMin in limit_set.cc.
//
// Time. The tick is a microsecond of the monotonic clock. Should that clock
// step back, time stands still for up to 10 s; a larger step moves all later
// readings forward by as much. So a step back neither locks out nor refills. A
// step forward is time: it refills what it refills, at most a burst.
//
// Thread-safety: RateLimiter from any thread, a Worker from one at a time.
// A guard of the epoch domain is held during Charge, Peek, Rebind, ExportUsage
// and RestoreUsage if the bucket may be freed at that time.
// Ownership: the epoch domain outlives the limiter, which outlives its workers.
// Cost: see bench (BM_RateLimiter): a charge of one's own bucket 10-20 ns, a
// leased one 5-8 ns; no allocation, lock or system call. A Worker has a table
// of 512 KiB. Errors: outcomes. An id or a limit that makes no sense is refused
// or stale.

#ifndef TOLLGATE_ENGINE_LIMIT_RATE_LIMITER_H_
#define TOLLGATE_ENGINE_LIMIT_RATE_LIMITER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "absl/types/span.h"
#include "engine/base/cacheline.h"
#include "engine/base/clock.h"
#include "engine/limit/bucket.h"
#include "engine/limit/bucket_slab.h"
#include "engine/limit/bucket_word.h"
#include "engine/limit/lease_table.h"
#include "engine/limit/limit_set.h"
#include "engine/limit/limit_tick.h"
#include "engine/model/charge.h"
#include "engine/sync/atomics.h"
#include "engine/sync/epoch.h"

namespace tollgate {

// What is used of one window, to be kept across a restart.
struct WindowUsage {
  std::string window;              // its name
  uint64_t used_micropermits = 0;  // rounded up

  friend bool operator==(const WindowUsage&, const WindowUsage&) = default;
};

struct RateLimiterOptions {
  // Addresses reserved for buckets: 64 GiB hold two thousand million buckets of
  // three windows. Not memory.
  size_t bucket_bytes_max = size_t{64} << 30;
  // Sets of a worker's lease table; a power of two. Four buckets each.
  size_t lease_sets = 8192;
};

template <typename Atomics>
class BasicRateLimiter {
  using Bucket = BasicBucket<Atomics>;
  using Slab = BasicBucketSlab<Atomics>;
  using Pool = typename Slab::Pool;

 public:
  using Domain = BasicEpochDomain<Atomics>;
  using Participant = typename Domain::Participant;

  class Worker;

  explicit BasicRateLimiter(Domain* domain, RateLimiterOptions options = {})
      : domain_(domain),
        lease_sets_(options.lease_sets),
        slab_(Slab::Create(options.bucket_bytes_max)) {}
  BasicRateLimiter(const BasicRateLimiter&) = delete;
  BasicRateLimiter& operator=(const BasicRateLimiter&) = delete;
  ~BasicRateLimiter() { slab_->Release(); }

  // Returns the set of these limits, valid as long as the limiter; the same one
  // for equal specs. Control path: takes a lock. Check the specs first
  // (CheckLimitSpec): a wrong one makes a set that refuses everything.
  const LimitSet* Intern(std::vector<LimitSpec> specs)
      ABSL_ATTRIBUTE_LIFETIME_BOUND {
    return slab_->Intern(std::move(specs));
  }

  Worker NewWorker() { return Worker(this); }

  // Makes a full bucket. Returns 0 if there is no memory.
  // REQUIRES: `limits` is of this limiter.
  [[nodiscard]] BucketId Create(const LimitSet* limits) {
    return slab_->Allocate(*PoolOf(limits));
  }

  // Frees a bucket that nobody will look for any more; those who still look are
  // waited for by the epoch domain. Charges that come too late are stale.
  void Free(Participant& participant, BucketId id);

  // Charges `permits` to every window of the bucket, or to none. kStale means
  // that the bucket has other limits, or is worn out: Rebind, store the id, and
  // charge that. `permits` is at least 1.
  ChargeResult Charge(Worker& worker, BucketId id, const LimitSet* limits,
                      MonotonicNanos now, uint32_t permits = 1) {
    ChargeResult result;
    ChargeOrder(worker, {id, permits, limits, worker.Begin(now)}, result);
    return result;
  }

  // The same for one permit, into a result that the caller has. Inline is what
  // most charges are: of a full bucket, or of permits on lease.
  ABSL_ATTRIBUTE_ALWAYS_INLINE void ChargeInto(Worker& worker, BucketId id,
                                               const LimitSet* limits,
                                               MonotonicNanos now,
                                               ChargeResult& result) {
    const Order order = {id, 1, limits, worker.Begin(now)};
    if (ABSL_PREDICT_TRUE(slab_->PoolOf(id) == limits &&
                          limits->permits_max() != 0)) {
      const bool done =
          MayLease(worker, *limits)
              ? SpendLeased(order, worker.leases_.Find(id), result)
              : At(id, limits).ChargeFull(order.tick.value, result) != 0;
      if (ABSL_PREDICT_TRUE(done)) return;
    }
    ChargeOrder(worker, order, result);
  }

  // Tells what Charge would say, and charges nothing.
  ChargeResult Peek(Worker& worker, BucketId id, const LimitSet* limits,
                    MonotonicNanos now, uint32_t permits = 1) const;

  // Starts loading what a charge of the bucket will touch.
  void Prefetch(BucketId id) const { __builtin_prefetch(slab_->At(id)); }
  void Prefetch(const Worker& worker, BucketId id) const {
    Prefetch(id);
    if (IsShared()) worker.leases_.Prefetch(id);
  }

  // Returns a bucket with the limits `limits` that goes on where `id` is, as
  // seen by every later charge of either: `id` itself if it has these limits.
  // Windows are matched by name and take over the permits used, at most their
  // burst; other windows begin full. Returns 0 if the bucket was freed or there
  // is no memory. Any number of threads may do so at once and get the same
  // answer. The caller stores the new id where it found `id`, and whoever
  // replaces it there frees `id`. Who finds that nobody will store it, because
  // the key is gone, frees the new one; freeing twice is harmless while the
  // guard under which the id was found is held.
  [[nodiscard]] BucketId Rebind(Worker& worker, BucketId id,
                                const LimitSet* limits, MonotonicNanos now);

  // Returns what is used of each window as of `now`, leases included; empty if
  // the bucket was freed.
  std::vector<WindowUsage> ExportUsage(BucketId id, MonotonicNanos now) const;

  // Makes at least `usage`, as it was `elapsed_us` before `now`, used in the
  // windows of the same names. For a bucket that is not charged yet: a charge
  // at the same time may count against the same permits.
  void RestoreUsage(BucketId id, absl::Span<const WindowUsage> usage,
                    uint64_t elapsed_us, MonotonicNanos now);

  // Bytes taken for buckets.
  size_t MemoryBytes() const { return slab_->MemoryBytes(); }

 private:
  template <typename T>
  using Atomic = typename Atomics::template Atomic<T>;

  // A charge refused by a bucket that is so far ahead makes the clock suspect.
  static constexpr uint64_t kStepUs = 10'000'000;
  // A lease is spent within this; see LeaseTime for the unit.
  static constexpr uint32_t kLeaseTime = 98;
  // Two charges further apart than this do not ask for a lease.
  static constexpr uint32_t kHotTime = 31;
  static constexpr uint8_t kWantedMax = 32;

  static Pool* PoolOf(const LimitSet* limits) {
    return static_cast<Pool*>(const_cast<LimitSet*>(limits));
  }
  Bucket At(BucketId id, const LimitSet* limits) const {
    return Bucket(slab_->At(id), limits);
  }
  // Whether more than one worker is there: a lone worker is always exact.
  bool IsShared() const {
    // Relaxed: a hint; leases are right either way.
    return workers_.load(std::memory_order_relaxed) > 1;
  }

  bool MayLease(const Worker& worker, const LimitSet& limits) const {
    return limits.lease_quanta_max() != 0 &&
           (IsShared() || worker.leases_held_ != 0);
  }

  // What is to be charged.
  struct Order {
    BucketId id;
    uint32_t permits;
    const LimitSet* limits;
    LimitTick tick;
  };

  bool SpendLeased(const Order& order, LeaseEntry* entry,
                   ChargeResult& result) const;
  ABSL_ATTRIBUTE_NOINLINE void ChargeOrder(Worker& worker, const Order& order,
                                           ChargeResult& result);
  ABSL_ATTRIBUTE_NOINLINE void ChargeElsewhere(Worker& worker,
                                               const Order& order,
                                               ChargeResult& result);
  ABSL_ATTRIBUTE_NOINLINE void ChargeShared(Worker& worker, const Order& order,
                                            LeaseEntry* entry,
                                            ChargeResult& result);
  ABSL_ATTRIBUTE_NOINLINE void RefuseForever(Worker& worker, const Order& order,
                                             ChargeResult& result) const;
  ChargeResult PeekAt(Worker& worker, const Order& order) const;
  ABSL_ATTRIBUTE_NOINLINE void AfterOddCharge(
      Worker& worker, const Order& order,
      const typename Bucket::Receipt& receipt, ChargeResult& result);
  uint32_t ChooseLease(LeaseEntry& entry, uint64_t word, uint32_t now,
                       uint32_t permits) const;
  LeaseEntry& MakeEntry(Worker& worker, BucketId id, uint32_t now);
  void EndLease(Worker& worker, LeaseEntry& entry);
  void Recycle(Participant& participant, BucketId id) {
    slab_->Retire(participant, *slab_->PoolOf(id), id);
  }
  // Follows forwards to the bucket that counts; 0 if it was freed.
  BucketId Resolve(BucketId id) const;
  uint64_t ControlTick(MonotonicNanos now) const {
    // Relaxed: see Worker::Begin.
    return ToLimitTick(now).value + offset_.load(std::memory_order_relaxed);
  }

  Domain* const domain_;
  const size_t lease_sets_;
  Slab* const slab_;

  // Read by every charge, written when workers come and go and when the clock
  // steps back.
  alignas(kContendedBytes) Atomic<uint64_t> offset_{0};
  Atomic<uint32_t> workers_{0};
  Atomic<uint64_t> latest_{0};  // the last tick of workers that left
};

using RateLimiter = BasicRateLimiter<StdAtomics>;

// A thread's handle: its leases and its clock.
template <typename Atomics>
class BasicRateLimiter<Atomics>::Worker {
 public:
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker();

  // Returns the tick of `now`, never before one returned earlier.
  LimitTick Begin(MonotonicNanos now) {
    // Relaxed: whoever has not seen a step yet, sees it by its own clock.
    offset_ = limiter_->offset_.load(std::memory_order_relaxed);
    const uint64_t tick = ToLimitTick(now).value + offset_;
    if (ABSL_PREDICT_FALSE(tick < last_)) return StepBack(now);
    held_us_ = 0;
    last_ = tick;
    return {tick};
  }

  // Gives all leases back. Call it before blocking for long.
  void Idle();

  // Buckets of which this worker has permits on lease.
  size_t leases_held() const { return leases_held_; }

 private:
  friend class BasicRateLimiter;
  explicit Worker(BasicRateLimiter* limiter);

  ABSL_ATTRIBUTE_NOINLINE LimitTick StepBack(MonotonicNanos now);
  bool ConfirmStep();

  BasicRateLimiter* const limiter_;
  uint64_t offset_ = 0;   // of the limiter, when the clock was last read
  uint64_t last_ = 0;     // tick
  uint64_t held_us_ = 0;  // how far `last_` is ahead of the clock
  uint64_t suspect_ = 0;  // the tick at which a bucket was found ahead, or 0
  size_t leases_held_ = 0;
  LeaseTable leases_;
  Participant participant_;
};

// Charges permits that the worker has on lease, if it has as many and the lease
// is good.
template <typename A>
inline bool BasicRateLimiter<A>::SpendLeased(const Order& order,
                                             LeaseEntry* entry,
                                             ChargeResult& result) const {
  if (entry == nullptr || entry->left < order.permits ||
      LeaseTime(order.tick.value) - entry->since >= kLeaseTime) {
    return false;
  }
  const Bucket bucket = At(order.id, order.limits);
  const uint64_t word = bucket.LoadWord();
  if (ABSL_PREDICT_FALSE(!bucket.IsLiveNow(word, order.tick.value))) {
    return false;
  }
  entry->left = static_cast<uint16_t>(entry->left - order.permits);
  bucket.ComputeLeasedSlack(word, order.tick.value, entry->left, result);
  result.outcome = ChargeOutcome::kAllowed;
  return true;
}

template <typename A>
void BasicRateLimiter<A>::ChargeOrder(Worker& worker, const Order& order,
                                      ChargeResult& result) {
  const LimitSet* const limits = order.limits;
  if (ABSL_PREDICT_FALSE(slab_->PoolOf(order.id) != limits)) {
    return ChargeElsewhere(worker, order, result);
  }
  if (ABSL_PREDICT_FALSE(order.permits > limits->permits_max())) {
    return RefuseForever(worker, order, result);
  }
  Bucket bucket = At(order.id, limits);
  if (MayLease(worker, *limits)) {
    LeaseEntry* const entry = worker.leases_.Find(order.id);
    if (SpendLeased(order, entry, result)) return;
    return ChargeShared(worker, order, entry, result);
  }
  typename Bucket::Receipt receipt;
  bucket.Charge({order.tick.value, order.permits, 0}, result, receipt);
  if (ABSL_PREDICT_FALSE(result.outcome != ChargeOutcome::kAllowed)) {
    AfterOddCharge(worker, order, receipt, result);
  }
}

extern template class BasicRateLimiter<StdAtomics>;

}  // namespace tollgate

#include "engine/limit/rate_limiter_impl.h"  // IWYU pragma: export

#endif  // TOLLGATE_ENGINE_LIMIT_RATE_LIMITER_H_
