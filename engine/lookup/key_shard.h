// One shard of the key store (engine/lookup/key_store.h, which says what the
// operations mean): a lock-free hash table with copy-on-write buckets.
//
// A table is an array of words, one a bucket. A bucket's records stand
// contiguously in an immutable block of 64-byte lines, whose address, length
// and placement the word holds. Find hashes, loads the word, compares the one
// record that the placement names. Every mutation builds a new block and
// replaces the word by one compare-exchange; the old block is retired through
// the epoch domain. Erase leaves nothing behind.
//
// States of a bucket's word:
//   UNBORN     0, only in a table that its predecessor is still migrating to,
//              or in the first table, where it means EMPTY
//   EMPTY      no records
//   BLOCK      address and count
//   FROZEN     EMPTY or BLOCK that will not change any more: growth has begun
//   FORWARDED  look in the next table, which has twice the buckets
// Transitions, each one compare-exchange of the word:
//   UNBORN|EMPTY|BLOCK -> EMPTY|BLOCK   Swap, of Insert, Update and Erase (the
//                                       linearization point); never from an
//                                       UNBORN of a table being migrated to
//   UNBORN|EMPTY|BLOCK -> FROZEN        Freeze
//   UNBORN -> EMPTY|BLOCK               Bear, when the parent is FROZEN
//   FROZEN -> FORWARDED                 Migrate, when both children are born
// A word never returns to UNBORN, so a slow Bear fails once a child was born.
//
// K1. Who reads FORWARDED (acquire) sees both children born: whoever wrote it
//     had born them or had seen them born. So Find meets no UNBORN child.
// K2. No child changes before its parent is FORWARDED: writers come to a child
//     only through a FORWARDED parent or a `current` that is past the parent.
//     So reading a FROZEN block is reading the bucket's latest content.
// K3. A mutation that meets FROZEN does the migration of that bucket itself,
//     by steps that anybody can repeat (Freeze, Bear, Bear, Forward), and goes
//     on: a writer suspended in the middle blocks nobody.
// K4. `migrated` moves to c only after all cells below c were seen FORWARDED.
//     It is progress, not a claim: a suspended helper's cells are done again.
// K5. Only the current table starts a next one, so there are at most two.
//     `current` moves on when `migrated` is at the end.
// K6. Find loads one word a table and never goes back. It starts at `current`,
//     and hops only as often as the table doubles meanwhile, at most
//     TableRef::kLog2Max times: it is wait-free, and one hop at most is usual.
// K7. A block is retired once, by whose compare-exchange took its word away:
//     Swap, or the FORWARDED of a bucket that was split in two. A bucket whose
//     records all go to one child hands it the block itself. Copies that lost
//     their race are retired too, though nobody saw them: the slab takes blocks
//     back only after a grace period (engine/sync/slab.h, S1).
// K8. A block's records stand where Placement puts their hashes, by a rotation
//     that the word holds; a bucket handed on to a child keeps both. Where no
//     rotation parts them (one bucket in a few thousand) the word says so, and
//     they are scanned.
// K9. A word cannot come back to a value that a pinned writer has read: a block
//     that left a word while the writer is pinned is not reused until it
//     unpins. So a compare-exchange that succeeds found the bucket unchanged.
// K10. FindOrDecoy answers for the moment at which Approach loaded the bucket's
//     own word. If that has records, it is what Approach returns; if it is
//     FORWARDED, Find asks anew. If it is empty, the key is absent, and the
//     record of a neighbour, which is compared all the same, is another key's.

#ifndef TOLLGATE_ENGINE_LOOKUP_KEY_SHARD_H_
#define TOLLGATE_ENGINE_LOOKUP_KEY_SHARD_H_

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <type_traits>

#include "engine/base/cacheline.h"
#include "engine/base/hash.h"
#include "engine/lookup/bucket_table.h"
#include "engine/sync/epoch.h"
#include "engine/sync/slab.h"

namespace tollgate {

// Returns the keyed hash of `key`; a record type may bring its own.
template <typename Record>
inline uint64_t HashOfKey(const typename Record::Key& key,
                          const HashSeed& seed) {
  using Key = typename Record::Key;
  if constexpr (requires { Record::Hash(key, seed); }) {
    return Record::Hash(key, seed);
  } else {
    static_assert(std::has_unique_object_representations_v<Key>,
                  "equal keys must have equal bytes");
    if constexpr (sizeof(Key) == 12) return KeyedHash12(&key, seed);
    if constexpr (sizeof(Key) == 16) return KeyedHash16(&key, seed);
    return KeyedHash(&key, sizeof(Key), seed);
  }
}

// Compares by two loads where the type allows it, none of which spans the two
// stores that copied a key just before: such a load would wait for both to
// reach the cache. Keys are public ids: the time need not be constant.
template <typename Key>
inline bool SameKey(const Key& a, const Key& b) {
  if constexpr (std::has_unique_object_representations_v<Key> &&
                (sizeof(Key) == 12 || sizeof(Key) == 16)) {
    using Tail = std::conditional_t<sizeof(Key) == 12, uint32_t, uint64_t>;
    uint64_t heads[2];
    Tail tails[2];
    std::memcpy(&heads[0], &a, 8);
    std::memcpy(&heads[1], &b, 8);
    std::memcpy(&tails[0], reinterpret_cast<const char*>(&a) + 8, sizeof(Tail));
    std::memcpy(&tails[1], reinterpret_cast<const char*>(&b) + 8, sizeof(Tail));
    return ((heads[0] ^ heads[1]) | (tails[0] ^ tails[1])) == 0;
  } else {
    return a == b;
  }
}

template <typename Record, typename Atomics>
class KeyShard {
 public:
  using Key = typename Record::Key;
  using Participant = typename BasicEpochDomain<Atomics>::Participant;
  using Slab = BasicSlab<Atomics>;

