// A concurrent map from key ids to 64-byte records: finds never wait and never
// write, changes never block each other or a find.
//
//   KeyStore store(RandomHashSeed());
//   store.Reserve(1'000'000);                       // when loading
//   store.Insert(participant, record);
//   {
//     auto guard = participant.Pin();
//     const KeyRecord* record = store.Find(id, store.Hash(id));
//   }
//
// Use it where finds outnumber changes by far. A record is immutable and is
// replaced whole; what changes at every request (a rate-limit bucket) is
// referred to from the record. The table grows but does not shrink.
//
// Thread-safety: every operation from any thread, given a participant of its
// own; Reserve and the destructor alone. Find is wait-free, the others are
// lock-free: a thread suspended anywhere in any of them delays nobody. Insert,
// Update and Erase are linearizable per key, Find with them; ForEach is weakly
// consistent (what is there throughout is visited exactly once).
// Ownership: records are copied in and out. Find's pointer is valid until the
// caller's outermost guard ends. What a record refers to is the caller's: the
// operation that takes a record out returns it, to exactly one caller, who
// retires what it owned.
// Cost: Find is one hash, one word and one record: at most two cache misses, no
// loop, no allocation (BM_KeyStore_Find: about 9 ns among ten thousand keys in
// cache, 25 to 60 among a million, 13 to 21 of them in staged batches of 32).
// Insert, Update, Erase take 100 to 400 ns.
// Memory: 64 bytes of record and 8 to 16 of table a key, a tenth for free
// blocks (78 in all at a million keys, at worst 92 while growing to ten
// million). Mass deletion leaves no trace in the cost of a find.
// Errors: none; without memory for a block the process ends, without memory for
// a larger table finds get slower.
//
// The structure of a shard is told in engine/lookup/key_shard.h. This class
// chooses the shard by the high bits of the hash, the shard the bucket by the
// low ones.

#ifndef TOLLGATE_ENGINE_LOOKUP_KEY_STORE_H_
#define TOLLGATE_ENGINE_LOOKUP_KEY_STORE_H_

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <utility>

#include "engine/base/hash.h"
#include "engine/lookup/key_shard.h"
#include "engine/sync/atomics.h"
#include "engine/sync/epoch.h"
#include "engine/sync/slab.h"

namespace tollgate {

// Shapes of a store; the defaults fit ten keys as well as ten million.
struct KeyStoreOptions {
  unsigned shards_log2 = 4;  // more: less contention between writers
  unsigned table_log2 = 6;   // buckets a shard begins with
};

template <typename Record, typename Atomics = StdAtomics>
class BasicKeyStore {
 public:
  using Key = typename Record::Key;
  using Participant = typename BasicEpochDomain<Atomics>::Participant;

  // `seed` is random in production, so that nobody can aim at a bucket.
  explicit BasicKeyStore(const HashSeed& seed, KeyStoreOptions options = {});
  BasicKeyStore(const BasicKeyStore&) = delete;
  BasicKeyStore& operator=(const BasicKeyStore&) = delete;
  // REQUIRES: no operation runs, nothing found is still in use. The epoch
  // domain may end before or after.
  ~BasicKeyStore();

  uint64_t Hash(const Key& key) const { return HashOfKey<Record>(key, seed_); }

  // Starts to fetch what Find will read first. The two steps of a staged
  // look-up: PrefetchWord for all keys of a batch, PrefetchRecord for all, then
  // Find. REQUIRES: the caller is pinned.
  void PrefetchWord(uint64_t hash) const { ShardOf(hash).PrefetchWord(hash); }
  void PrefetchRecord(uint64_t hash) const {
    ShardOf(hash).PrefetchRecord(hash);
  }

  // The same for callers to whom absence must cost what presence does, cache
  // misses and mispredicted branches included: PrefetchWord, Approach, then
  // FindOrDecoy, which returns the record of `key` as it was at Approach, or
  // null; then `decoy` becomes the record of some other key (or of one that has
  // come since), to work on in its place, or null if none stands near.
  // REQUIRES: the caller is pinned from Approach on; hash == Hash(key).
  BucketWord Approach(uint64_t hash) const {
    return ShardOf(hash).Approach(hash);
  }
  const Record* FindOrDecoy(const Key& key, uint64_t hash, BucketWord word,
                            const Record*& decoy) const {
    return ShardOf(hash).FindOrDecoy(key, hash, word, decoy);
  }

