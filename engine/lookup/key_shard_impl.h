// The out-of-line half of engine/lookup/key_shard.h, which alone includes it:
// mutations and growth. The states and facts that it keeps are told there.

#ifndef TOLLGATE_ENGINE_LOOKUP_KEY_SHARD_IMPL_H_
#define TOLLGATE_ENGINE_LOOKUP_KEY_SHARD_IMPL_H_

namespace tollgate {

template <typename R, typename A>
KeyShard<R, A>::KeyShard(const HashSeed& seed, Slab& slab, unsigned table_log2)
    : current_(Table::Create(table_log2).bits()), seed_(seed), slab_(slab) {}

template <typename R, typename A>
KeyShard<R, A>::~KeyShard() {
  auto free_block = [this](BucketWord word) {
    slab_.FreeIfLarge(const_cast<R*>(word.block<R>()), word.count());
  };
  const Table table = Current();
  VisitCells(table, 0, 1, free_block);
  if (const Table next = Next(table)) Table::Destroy(next);
  Table::Destroy(table);
}

template <typename R, typename A>
void KeyShard<R, A>::Reserve(size_t keys) {
  unsigned log2 = Current().log2();
  while ((size_t{1} << log2) < keys && log2 < Table::kLog2Max) ++log2;
  if (log2 == Current().log2()) return;
  const Table table = Table::Create(log2);
  if (!table) return;  // growth will try again, step by step
  assert(size() == 0 && !Next(Current()));
  Table::Destroy(Current());
  // Relaxed: whoever shares the shard with other threads orders this.
  current_.store(table.bits(), std::memory_order_relaxed);
}

template <typename R, typename A>
size_t KeyShard<R, A>::TableBytes() const {
  const Table table = Current();
  const Table next = Next(table);
  return table.MemoryBytes() + (next ? next.MemoryBytes() : 0);
}

// ---------------------------------------------------------------- Mutations

template <typename R, typename A>
bool KeyShard<R, A>::Insert(Participant& participant, const R& record,
                            uint64_t hash) {
  const auto guard = participant.Pin();
  HelpGrowth(participant);
  for (;;) {
    const Spot spot = Locate(participant, record.key(), hash);
    if (spot.found != nullptr) return false;
    if (Swap(participant, spot, Replace(participant, spot, &record))) {
      CountInsert(participant);
      return true;
    }
  }
}

template <typename R, typename A>
template <typename Fn>
std::optional<R> KeyShard<R, A>::Update(Participant& participant,
                                        const Key& key, uint64_t hash,
                                        Fn&& fn) {
  const auto guard = participant.Pin();
  HelpGrowth(participant);
  for (;;) {
    const Spot spot = Locate(participant, key, hash);
    if (spot.found == nullptr) return std::nullopt;
    const std::optional<R> fresh = fn(*spot.found);
    if (!fresh.has_value()) return std::nullopt;
    assert(SameKey(fresh->key(), key));
    const R replaced = *spot.found;
    if (Swap(participant, spot, Replace(participant, spot, &*fresh))) {
      return replaced;
    }
  }
}

template <typename R, typename A>
std::optional<R> KeyShard<R, A>::Erase(Participant& participant, const Key& key,
                                       uint64_t hash) {
  const auto guard = participant.Pin();
  HelpGrowth(participant);
  for (;;) {
    const Spot spot = Locate(participant, key, hash);
    if (spot.found == nullptr) return std::nullopt;
    const R erased = *spot.found;
    if (Swap(participant, spot, Replace(participant, spot, nullptr))) {
      // Relaxed: a figure that growth goes by.
      size_.fetch_sub(1, std::memory_order_relaxed);
      return erased;
    }
  }
}

// Returns the bucket of `hash` in a state that can be swapped, after migrating
// it if it was frozen (K3). Repeats only if the table grew meanwhile.
template <typename R, typename A>
typename KeyShard<R, A>::Spot KeyShard<R, A>::Locate(Participant& participant,
                                                     const Key& key,
                                                     uint64_t hash) {
  Table table = Current();
  for (;;) {
    Cell& cell = table.CellOf(hash);
    // Acquire pairs with the release in Swap, Bear and Migrate.
    const BucketWord word(cell.load(std::memory_order_acquire));
    if (!word.frozen() && !word.forwarded()) {
      const bool empty = word.count() == 0;
      return {&cell, word, empty ? nullptr : FindIn(word, key, hash)};
    }
    const Table next = Next(table);
    if (word.frozen()) Migrate(participant, table, next, table.IndexOf(hash));
    table = next;
  }
}

// Publishes `desired`; the loser of a race drops it.
template <typename R, typename A>
bool KeyShard<R, A>::Swap(Participant& participant, const Spot& spot,
                          BucketWord desired) {
  uint64_t expected = spot.word.bits();
  // Release publishes the block, for the acquire loads of Find and Locate.
  // Acquire is not needed for the old block, which Locate has acquired; relaxed
  // on failure: the caller looks again.
  const bool won = spot.cell->compare_exchange_strong(
      expected, desired.bits(), std::memory_order_release,
      std::memory_order_relaxed);
  RetireBlock(participant, won ? spot.word : desired);  // K7
  return won;
}

// Returns the bucket with `fresh` in the place of the record that was found, or
// added if none was, or without the one found if `fresh` is null.
template <typename R, typename A>
BucketWord KeyShard<R, A>::Replace(const Participant& participant,
                                   const Spot& spot, const R* fresh) {
  Sources sources;
  const BucketWord word = spot.word;
  const R* records = word.block<R>();
  for (size_t i = 0; i < word.count(); ++i) {
    if (&records[i] != spot.found) sources.Add(records[i]);
  }
  if (fresh != nullptr) sources.Add(*fresh);
  return Build(participant, sources);
}

// Copies records into a block of their own.
template <typename R, typename A>
BucketWord KeyShard<R, A>::Build(const Participant& participant,
                                 const Sources& sources) {
  const size_t count = sources.count;
  if (count == 0) return BucketWord::Empty();
  if (count > BucketWord::kCountMax) std::abort();
  uint64_t hashes[Placement::kCountMax];
  for (size_t i = 0; i < std::min(count, Placement::kCountMax); ++i) {
    hashes[i] = HashOfKey<R>(sources.records[i]->key(), seed_);
  }
  const unsigned rotation = Placement::Choose(hashes, count);
  R* block = static_cast<R*>(slab_.Allocate(participant, count));
  for (size_t i = 0; i < count; ++i) {
    const size_t place = rotation == Placement::kScan
                             ? i
                             : Placement::IndexOf(hashes[i], rotation, count);
    block[place] = *sources.records[i];
  }
  return BucketWord::Of(block, count, rotation);
}

template <typename R, typename A>
const R* KeyShard<R, A>::Scan(BucketWord word, const Key& key) {
  const R* records = word.block<R>();
  for (size_t i = 0; i < word.count(); ++i) {
    if (SameKey(records[i].key(), key)) return &records[i];
  }
  return nullptr;
}

// ------------------------------------------------------------------- Growth

template <typename R, typename A>
void KeyShard<R, A>::CountInsert(Participant& participant) {
  // Relaxed: a figure; that growth starts a record early or late is no matter.
  const int64_t size = size_.fetch_add(1, std::memory_order_relaxed) + 1;
  const Table table = Current();
  if (size <= static_cast<int64_t>(table.size()) || Next(table)) return;
  StartGrowth(table);
  HelpGrowth(participant);
}

// Without memory nothing happens: buckets get longer, a later insert tries.
template <typename R, typename A>
void KeyShard<R, A>::StartGrowth(Table table) {
  const Table next = Table::Create(table.log2() + 1);
  if (!next) return;
  uint64_t none = 0;
  // Release publishes the footer, for the acquire in Next; relaxed on failure:
  // somebody else's table serves as well.
  if (!table.footer().next.compare_exchange_strong(none, next.bits(),
                                                   std::memory_order_release,
                                                   std::memory_order_relaxed)) {
    Table::Destroy(next);
  }
}

// Migrates a few cells of a growth in progress; returns whether there was one.
template <typename R, typename A>
bool KeyShard<R, A>::HelpGrowth(Participant& participant) {
  const Table table = Current();
  const Table next = Next(table);
  if (!next) return false;
  auto& migrated = table.footer().migrated;
  // Acquire, here and below, pairs with the release of the compare-exchange:
  // all cells below were seen FORWARDED, hence their children born (K4, K1).
  uint64_t first = migrated.load(std::memory_order_acquire);
  if (first < table.size()) {
    const size_t end = std::min(first + kMigrateCells, table.size());
    for (size_t i = first; i < end; ++i) Migrate(participant, table, next, i);
    if (migrated.compare_exchange_strong(first, end, std::memory_order_acq_rel,
                                         std::memory_order_acquire)) {
      first = end;
    }
  }
  if (first == table.size()) AdoptNext(participant, table, next);
  return true;
}

template <typename R, typename A>
void KeyShard<R, A>::AdoptNext(Participant& participant, Table table,
                               Table next) {
  uint64_t expected = table.bits();
  // Release pairs with the acquire in Current; relaxed on failure: somebody
  // else did it.
  if (!current_.compare_exchange_strong(expected, next.bits(),
                                        std::memory_order_release,
                                        std::memory_order_relaxed)) {
    return;
  }
  participant.Retire(
      table.object(),
      [](void*, void* object) { Table::Destroy(Table::OfObject(object)); },
      nullptr, table.MemoryBytes());
}

// Takes one bucket to FORWARDED, from whatever state (K3).
template <typename R, typename A>
void KeyShard<R, A>::Migrate(Participant& participant, Table from, Table to,
                             size_t index) {
  Cell& cell = from.cells()[index];
  const BucketWord frozen = Freeze(cell);
  if (frozen.forwarded()) return;
  const Halves halves = Split(participant, frozen, from.log2());
  Bear(participant, to.cells()[index], halves.low, halves.copied);
  Bear(participant, to.cells()[index + from.size()], halves.high,
       halves.copied);
  uint64_t expected = frozen.bits();
  // Release pairs with the acquire of all who read FORWARDED (K1); acquire on
  // failure: it is FORWARDED by another, and the caller counts on the children.
  if (cell.compare_exchange_strong(expected, BucketWord::Forwarded().bits(),
                                   std::memory_order_acq_rel,
                                   std::memory_order_acquire) &&
      halves.copied) {
    RetireBlock(participant, frozen);  // K7
  }
}

// Returns the cell's word once it is FROZEN or FORWARDED.
template <typename R, typename A>
BucketWord KeyShard<R, A>::Freeze(Cell& cell) {
  // Acquire, here and on failure: pairs with the release in Swap, Bear and
  // Migrate; the block will be read.
  BucketWord word(cell.load(std::memory_order_acquire));
  while (!word.frozen() && !word.forwarded()) {
    uint64_t expected = word.bits();
    // Release continues the publication of the block by its writer, for readers
    // of the frozen word.
    if (cell.compare_exchange_weak(expected, word.Freeze().bits(),
                                   std::memory_order_acq_rel,
                                   std::memory_order_acquire)) {
      return word.Freeze();
    }
    word = BucketWord(expected);
  }
  return word;
}

template <typename R, typename A>
void KeyShard<R, A>::Bear(Participant& participant, Cell& child,
                          BucketWord word, bool copied) {
  uint64_t unborn = 0;
  // Release publishes the block; acquire on failure: the child was born by
  // another, and this thread's FORWARDED vouches for it (K1).
  if (!child.compare_exchange_strong(unborn, word.bits(),
                                     std::memory_order_acq_rel,
                                     std::memory_order_acquire) &&
      copied) {
    RetireBlock(participant, word);  // K7
  }
}

// Parts a frozen bucket by bit number `bit` of its records' hashes. All who
// part the same word decide alike.
template <typename R, typename A>
typename KeyShard<R, A>::Halves KeyShard<R, A>::Split(Participant& participant,
                                                      BucketWord word,
                                                      unsigned bit) {
  const R* records = word.block<R>();
  Sources low;
  Sources high;
  for (size_t i = 0; i < word.count(); ++i) {
    const uint64_t hash = HashOfKey<R>(records[i].key(), seed_);
    (hash >> bit & 1 ? high : low).Add(records[i]);
  }
  if (high.count == 0) return {word.Thaw(), BucketWord::Empty(), false};
  if (low.count == 0) return {BucketWord::Empty(), word.Thaw(), false};
  return {Build(participant, low), Build(participant, high), true};
}

template <typename R, typename A>
void KeyShard<R, A>::FinishGrowth(Participant& participant) {
  bool growing = true;
  while (growing) {
    const auto guard = participant.Pin();
    growing = HelpGrowth(participant);
  }
}

// -------------------------------------------------------------------- Visit

template <typename R, typename A>
template <typename Fn>
void KeyShard<R, A>::ForEach(Participant& participant, Fn&& fn) const {
  auto visit = [&fn](BucketWord word) {
    const R* records = word.block<R>();
    for (size_t i = 0; i < word.count(); ++i) fn(records[i]);
  };
  // Cell i of a table of n is cells i, i + n, ... of any later table, so a walk
  // by the first table's cells can let the guard go in between.
  const size_t stride = [&] {
    const auto guard = participant.Pin();
    return Current().size();
  }();
  for (size_t first = 0; first < stride; first += kVisitCells) {
    const auto guard = participant.Pin();
    const Table table = Current();
    const size_t end = std::min(first + kVisitCells, stride);
    for (size_t i = first; i < end; ++i) VisitCells(table, i, stride, visit);
  }
}

// Visits every `stride`-th cell.
template <typename R, typename A>
template <typename Fn>
size_t KeyShard<R, A>::VisitCells(Table table, size_t first, size_t stride,
                                  Fn& fn) {
  for (size_t i = first; i < table.size(); i += stride) {
    VisitCell(table, i, fn);
  }
  return table.size();
}

template <typename R, typename A>
template <typename Fn>
void KeyShard<R, A>::VisitCell(Table table, size_t index, Fn& fn) {
  // Acquire pairs with the release in Swap, Bear and Migrate.
  const BucketWord word(table.cells()[index].load(std::memory_order_acquire));
  if (!word.forwarded()) return fn(word);
  const Table next = Next(table);
  VisitCell(next, index, fn);
  VisitCell(next, index + table.size(), fn);
}

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_LOOKUP_KEY_SHARD_IMPL_H_