  static_assert(std::is_trivially_copyable_v<Record>,
                "records are copied from block to block");
  static_assert(sizeof(Record) == kCacheLineBytes &&
                    sizeof(Record) == Slab::kLineBytes,
                "a record is the cache line that Find pays for");

  // `seed` and `slab` outlive the shard.
  KeyShard(const HashSeed& seed, Slab& slab, unsigned table_log2);
  KeyShard(const KeyShard&) = delete;
  KeyShard& operator=(const KeyShard&) = delete;
  // REQUIRES: no operation runs, nothing found is still in use.
  ~KeyShard();

  void PrefetchWord(uint64_t hash) const {
    __builtin_prefetch(&Current().CellOf(hash));
  }

  void PrefetchRecord(uint64_t hash) const {
    // Relaxed: nothing is read through it; Find will look again.
    const BucketWord word(
        Current().CellOf(hash).load(std::memory_order_relaxed));
    __builtin_prefetch(Place(word, hash));
  }

  // Returns the bucket of `hash`, or if it has no records, one beside it that
  // has, whose record is fetched: see FindOrDecoy.
  BucketWord Approach(uint64_t hash) const {
    const Table table = Current();
    // Acquire pairs with the release in Swap and Bear: the block is filled.
    const Cell& cell = table.CellOf(hash);
    const BucketWord own(cell.load(std::memory_order_acquire));
    const BucketWord word = own.forwarded() ? own : Nearest(cell, own);
    __builtin_prefetch(Place(word, hash));
    return word;
  }

  // REQUIRES: the caller is pinned.
  const Record* Find(const Key& key, uint64_t hash) const {
    TableRef<Atomics> table = Current();
    for (;;) {
      // Acquire pairs with the release in Swap and Bear: the block is filled.
      const BucketWord word(table.CellOf(hash).load(std::memory_order_acquire));
      if (word.count() != 0) [[likely]] {
        return FindIn(word, key, hash);
      }
      if (!word.forwarded()) return nullptr;
      table = Next(table);
    }
  }

  // As Find, at the time of Approach, which has returned `word` since the
  // caller is pinned. When the key is not there, `decoy` becomes the record of
  // another that stands near, null if none does; mostly at no further cost.
  const Record* FindOrDecoy(const Key& key, uint64_t hash, BucketWord word,
                            const Record*& decoy) const {
    if (word.count() == 0 || word.rotation() == Placement::kScan) [[unlikely]] {
      const Record* const record = Find(key, hash);
      if (record == nullptr) decoy = FindDecoy(hash);
      return record;
    }
    const Record* const record = Place(word, hash);
    if (__builtin_expect_with_probability(SameKey(record->key(), key), 1, 1)) {
      return record;
    }
    decoy = record;
    return nullptr;
  }

  bool Insert(Participant& participant, const Record& record, uint64_t hash);

  template <typename Fn>
  std::optional<Record> Update(Participant& participant, const Key& key,
                               uint64_t hash, Fn&& fn);

  std::optional<Record> Erase(Participant& participant, const Key& key,
                              uint64_t hash);

  template <typename Fn>
  void ForEach(Participant& participant, Fn&& fn) const;

  // Finishes a growth that has begun, instead of leaving it to later writers.
  void FinishGrowth(Participant& participant);

  // Replaces the table by one for `keys` keys. REQUIRES: empty, and no other
  // thread uses it.
  void Reserve(size_t keys);

  size_t size() const {
    // Relaxed: a figure. An erase may be counted before the insert it undid.
    return std::max<int64_t>(size_.load(std::memory_order_relaxed), 0);
  }

  // Of the tables; the blocks are the slab's. REQUIRES: the caller is pinned.
  size_t TableBytes() const;

 private:
  using Table = TableRef<Atomics>;
  using Cell = typename Table::Cell;