  // Returns the record of `key`, or null. REQUIRES: the caller is pinned;
  // hash == Hash(key).
  const Record* Find(const Key& key, uint64_t hash) const {
    return ShardOf(hash).Find(key, hash);
  }

  // Adds `record`; returns false, and changes nothing, if its key is present.
  bool Insert(Participant& participant, const Record& record) {
    const uint64_t hash = Hash(record.key());
    return ShardOf(hash).Insert(participant, record, hash);
  }

  // Replaces the record of `key` by what `fn(const Record&)` makes of it, a
  // std::optional<Record> with the same key, nullopt to leave it. Calls `fn`
  // again whenever another change came first, so it must have no side effects.
  // Returns the record that was replaced, nullopt if none was.
  template <typename Fn>
  std::optional<Record> Update(Participant& participant, const Key& key,
                               Fn&& fn) {
    const uint64_t hash = Hash(key);
    return ShardOf(hash).Update(participant, key, hash, std::forward<Fn>(fn));
  }

  // Removes the record of `key` and returns it, nullopt if there is none.
  std::optional<Record> Erase(Participant& participant, const Key& key) {
    const uint64_t hash = Hash(key);
    return ShardOf(hash).Erase(participant, key, hash);
  }

  // Calls `fn(const Record&)` for every record, pinned, in no order. `fn` may
  // change the store, and need not be quick: the guard is renewed now and then.
  template <typename Fn>
  void ForEach(Participant& participant, Fn&& fn) const {
    for (size_t i = 0; i < shard_count(); ++i) {
      shards_[i].ForEach(participant, fn);
    }
  }

  // Makes room for `keys` keys, so that loading them does not grow the table.
  // REQUIRES: empty, and no other thread uses it.
  void Reserve(size_t keys);

  // Finishes growth in progress, which otherwise later changes do; worth
  // calling after loading.
  void FinishGrowth(Participant& participant) {
    for (size_t i = 0; i < shard_count(); ++i) {
      shards_[i].FinishGrowth(participant);
    }
  }

  // Exact while nothing changes.
  size_t size() const;

  // Bytes of tables and records taken from the system, used or free.
  size_t MemoryBytes(Participant& participant) const;

 private:
  using Shard = KeyShard<Record, Atomics>;

  Shard& ShardOf(uint64_t hash) const {
    return shards_[hash >> 1 >> shard_shift_];
  }
  size_t shard_count() const { return size_t{1} << (63 - shard_shift_); }

  // Never written after construction; one line beside the shards' own.
  const HashSeed seed_;
  const unsigned shard_shift_;
  Shard* const shards_;

  BasicSlab<Atomics>* const slab_;
};

template <typename R, typename A>
BasicKeyStore<R, A>::BasicKeyStore(const HashSeed& seed,
                                   KeyStoreOptions options)
    : seed_(seed),
      shard_shift_(63 - options.shards_log2),
      shards_(static_cast<Shard*>(
          ::operator new (sizeof(Shard) << options.shards_log2,
                          std::align_val_t{alignof(Shard)}))),
      slab_(BasicSlab<A>::Create()) {
  for (size_t i = 0; i < shard_count(); ++i) {
    new (&shards_[i]) Shard(seed_, *slab_, options.table_log2);
  }
}

template <typename R, typename A>
BasicKeyStore<R, A>::~BasicKeyStore() {
  std::destroy_n(shards_, shard_count());
  ::operator delete (shards_, std::align_val_t{alignof(Shard)});
  slab_->Release();
}

template <typename R, typename A>
void BasicKeyStore<R, A>::Reserve(size_t keys) {
  for (size_t i = 0; i < shard_count(); ++i) {
    shards_[i].Reserve(keys / shard_count() + 1);
  }
}

template <typename R, typename A>
size_t BasicKeyStore<R, A>::size() const {
  size_t size = 0;
  for (size_t i = 0; i < shard_count(); ++i) size += shards_[i].size();
  return size;
}

template <typename R, typename A>
size_t BasicKeyStore<R, A>::MemoryBytes(Participant& participant) const {
  const auto guard = participant.Pin();
  size_t bytes = sizeof(*this) + sizeof(Shard) * shard_count();
  for (size_t i = 0; i < shard_count(); ++i) bytes += shards_[i].TableBytes();
  return bytes + slab_->MemoryBytes();
}

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_LOOKUP_KEY_STORE_H_
