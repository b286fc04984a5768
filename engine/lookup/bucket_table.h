// The words and tables that a shard of the key store is made of; for
// engine/lookup/key_shard.h, where their protocol is told.

#ifndef TOLLGATE_ENGINE_LOOKUP_BUCKET_TABLE_H_
#define TOLLGATE_ENGINE_LOOKUP_BUCKET_TABLE_H_

#include <atomic>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>

#include "engine/base/cacheline.h"
#include "engine/base/hash.h"
#include "engine/sync/huge_memory.h"

namespace tollgate {

// Where in a block of several records the record of a hash stands, if it is
// there at all: the top of the hash, rotated by a number that the writer of the
// block has searched until no two of its records fall on one place. So a find
// compares one record, without a loop that the processor could mispredict.
class Placement {
 public:
  // For blocks in which no rotation parts the records: all are to be compared.
  static constexpr unsigned kScan = 63;

  // Returns a rotation for the `count` hashes, or kScan.
  static unsigned Choose(const uint64_t* hashes, size_t count) {
    if (count > kCountMax) return kScan;
    for (unsigned rotation = 0; rotation < kScan; ++rotation) {
      uint64_t taken = 0;
      for (size_t i = 0; i < count; ++i) {
        taken |= uint64_t{1} << IndexOf(hashes[i], rotation, count);
      }
      if (taken == (uint64_t{1} << count) - 1) return rotation;
    }
    return kScan;
  }

  // Returns a place below `count`. REQUIRES: rotation is not kScan.
  static size_t IndexOf(uint64_t hash, unsigned rotation, size_t count) {
    return static_cast<size_t>(
        internal::Uint128{std::rotr(hash, static_cast<int>(rotation))} *
            count >>
        64);
  }

  // Longer blocks, one in a million, are scanned.
  static constexpr size_t kCountMax = 8;
};

// The state of one bucket, by value: which records it has and how far it has
// got in the growth of the table. One word, so one compare-exchange changes it.
class BucketWord {
 public:
  // Longer buckets cannot be told. With a keyed hash and a table that grows at
  // one record a bucket, the odds of one are below those of broken memory.
  static constexpr size_t kCountMax = 1023;

  constexpr BucketWord() = default;
  constexpr explicit BucketWord(uint64_t bits) : bits_(bits) {}

  // A bucket of the `count` records at `block`, placed by `rotation`.
  // REQUIRES: block is aligned to 64 bytes; 0 < count <= kCountMax.
  static BucketWord Of(const void* block, size_t count, unsigned rotation) {
    const auto address = reinterpret_cast<uintptr_t>(block);
    assert((address & ~kBlockMask) == 0 && count <= kCountMax);
    return BucketWord(kBorn | address | uint64_t{rotation} << kRotationShift |
                      uint64_t{count} << kCountShift);
  }
  static constexpr BucketWord Empty() { return BucketWord(kBorn); }
  static constexpr BucketWord Forwarded() { return BucketWord(kForwarded); }

  constexpr bool unborn() const { return bits_ == 0; }
  constexpr bool frozen() const { return (bits_ & kFrozen) != 0; }
  constexpr bool forwarded() const { return (bits_ & kForwarded) != 0; }
  // 0 for what is empty, unborn or forwarded.
  constexpr size_t count() const { return bits_ >> kCountShift; }
  constexpr unsigned rotation() const {
    return bits_ >> kRotationShift & kRotationMask;
  }
  constexpr uint64_t bits() const { return bits_; }

  template <typename Record>
  const Record* block() const {
    return reinterpret_cast<const Record*>(bits_ & kBlockMask);
  }

  // Returns this if it has records, else `other`. Of a choice the compiler
  // would make a branch, which is mispredicted every second time that a key is
  // not there.
  BucketWord OrIfEmpty(BucketWord other) const {
    uint64_t bits = bits_;
#if defined(__x86_64__)
    asm("cmpq %[one], %[bits]\n\t"
        "cmovbq %[other], %[bits]"
        : [bits] "+&r"(bits)
        : [one] "r"(kOneRecord), [other] "r"(other.bits_)
        : "cc");
#else
    const uint64_t empty = uint64_t{bits >= kOneRecord} - 1;
    bits = (bits & ~empty) | (other.bits_ & empty);
#endif
    return BucketWord(bits);
  }

  constexpr BucketWord Freeze() const {
    return BucketWord(bits_ | kBorn | kFrozen);
  }
  constexpr BucketWord Thaw() const { return BucketWord(bits_ & ~kFrozen); }

  friend constexpr bool operator==(BucketWord, BucketWord) = default;

 private:
  // Bits 0-5: state; 6-47: address of the block, which the alignment and the
  // user half of the address space leave; 48-53: rotation of its placement;
  // 54-63: number of its records.
  static constexpr uint64_t kBorn = 1;
  static constexpr uint64_t kFrozen = 2;
  static constexpr uint64_t kForwarded = 4;
  static constexpr uint64_t kBlockMask = 0x0000'FFFF'FFFF'FFC0;
  static constexpr int kRotationShift = 48;
  static constexpr uint64_t kRotationMask = 63;
  static constexpr int kCountShift = 54;
  static constexpr uint64_t kOneRecord = uint64_t{1} << kCountShift;
  static_assert(Placement::kScan <= kRotationMask);
  static_assert(kCountMax == ~uint64_t{0} >> kCountShift);

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

  // Cells in a cache line.
  static constexpr size_t kLineCells = kCacheLineBytes / sizeof(Cell);

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

  // Returns the cell of the same cache line whose place in it differs from that
  // of `cell` in the bits of `i`. A table of less than a line shares it with
  // its footer, whose words, an address and a small number, count no records.
  // REQUIRES: i < kLineCells.
  static const Cell& Beside(const Cell& cell, size_t i) {
    return *reinterpret_cast<const Cell*>(reinterpret_cast<uintptr_t>(&cell) ^
                                          i * sizeof(Cell));
  }

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
