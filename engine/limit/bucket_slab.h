// Memory for buckets: named by 32 bits, allocated and freed without locks.
//
// One range of addresses is reserved and filled from the front, so that a
// bucket's address is a shift and an addition. It is handed out in chunks of
// 64 KiB; each serves one limit set, which is how a bucket knows its limits.
//
// Thread-safety: any thread. Lock-free, except that the system is asked for
// pages once in 2 MiB.
// Ownership: counted. The creator holds one reference and each bucket that
// waits in the epoch domain another, so a limiter may end before the domain
// does. Cost: about 10 ns a bucket; 16, 32 or 64 bytes each for 1, 3 or 7
// windows. Errors: when the range is full, Allocate returns 0.
//
// Implementation
//
// A BucketId is an offset into the range in units of 16 bytes. The range begins
// with the table of chunks (the set of each), so the id 0 is no bucket's.
// Free buckets of a set stand in a Treiber stack, linked through their words;
// the head counts the pushes, without which no head comes back (ABA). A slow
// Pop may read the word of a bucket that has been given away meanwhile: its
// compare-exchange then fails. A chunk is taken from the range by a fetch-add,
// entered into the table, and becomes the set's current chunk by a
// compare-exchange; the loser's chunk goes to the set's free stack bucket by
// bucket.

#ifndef TOLLGATE_ENGINE_LIMIT_BUCKET_SLAB_H_
#define TOLLGATE_ENGINE_LIMIT_BUCKET_SLAB_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "engine/base/cacheline.h"
#include "engine/limit/address_range.h"
#include "engine/limit/bucket.h"
#include "engine/limit/bucket_word.h"
#include "engine/limit/limit_set.h"
#include "engine/sync/epoch.h"

namespace tollgate {

template <typename Atomics>
class BasicBucketSlab {
 public:
  using Cell = typename BasicBucket<Atomics>::Cell;
  using Participant = typename BasicEpochDomain<Atomics>::Participant;

  // A limit set and its buckets. Lives as long as the slab.
  struct Pool : LimitSet {
    using LimitSet::LimitSet;
    // The top of the stack of free buckets, and a count of pushes.
    alignas(kContendedBytes) Cell free{0};
    // The current chunk, and how many of its buckets were handed out.
    Cell fresh{0};
  };

  // Reserves addresses for `bytes` of buckets, or for as many as the system
  // grants.
  static BasicBucketSlab* Create(size_t bytes) {
    return new BasicBucketSlab(bytes);
  }
  BasicBucketSlab(const BasicBucketSlab&) = delete;
  BasicBucketSlab& operator=(const BasicBucketSlab&) = delete;

  // Gives the creator's reference back.
  void Release() { DropReference(); }

  // Returns the pool of `specs`, the same one for equal specs. Takes a lock and
  // looks at every pool: control path.
  Pool* Intern(std::vector<LimitSpec> specs) ABSL_LOCKS_EXCLUDED(mutex_);

  // Returns a zeroed bucket, or 0.
  BucketId Allocate(Pool& pool);

  // Frees a bucket once nobody can be reading it.
  void Retire(Participant& participant, Pool& pool, BucketId id);

  // Frees a bucket that nobody has seen.
  void FreeNow(Pool& pool, BucketId id) { Push(pool, id); }

  Cell* At(BucketId id) const {
    return reinterpret_cast<Cell*>(range_.begin() + size_t{id} * kIdBytes);
  }

  // Returns the pool of a bucket, or null for an id that names none.
  Pool* PoolOf(BucketId id) const {
    const size_t chunk = id / kChunkIds;
    if (chunk >= chunk_count_) return nullptr;
    // Acquire pairs with the release in AddChunk.
    return table()[chunk].load(std::memory_order_acquire);
  }

  // Bytes of chunks taken, full or not, and of what the table says of them: the
  // rest of it was never touched.
  size_t MemoryBytes() const {
    // Relaxed: a figure.
    return (next_chunk_.load(std::memory_order_relaxed) - table_chunks_) *
           (kChunkBytes + sizeof(Pool*));
  }

 private:
  template <typename T>
  using Atomic = typename Atomics::template Atomic<T>;

  static constexpr size_t kIdBytes = 16;
  static constexpr size_t kChunkBytes = size_t{64} << 10;
  static constexpr size_t kChunkIds = kChunkBytes / kIdBytes;
  static constexpr size_t kBytesMax = kIdBytes << 32;

  // A bucket's bytes: a power of two, so that none straddles a cache line.
  static size_t StrideOf(const LimitSet& set) {
    size_t stride = kIdBytes;
    while (stride < BasicBucket<Atomics>::CellCount(set.size()) * 8) {
      stride *= 2;
    }
    return stride;
  }
  static_assert(BasicBucket<Atomics>::CellCount(limits::kLimitWindowsMax) * 8 <=
                    64,
                "a bucket is within one cache line");

  // The two halves of a pool's words.
  static uint32_t Low(uint64_t word) { return static_cast<uint32_t>(word); }
  static uint32_t High(uint64_t word) {
    return static_cast<uint32_t>(word >> 32);
  }
  static uint64_t Join(uint32_t high, uint32_t low) {
    return (uint64_t{high} << 32) | low;
  }

  explicit BasicBucketSlab(size_t bytes);
  ~BasicBucketSlab() = default;

  Atomic<Pool*>* table() const {
    return reinterpret_cast<Atomic<Pool*>*>(range_.begin());
  }

