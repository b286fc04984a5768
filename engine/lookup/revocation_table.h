// The hash table of the revocation list (engine/lookup/revocation_list.h, which
// tells the protocol in its facts R1-R5): chains of entries, and the step from
// one table to the next, larger one.
//
// When to use: inside the list only.
// Thread-safety: Find from any thread that is pinned; all else from one writer
// at a time, who holds the list's mutex.
// Ownership: entries belong to the list of tables; an entry that is unlinked is
// the caller's to retire. Cost: Find takes one line, and in one of sixteen
// cases a second, while there are no more entries than cells. Errors: none.

#ifndef TOLLGATE_ENGINE_LOOKUP_REVOCATION_TABLE_H_
#define TOLLGATE_ENGINE_LOOKUP_REVOCATION_TABLE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "engine/lookup/revocation_entry.h"
#include "engine/sync/epoch.h"

namespace tollgate {

// The word of a cell, by value: the first entry of its chain, and a filter that
// has a bit for each sixteenth of the hashes that are in the chain.
class RevocationCell {
 public:
  constexpr RevocationCell() = default;
  constexpr explicit RevocationCell(uint64_t bits) : bits_(bits) {}
  RevocationCell(const RevocationEntry* first, uint64_t filter);
  static constexpr RevocationCell Forwarded() { return RevocationCell(1); }

  constexpr bool forwarded() const { return bits_ == Forwarded().bits_; }
  constexpr bool MayHold(uint64_t hash) const {
    return (bits_ & FilterBit(hash)) != 0;
  }
  // Null if it is empty or forwarded.
  RevocationEntry* first() const {
    return reinterpret_cast<RevocationEntry*>(bits_ & kAddressMask);
  }
  constexpr uint64_t filter() const { return bits_ & kFilterMask; }
  constexpr uint64_t bits() const { return bits_; }

  // The top bits of a hash choose its bit of the filter, the low ones the cell.
  static constexpr uint64_t FilterBit(uint64_t hash) {
    return uint64_t{1} << (kFilterShift + (hash >> 60));
  }

 private:
  // Bit 0: forwarded; bits 3 to 47: address; bits 48 to 63: filter.
  static constexpr int kFilterShift = 48;
  static constexpr uint64_t kFilterMask = ~uint64_t{0} << kFilterShift;
  static constexpr uint64_t kAddressMask = ~kFilterMask & ~uint64_t{7};
  static_assert(alignof(RevocationEntry) == 8 && sizeof(void*) == 8,
                "an address leaves the low three bits");

  uint64_t bits_ = 0;
};

class RevocationTable {
 public:
  using Participant = EpochDomain::Participant;

  // An empty table. REQUIRES: `cell_count` is a power of two.
  explicit RevocationTable(size_t cell_count);
  RevocationTable(const RevocationTable&) = delete;
  RevocationTable& operator=(const RevocationTable&) = delete;
  // Leaves the entries, and the next table, to the caller.
  ~RevocationTable() = default;
  // An epoch domain's deleter.
  static void Delete(void* context, void* table);

  // Returns the entry of `key`, or null. REQUIRES: hash is that of `key`.
  RevocationEntry* Find(uint64_t hash, std::string_view key) const;

  // Adds `entry` ahead of all others.
  void Link(RevocationEntry* entry);

  // Puts `fresh`, an entry of the same hash, into the place of `old`, which is
  // linked; null: takes `old` out.
  void Replace(RevocationEntry* old, RevocationEntry* fresh);

  // Calls `fn(RevocationEntry*)` for all entries of the cell of `hash`.
  template <typename Fn>
  void ForEachBeside(uint64_t hash, Fn&& fn) {
    ForEachOf(Load(hash), fn);
  }

  // Calls `fn(RevocationEntry*)` for all entries of this table and the next; it
  // may delete what it is given.
  template <typename Fn>
  void ForEach(Fn&& fn) const;

  // Growth: GrowInto sets the table that follows, MoveCell moves one cell there
  // after the other and retires what was in it. When all are moved, whoever
  // published this table publishes next(), and retires this one.
  void GrowInto(RevocationTable* next);
  void MoveCell(size_t index, Participant& participant);
  RevocationTable* next() const;

  size_t cell_count() const { return mask_ + 1; }
  size_t bytes() const;  // without entries

 private:
  using Word = std::atomic<uint64_t>;

  Word& WordOf(uint64_t hash) const { return words_[hash & mask_]; }
  // Returns the cell in which `hash` is looked up, here or further on.
  RevocationCell Load(uint64_t hash) const;
  // Returns its word, for the writer.
  Word& OwnWord(uint64_t hash);

  static void LinkInto(Word& word, RevocationEntry* entry);
  template <typename Fn>
  static void ForEachOf(RevocationCell cell, Fn&& fn);

  const size_t mask_;
  const std::unique_ptr<Word[]> words_;
  std::atomic<RevocationTable*> next_{nullptr};
};

template <typename Fn>
void RevocationTable::ForEachOf(RevocationCell cell, Fn&& fn) {
  RevocationEntry* entry = cell.first();
  while (entry != nullptr) {
    // Relaxed: for the writer, who alone changes it.
    RevocationEntry* const next = entry->next.load(std::memory_order_relaxed);
    fn(std::exchange(entry, next));
  }
}

template <typename Fn>
void RevocationTable::ForEach(Fn&& fn) const {
  for (const RevocationTable* t = this; t != nullptr; t = t->next()) {
    for (size_t i = 0; i < t->cell_count(); ++i) {
      // Relaxed: for the writer, as above.
      ForEachOf(RevocationCell(t->words_[i].load(std::memory_order_relaxed)),
                fn);
    }
  }
}

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_LOOKUP_REVOCATION_TABLE_H_
