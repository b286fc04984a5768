// What one worker remembers of the buckets it charged lately: permits it has on
// lease, and how to see that others charge the same bucket.
//
// A fixed table of sets of four entries, one cache line a set: a lookup touches
// one line. An entry without a lease is a hint and may be forgotten; one with a
// lease is given back first. So nobody can push a bucket's state out of memory:
// the state is in the bucket.
//
// Thread-safety: one thread. Cost: 64 bytes a set, allocated once.

#ifndef TOLLGATE_ENGINE_LIMIT_LEASE_TABLE_H_
#define TOLLGATE_ENGINE_LIMIT_LEASE_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/base/cacheline.h"
#include "engine/limit/bucket_word.h"

namespace tollgate {

struct LeaseEntry {
  BucketId bucket = 0;  // 0: empty
  uint32_t since = 0;   // of the last charge of the bucket: LeaseTime
  uint32_t seen = 0;    // low half of the bucket's word after it
  uint16_t left = 0;    // permits of the lease not spent yet
  uint8_t quanta = 0;   // on lease, spent or not
  uint8_t wanted = 1;   // quanta that the next lease should have
};

static_assert(sizeof(LeaseEntry) * 4 == kCacheLineBytes,
              "a lookup costs one cache line");

// Milliseconds, nearly (1024 microseconds), modulo 2^32.
constexpr uint32_t LeaseTime(uint64_t tick) {
  return static_cast<uint32_t>(tick >> 10);
}

class LeaseTable {
 public:
  // REQUIRES: `sets` is a power of two.
  explicit LeaseTable(size_t sets);

  // Returns the entry of `bucket`, or null.
  LeaseEntry* Find(BucketId bucket) {
    for (LeaseEntry& entry : sets_[IndexOf(bucket)].entries) {
      if (entry.bucket == bucket) return &entry;
    }
    return nullptr;
  }

  // Returns the entry that should give way for `bucket`, which has none: an
  // empty one, else the oldest without a lease, else the oldest.
  LeaseEntry& Victim(BucketId bucket, uint32_t now);

  void Prefetch(BucketId bucket) const {
    __builtin_prefetch(&sets_[IndexOf(bucket)]);
  }

  // Remembers that the entry of `bucket` has a lease.
  void NoteLease(BucketId bucket) {
    const size_t set = IndexOf(bucket);
    leased_[set / 64] |= uint64_t{1} << (set % 64);
  }

  // Calls fn(LeaseEntry&) for each entry with a lease; fn must end it.
  template <typename Fn>
  void EndLeases(Fn&& fn) {
    for (size_t i = 0; i < leased_.size(); ++i) {
      for (; leased_[i] != 0; leased_[i] &= leased_[i] - 1) {
        Set& set = sets_[i * 64 + __builtin_ctzll(leased_[i])];
        for (LeaseEntry& entry : set.entries) {
          if (entry.quanta != 0) fn(entry);
        }
      }
    }
  }

 private:
  struct alignas(kCacheLineBytes) Set {
    LeaseEntry entries[4];
  };

  size_t IndexOf(BucketId bucket) const {
    // Multiplicative: buckets are numbered in order.
    return static_cast<uint32_t>(bucket * 0x9e3779b1u) >> shift_;
  }

  int shift_;
  std::vector<Set> sets_;
  std::vector<uint64_t> leased_;  // a bit per set: may have a lease
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_LIMIT_LEASE_TABLE_H_
