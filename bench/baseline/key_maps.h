// Maps from key ids to records that one would use instead of the key store.
// Each has a Handle with the same few methods, one for each thread, so that
// they can be measured alike:
//
//   void Insert(const KeyRecord&);           // its id is new
//   void Replace(const KeyRecord&);          // its id is there
//   bool Visit(const KeyId&, fn(const KeyRecord&));   // false: absent
//
// Visit calls `fn` where the map says that the record holds still: under its
// lock. Ids are hashed by absl::Hash, which is faster than what std::hash and
// tbb_hash make of twelve bytes.
//
// Thread-safety: all but UnlockedKeyMap, from all threads.

#ifndef TOLLGATE_BENCH_BASELINE_KEY_MAPS_H_
#define TOLLGATE_BENCH_BASELINE_KEY_MAPS_H_

#include <oneapi/tbb/concurrent_hash_map.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <libcuckoo/cuckoohash_map.hh>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/hash/hash.h"
#include "absl/synchronization/mutex.h"
#include "engine/base/cacheline.h"
#include "engine/lookup/key_record.h"
#include "engine/model/key_id.h"

namespace tollgate::bench {

struct KeyIdHash {
  size_t operator()(const KeyId& id) const {
    return absl::HashOf(std::string_view(id.bytes, KeyId::kSize));
  }
};

struct KeyIdTbbHash {
  size_t hash(const KeyId& id) const { return KeyIdHash()(id); }
  bool equal(const KeyId& a, const KeyId& b) const { return a == b; }
};

// A thread's way into a map that needs nothing of its own for a thread.
template <typename Map>
class SharedHandle {
 public:
  explicit SharedHandle(Map& map) : map_(map) {}

  void Insert(const KeyRecord& record) { map_.Replace(record); }
  void Replace(const KeyRecord& record) { map_.Replace(record); }

  template <typename Fn>
  bool Visit(const KeyId& id, Fn&& fn) {
    return map_.Visit(id, fn);
  }

 private:
  Map& map_;
};

// absl::flat_hash_map without any lock: a floor, for one thread.
class UnlockedKeyMap {
 public:
  using Handle = SharedHandle<UnlockedKeyMap>;

  void Replace(const KeyRecord& record) { map_[record.id] = record; }

  template <typename Fn>
  bool Visit(const KeyId& id, Fn&& fn) const {
    const auto found = map_.find(id);
    if (found == map_.end()) return false;
    fn(found->second);
    return true;
  }

 private:
  absl::flat_hash_map<KeyId, KeyRecord, KeyIdHash> map_;
};

// The same under one absl::Mutex, which Visit takes by `ReadLock`.
template <typename ReadLock>
class LockedKeyMap {
 public:
  using Handle = SharedHandle<LockedKeyMap>;

  void Replace(const KeyRecord& record) {
    absl::MutexLock lock(&mutex_);
    map_.Replace(record);
  }

  template <typename Fn>
  bool Visit(const KeyId& id, Fn&& fn) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    ReadLock lock(&mutex_);
    return map_.Visit(id, fn);
  }

 private:
  absl::Mutex mutex_;
  UnlockedKeyMap map_ ABSL_GUARDED_BY(mutex_);
};

using MutexKeyMap = LockedKeyMap<absl::MutexLock>;
using SharedMutexKeyMap = LockedKeyMap<absl::ReaderMutexLock>;

// Sixty-four of these, by the hash of the id.
template <typename Map>
class KeyMapShards {
 public:
  using Handle = SharedHandle<KeyMapShards>;

  void Replace(const KeyRecord& record) { ShardOf(record.id).Replace(record); }

  template <typename Fn>
  bool Visit(const KeyId& id, Fn&& fn) {
    return ShardOf(id).Visit(id, fn);
  }

 private:
  static constexpr int kShardsLog2 = 6;

  struct alignas(kContendedBytes) Shard {
    Map map;
  };

  // By the high bits: the table within uses the low ones.
  Map& ShardOf(const KeyId& id) {
    return shards_[uint64_t{KeyIdHash()(id)} >> (64 - kShardsLog2)].map;
  }

  std::array<Shard, size_t{1} << kShardsLog2> shards_;
};

using ShardedKeyMap = KeyMapShards<MutexKeyMap>;
using SharedShardedKeyMap = KeyMapShards<SharedMutexKeyMap>;

// Intel's concurrent_hash_map: a mutex a bucket and a reader-writer lock a
// node, and records in nodes of their own.
class TbbKeyMap {
 public:
  using Handle = SharedHandle<TbbKeyMap>;

  void Replace(const KeyRecord& record) {
    Map::accessor accessor;
    map_.insert(accessor, record.id);
    accessor->second = record;
  }

  template <typename Fn>
  bool Visit(const KeyId& id, Fn&& fn) const {
    Map::const_accessor accessor;
    if (!map_.find(accessor, id)) return false;
    fn(accessor->second);
    return true;
  }

 private:
  using Map = tbb::concurrent_hash_map<KeyId, KeyRecord, KeyIdTbbHash>;
  Map map_;
};

// libcuckoo's cuckoohash_map: two buckets of four slots, a spin lock a stripe.
class CuckooKeyMap {
 public:
  using Handle = SharedHandle<CuckooKeyMap>;

  void Replace(const KeyRecord& record) {
    map_.insert_or_assign(record.id, record);
  }

  template <typename Fn>
  bool Visit(const KeyId& id, Fn&& fn) const {
    return map_.find_fn(id, [&fn](const KeyRecord& record) { fn(record); });
  }

 private:
  libcuckoo::cuckoohash_map<KeyId, KeyRecord, KeyIdHash> map_;
};

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_BASELINE_KEY_MAPS_H_
