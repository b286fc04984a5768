#include "engine/lookup/revocation_table.h"

#include <cstdlib>
#include <utility>

namespace tollgate {

static_assert(std::atomic<uint64_t>::is_always_lock_free,
              "a cell is one word, not a hidden lock");

RevocationCell::RevocationCell(const RevocationEntry* first, uint64_t filter) {
  const auto address = reinterpret_cast<uintptr_t>(first);
  // A machine with wider addresses must not forget revocations.
  if ((address & ~kAddressMask) != 0) std::abort();
  bits_ = address | filter;
}

RevocationTable::RevocationTable(size_t cell_count)
    : mask_(cell_count - 1), words_(new Word[cell_count]) {
  // Relaxed: nobody else sees the table before it is published.
  for (size_t i = 0; i < cell_count; ++i) {
    words_[i].store(RevocationCell().bits(), std::memory_order_relaxed);
  }
}

void RevocationTable::Delete(void* /*context*/, void* table) {
  delete static_cast<RevocationTable*>(table);
}

RevocationCell RevocationTable::Load(uint64_t hash) const {
  const RevocationTable* table = this;
  for (;;) {
    // Pairs with the releases in LinkInto, Replace and MoveCell (R1).
    const RevocationCell cell(
        table->WordOf(hash).load(std::memory_order_acquire));
    if (!cell.forwarded()) return cell;
    // Relaxed: it was set before the cell was forwarded, and never again.
    table = table->next_.load(std::memory_order_relaxed);
  }
}

RevocationEntry* RevocationTable::Find(uint64_t hash,
                                       std::string_view key) const {
  const RevocationCell cell = Load(hash);
  if (!cell.MayHold(hash)) return nullptr;
  RevocationEntry* entry = cell.first();
  while (entry != nullptr && (entry->hash() != hash || entry->key() != key)) {
    // Pairs with the release in Replace and, through the cell, in LinkInto
    // (R1).
    entry = entry->next.load(std::memory_order_acquire);
  }
  return entry;
}

// Relaxed, here and wherever the writer reads what only writers write: the
// mutex has ordered it.
RevocationTable::Word& RevocationTable::OwnWord(uint64_t hash) {
  RevocationTable* table = this;
  while (RevocationCell(table->WordOf(hash).load(std::memory_order_relaxed))
             .forwarded()) {
    table = table->next();
  }
  return table->WordOf(hash);
}

void RevocationTable::LinkInto(Word& word, RevocationEntry* entry) {
  const RevocationCell cell(word.load(std::memory_order_relaxed));
  // Relaxed: published by the store of the cell.
  entry->next.store(cell.first(), std::memory_order_relaxed);
  const RevocationCell linked(
      entry, cell.filter() | RevocationCell::FilterBit(entry->hash()));
  // Pairs with the acquire in Load (R1, R3).
  word.store(linked.bits(), std::memory_order_release);
}

void RevocationTable::Link(RevocationEntry* entry) {
  LinkInto(OwnWord(entry->hash()), entry);
}

void RevocationTable::Replace(RevocationEntry* old, RevocationEntry* fresh) {
  Word& word = OwnWord(old->hash());
  const RevocationCell cell(word.load(std::memory_order_relaxed));
  RevocationEntry* next = old->next.load(std::memory_order_relaxed);
  uint64_t filter = 0;
  if (fresh != nullptr) {
    // Relaxed: published by the store of what refers to it.
    fresh->next.store(std::exchange(next, fresh), std::memory_order_relaxed);
    filter = RevocationCell::FilterBit(fresh->hash());
  }
  ForEachOf(cell, [&](RevocationEntry* other) {
    if (other == old) return;
    filter |= RevocationCell::FilterBit(other->hash());
    if (other->next.load(std::memory_order_relaxed) != old) return;
    // Pairs with the acquire in Find (R1, R4).
    other->next.store(next, std::memory_order_release);
  });
  RevocationEntry* const first = cell.first() == old ? next : cell.first();
  // Pairs with the acquire in Load (R1, R3, R4).
  word.store(RevocationCell(first, filter).bits(), std::memory_order_release);
}

void RevocationTable::GrowInto(RevocationTable* next) {
  // Relaxed: read by who has seen a forwarded cell, which MoveCell releases.
  next_.store(next, std::memory_order_relaxed);
}

// Entries of this cell, and of no other one, go to two cells of the next table,
// where nobody looks before this one is forwarded.
void RevocationTable::MoveCell(size_t index, Participant& participant) {
  RevocationTable* const to = next();
  const RevocationCell cell(words_[index].load(std::memory_order_relaxed));
  ForEachOf(cell, [&](RevocationEntry* entry) {
    LinkInto(to->WordOf(entry->hash()),
             RevocationEntry::New(entry->hash(), entry->key(), entry->terms()));
  });
  // Pairs with the acquire in Load (R1, R2).
  words_[index].store(RevocationCell::Forwarded().bits(),
                      std::memory_order_release);
  ForEachOf(cell, [&](RevocationEntry* entry) {
    participant.Retire(entry, RevocationEntry::Delete, nullptr, entry->bytes());
  });
}

RevocationTable* RevocationTable::next() const {
  return next_.load(std::memory_order_relaxed);
}

size_t RevocationTable::bytes() const {
  return sizeof(*this) + cell_count() * sizeof(Word);
}

}  // namespace tollgate
