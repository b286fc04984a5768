// The words and tables that a shard of the key store is made of; for
// engine/lookup/key_shard.h, where their protocol is told.

#ifndef TOLLGATE_ENGINE_LOOKUP_BUCKET_TABLE_H_
#define TOLLGATE_ENGINE_LOOKUP_BUCKET_TABLE_H_

#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>

#include "engine/base/cacheline.h"
#include "engine/sync/huge_memory.h"

namespace tollgate {

// The state of one bucket, by value: which records it has and how far it has
// got in the growth of the table. One word, so one compare-exchange changes it.
class BucketWord {
 public:
  constexpr BucketWord() = default;
  constexpr explicit BucketWord(uint64_t bits) : bits_(bits) {}

  // A bucket of the `count` records at `block`; an empty one for none.
  // REQUIRES: block is aligned to 64 bytes.
  static BucketWord Of(const void* block, size_t count) {
    if (count == 0) return BucketWord(kBorn);
    const auto address = reinterpret_cast<uintptr_t>(block);
    assert((address & ~kBlockMask) == 0 && count <= kCountMax);
    return BucketWord(kBorn | address | uint64_t{count} << kCountShift);
  }
  static constexpr BucketWord Forwarded() { return BucketWord(kForwarded); }

  constexpr bool unborn() const { return bits_ == 0; }
  constexpr bool frozen() const { return (bits_ & kFrozen) != 0; }
  constexpr bool forwarded() const { return (bits_ & kForwarded) != 0; }
  constexpr size_t count() const { return bits_ >> kCountShift; }
  constexpr uint64_t bits() const { return bits_; }

  template <typename Record>
  const Record* block() const {
    return reinterpret_cast<const Record*>(bits_ & kBlockMask);
  }

  constexpr BucketWord Freeze() const {
    return BucketWord(bits_ | kBorn | kFrozen);
  }
  constexpr BucketWord Thaw() const { return BucketWord(bits_ & ~kFrozen); }

  friend constexpr bool operator==(BucketWord, BucketWord) = default;

 private:
  // Bits 0-5: state; 6-47: address of the block, which the alignment and the
  // user half of the address space leave; 48-63: number of its records.
  static constexpr uint64_t kBorn = 1;
  static constexpr uint64_t kFrozen = 2;
  static constexpr uint64_t kForwarded = 4;
  static constexpr uint64_t kBlockMask = 0x0000'FFFF'FFFF'FFC0;
  static constexpr int kCountShift = 48;
  static constexpr size_t kCountMax = 0xFFFF;

  uint64_t bits_ = 0;
};

// What Find does not need of a table; stands behind the table's cells.
template <typename Atomics>
struct TableFooter {
  typename Atomics::template Atomic<uint64_t> next{0};      // TableRef, or 0
  typename Atomics::template Atomic<uint64_t> migrated{0};  // cells [0, it)
};

// A table of a power of two of cells, by reference: the address of the cells
// and the logarithm of their number in one word, so that Find has the cell's
// address after one load.
template <typename Atomics>
class TableRef {
 public:
  using Cell = typename Atomics::template Atomic<uint64_t>;
  static_assert(sizeof(Cell) == sizeof(uint64_t), "a cell is one word");

  // Numbers of cells run up to this power of two, a million million.
  static constexpr unsigned kLog2Max = 40;

  constexpr explicit TableRef(uint64_t bits) : bits_(bits) {}

  // Returns a table of unborn cells, or a false reference if memory is short.
  static TableRef Create(unsigned log2);
  static void Destroy(TableRef table);

  explicit operator bool() const { return bits_ != 0; }
  uint64_t bits() const { return bits_; }
  unsigned log2() const { return bits_ & kLog2Mask; }
  size_t size() const { return size_t{1} << log2(); }
  size_t IndexOf(uint64_t hash) const { return hash & (size() - 1); }
  Cell* cells() const { return reinterpret_cast<Cell*>(bits_ & ~kLog2Mask); }
  Cell& CellOf(uint64_t hash) const { return cells()[IndexOf(hash)]; }
  TableFooter<Atomics>& footer() const {
    return *reinterpret_cast<TableFooter<Atomics>*>(cells() + size());
  }
  size_t MemoryBytes() const { return BytesOf(log2()); }

  // A table as an object that an epoch domain can retire.
  void* object() const { return reinterpret_cast<void*>(bits_); }
  static TableRef OfObject(void* object) {
    return TableRef(reinterpret_cast<uint64_t>(object));
  }

 private:
  static constexpr uint64_t kLog2Mask = kCacheLineBytes - 1;
  static_assert(kLog2Max <= kLog2Mask, "the logarithm fits below the address");

  static size_t BytesOf(unsigned log2) {
    const size_t bytes = (sizeof(Cell) << log2) + sizeof(TableFooter<Atomics>);
    return (bytes + kCacheLineBytes - 1) / kCacheLineBytes * kCacheLineBytes;
  }

  // Above this, memory comes by huge pages; below, a page would be wasted.
  static constexpr size_t kHugeFrom = kHugePageBytes / 4;

  uint64_t bits_;
};

template <typename A>
TableRef<A> TableRef<A>::Create(unsigned log2) {
  if (log2 > kLog2Max) return TableRef(0);
  const size_t bytes = BytesOf(log2);
  void* memory = bytes >= kHugeFrom
                     ? MapHuge(bytes)
                     : ::operator new (bytes, std::align_val_t{kCacheLineBytes},
                                       std::nothrow);
  if (memory == nullptr) return TableRef(0);
  const TableRef table(reinterpret_cast<uint64_t>(memory) | log2);
  // Mapped memory is zero, which is what an unborn cell is; writing it would
  // make whoever grows a large table touch all of it.
  if (bytes < kHugeFrom) std::memset(memory, 0, bytes);
  std::uninitialized_default_construct_n(&table.footer(), 1);
  return table;
}

template <typename A>
void TableRef<A>::Destroy(TableRef table) {
  const size_t bytes = table.MemoryBytes();
  if (bytes >= kHugeFrom) return UnmapHuge(table.cells(), bytes);
  ::operator delete (table.cells(), std::align_val_t{kCacheLineBytes});
}

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_LOOKUP_BUCKET_TABLE_H_