  void DropReference() {
    // Release orders this holder's accesses before the end, acquire the end
    // after all of them.
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  BucketId Pop(Pool& pool);
  void Push(Pool& pool, BucketId id);
  bool AddChunk(Pool& pool, uint64_t fresh);
  static void PushRetired(void* slab, void* cells);

  absl::Mutex mutex_;
  std::vector<std::unique_ptr<Pool>> pools_ ABSL_GUARDED_BY(mutex_);

  AddressRange range_;
  size_t chunk_count_ = 0;
  size_t table_chunks_ = 0;  // the first ones, which hold the table
  Atomic<uint64_t> next_chunk_{0};
  Atomic<uint64_t> references_{1};
};

template <typename A>
BasicBucketSlab<A>::BasicBucketSlab(size_t bytes)
    : range_(bytes < kBytesMax ? bytes : kBytesMax) {
  chunk_count_ = range_.size() / kChunkBytes;
  table_chunks_ =
      (chunk_count_ * sizeof(Pool*) + kChunkBytes - 1) / kChunkBytes;
  // Relaxed: nobody else knows the slab yet.
  next_chunk_.store(table_chunks_, std::memory_order_relaxed);
  if (!range_.Commit(table_chunks_ * kChunkBytes)) chunk_count_ = 0;
}

template <typename A>
typename BasicBucketSlab<A>::Pool* BasicBucketSlab<A>::Intern(
    std::vector<LimitSpec> specs) {
  absl::MutexLock lock(&mutex_);
  for (const std::unique_ptr<Pool>& pool : pools_) {
    if (pool->specs() == specs) return pool.get();
  }
  pools_.push_back(std::make_unique<Pool>(std::move(specs)));
  return pools_.back().get();
}

template <typename A>
BucketId BasicBucketSlab<A>::Allocate(Pool& pool) {
  if (const BucketId id = Pop(pool)) {
    // Relaxed: whoever publishes the id does so by a release.
    At(id)->store(0, std::memory_order_relaxed);
    return id;
  }
  const size_t stride = StrideOf(pool);
  for (;;) {
    // Acquire pairs with the release in AddChunk: the chunk is in the table.
    uint64_t fresh = pool.fresh.load(std::memory_order_acquire);
    const uint32_t used = Low(fresh);
    if (fresh == 0 || used == kChunkBytes / stride) {
      if (!AddChunk(pool, fresh)) return 0;
      continue;
    }
    // Relaxed: the bucket is zeroed memory that nobody has touched.
    if (pool.fresh.compare_exchange_strong(fresh, fresh + 1,
                                           std::memory_order_relaxed,
                                           std::memory_order_relaxed)) {
      return static_cast<BucketId>(High(fresh) * kChunkIds +
                                   used * (stride / kIdBytes));
    }
  }
}

// Gives the pool a new current chunk in place of the one that `fresh` names.
template <typename A>
bool BasicBucketSlab<A>::AddChunk(Pool& pool, uint64_t fresh) {
  // Relaxed: only makes the chunk this thread's.
  uint64_t chunk = next_chunk_.load(std::memory_order_relaxed);
  do {
    if (chunk >= chunk_count_) return false;
  } while (!next_chunk_.compare_exchange_weak(
      chunk, chunk + 1, std::memory_order_relaxed, std::memory_order_relaxed));
  if (!range_.Commit((chunk + 1) * kChunkBytes)) return false;
  // Release pairs with the acquire in PoolOf.
  table()[chunk].store(&pool, std::memory_order_release);
  // Release pairs with the acquire in Allocate.
  if (pool.fresh.compare_exchange_strong(
          fresh, Join(static_cast<uint32_t>(chunk), 0),
          std::memory_order_release, std::memory_order_relaxed)) {
    return true;
  }
  const size_t step = StrideOf(pool) / kIdBytes;
  for (size_t id = 0; id < kChunkIds; id += step) {
    Push(pool, static_cast<BucketId>(chunk * kChunkIds + id));
  }
  return true;
}

template <typename A>
BucketId BasicBucketSlab<A>::Pop(Pool& pool) {
  // Acquire, here and on failure, pairs with the release in Push: the link.
  uint64_t head = pool.free.load(std::memory_order_acquire);
  while (Low(head) != 0) {
    // Relaxed: ordered by the acquire above; if the bucket was taken meanwhile
    // the count has changed.
    const uint32_t next = Low(At(Low(head))->load(std::memory_order_relaxed));
    if (pool.free.compare_exchange_weak(head, Join(High(head), next),
                                        std::memory_order_acquire,
                                        std::memory_order_acquire)) {
      return Low(head);
    }
  }
  return 0;
}

template <typename A>
void BasicBucketSlab<A>::Push(Pool& pool, BucketId id) {
  // Relaxed: the value is only stored as the link.
  uint64_t head = pool.free.load(std::memory_order_relaxed);
  do {
    // Relaxed: published by the release below.
    At(id)->store(Low(head), std::memory_order_relaxed);
    // Release pairs with the acquire in Pop.
  } while (!pool.free.compare_exchange_weak(head, Join(High(head) + 1, id),
                                            std::memory_order_release,
                                            std::memory_order_relaxed));
}

template <typename A>
void BasicBucketSlab<A>::Retire(Participant& participant, Pool& pool,
                                BucketId id) {
  // Relaxed: the caller's own reference keeps the slab alive meanwhile.
  references_.fetch_add(1, std::memory_order_relaxed);
  participant.Retire(At(id), PushRetired, this, StrideOf(pool));
}

template <typename A>
void BasicBucketSlab<A>::PushRetired(void* slab, void* cells) {
  auto* self = static_cast<BasicBucketSlab*>(slab);
  const size_t offset = static_cast<size_t>(static_cast<std::byte*>(cells) -
                                            self->range_.begin());
  const auto id = static_cast<BucketId>(offset / kIdBytes);
  self->Push(*self->PoolOf(id), id);
  self->DropReference();
}

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_LIMIT_BUCKET_SLAB_H_