  // Cells that a writer migrates beside its own work. Growth starts when there
  // is a record a bucket; at eight it is over when there is 9/8.
  static constexpr size_t kMigrateCells = 8;
  // Cells that FindDecoy looks at: in vain one time in ten thousand.
  static constexpr size_t kDecoyCells = 16;
  // Cells that ForEach visits under one guard.
  static constexpr size_t kVisitCells = 1024;

  // A bucket as a mutation found it.
  struct Spot {
    Cell* cell;
    BucketWord word;
    const Record* found;  // null: absent
  };

  // The two halves of a bucket.
  struct Halves {
    BucketWord low;
    BucketWord high;
    bool copied;  // into blocks of their own
  };

  // The records of a block that is to be built.
  struct Sources {
    size_t count = 0;
    const Record* records[BucketWord::kCountMax + 1];
    void Add(const Record& record) { records[count++] = &record; }
  };

  static const Record* Place(BucketWord word, uint64_t hash) {
    return word.block<Record>() +
           Placement::IndexOf(hash, word.rotation(), word.count());
  }

  // Returns `own`, the word of `cell`, if it has records, or else that of a
  // cell in its line that has: one time in a hundred there is none, when there
  // are six records to ten buckets. Looks at all of them always, so that a key
  // that is not there takes no longer.
  static BucketWord Nearest(const Cell& cell, BucketWord own) {
    const auto near = [&cell](size_t i) {
      // Acquire as in Approach.
      return BucketWord(Table::Beside(cell, i).load(std::memory_order_acquire));
    };
    static_assert(Table::kLineCells == 8);
    // In pairs, so that a choice waits for two others, not for six.
    const BucketWord first = own.OrIfEmpty(near(1));
    const BucketWord second = near(2).OrIfEmpty(near(3));
    const BucketWord third = near(4).OrIfEmpty(near(5));
    const BucketWord fourth = near(6).OrIfEmpty(near(7));
    return first.OrIfEmpty(second).OrIfEmpty(third.OrIfEmpty(fourth));
  }

  __attribute__((noinline)) const Record* FindDecoy(uint64_t hash) const {
    const Table table = Current();
    for (size_t i = 0; i < kDecoyCells; ++i) {
      // Acquire as in Approach.
      const BucketWord word(
          table.CellOf(hash + i).load(std::memory_order_acquire));
      if (word.count() == 0) continue;
      return word.rotation() == Placement::kScan ? word.block<Record>()
                                                 : Place(word, hash);
    }
    return nullptr;
  }

  static const Record* FindIn(BucketWord word, const Key& key, uint64_t hash) {
    if (word.rotation() == Placement::kScan) [[unlikely]] {
      return Scan(word, key);
    }
    const Record* record = Place(word, hash);
    // A branch, not a conditional move: what the caller does with the record
    // need not wait for the comparison.
    if (__builtin_expect_with_probability(SameKey(record->key(), key), 1, 1)) {
      return record;
    }
    return nullptr;
  }

  static const Record* Scan(BucketWord word, const Key& key);

  Table Current() const {
    // Acquire pairs with the release in AdoptNext: the cells are born (K1).
    return Table(current_.load(std::memory_order_acquire));
  }
  static Table Next(Table table) {
    // Acquire pairs with the release in StartGrowth.
    return Table(table.footer().next.load(std::memory_order_acquire));
  }

  void RetireBlock(Participant& participant, BucketWord word) {
    if (word.count() == 0) return;
    slab_.Retire(participant, const_cast<Record*>(word.block<Record>()),
                 word.count());
  }

  Spot Locate(Participant& participant, const Key& key, uint64_t hash);
  bool Swap(Participant& participant, const Spot& spot, BucketWord desired);
  BucketWord Replace(const Participant& participant, const Spot& spot,
                     const Record* fresh);
  BucketWord Build(const Participant& participant, const Sources& sources);

  void CountInsert(Participant& participant);
  void StartGrowth(Table table);
  bool HelpGrowth(Participant& participant);
  void AdoptNext(Participant& participant, Table table, Table next);
  void Migrate(Participant& participant, Table from, Table to, size_t index);
  static BucketWord Freeze(Cell& cell);
  void Bear(Participant& participant, Cell& child, BucketWord word,
            bool copied);
  Halves Split(Participant& participant, BucketWord word, unsigned bit);

  template <typename Fn>
  static void VisitCell(Table table, size_t index, Fn& fn);
  template <typename Fn>
  static size_t VisitCells(Table table, size_t first, size_t stride, Fn& fn);

  // Read by every operation, written when a growth ends.
  typename Atomics::template Atomic<uint64_t> current_;
  const HashSeed& seed_;
  Slab& slab_;

  // Written by every insert and erase.
  alignas(kContendedBytes) typename Atomics::template Atomic<int64_t> size_{0};
};

}  // namespace tollgate

#include "engine/lookup/key_shard_impl.h"  // IWYU pragma: export

#endif  // TOLLGATE_ENGINE_LOOKUP_KEY_SHARD_H_
