// Counts failed credentials by source, and locks out sources of too many.
//
//   AdmissionLimiter limiter(RandomHashSeed());
//   const auto source = limiter.SourceOf(client);
//   if (limiter.LockedFor(source, now_ms) > 0) refuse what is not proved yet
//   ... verify ...
//   if (it failed) limiter.RecordFailure(source, rules, now_ms);
//
// A source is an IPv4 address, also behind NAT64, the /64 of an IPv6 address
// (what one customer is given: RFC 6177), or a key id. Success takes nothing
// back: who guesses beside a good credential is found all the same.
//
// Memory is fixed. Of a set that is full, the newcomer takes the place of what
// is forgotten or else of whoever has failed least and longest ago; a source
// that is locked out, or was so lately, is never displaced. When all of a set
// are, a newcomer is not counted, and that is (Stats): so a flood of addresses
// can not make the limiter forget anybody who is locked out.
//
// Thread-safety: any thread, lock-free; a thread suspended anywhere in here
// stops nobody. Ownership: values only.
// Cost: MayBeLocked loads one word when nobody is locked out, and otherwise two
// more from one line of a table of 1 MiB, chosen by one multiplication for an
// IPv4 address; one of two hundred among ten thousand who are locked out is
// told that it may be. LockedFor looks at the set's two lines then.
// RecordFailure reads those, with one or two compare-exchanges. No allocation
// after construction. Errors: none; without memory at construction the process
// ends.
//
// Implementation
//
// The hash of a source (64 bits, keyed: none can be aimed at) chooses a set of
// eight places, each two words: who, and what is known of them.
//   what: W -> W.Next()        a failure              (compare-exchange)
//   what: W -> 0               Claim: the place is this thread's
//   who:  H -> H'              the owner              (store, release)
//   what: 0 -> First           the owner publishes    (store, release)
// F1. Whoever reads `who` before and after `what` and finds it the same has a
//     word that was of this source: `what` is 0 while `who` changes, and the
//     acquire of a word that is not shows the `who` that came before it.
// F2. A failure is added to the word that was read with its source. If the
//     place has changed hands meanwhile, the word has changed too, unless the
//     successor failed as often in the same millisecond: then one failure is
//     counted for another source.
// F3. A thread suspended while it owns a place keeps that place from all
//     others, and nothing else.
// F4. Two threads may claim two places for one source: the one that comes
//     first is found from then on, and the other's failures, one for each
//     thread, are forgotten.
// F5. The filter holds, for each of its cells, the latest end of a lock-out
//     whose source hashes there, rounded up, and is written before the word
//     that locks out. A source hashes to two cells of one line. Cells are
//     never lowered.

#ifndef TOLLGATE_ENGINE_LIMIT_ADMISSION_LIMITER_H_
#define TOLLGATE_ENGINE_LIMIT_ADMISSION_LIMITER_H_

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "engine/base/cacheline.h"
#include "engine/base/hash.h"
#include "engine/base/ip_address.h"
#include "engine/limit/failure_word.h"
#include "engine/model/key_id.h"
#include "engine/sync/atomics.h"
#include "engine/sync/huge_memory.h"

namespace tollgate {

// The filter has 2^kFilterLinesLog2 lines.
template <typename Atomics = StdAtomics, int kFilterLinesLog2 = 14>
class BasicAdmissionLimiter {
 public:
  // Who is counted.
  struct Source {
    uint64_t hash;   // never zero
    uint32_t cells;  // where in the filter
  };

  struct Stats {
    uint64_t failures = 0;
    uint64_t lockouts = 0;
    uint64_t uncounted = 0;  // failures of sources that found no place
  };

  // Room for `capacity` sources.
  explicit BasicAdmissionLimiter(const HashSeed& seed, size_t capacity);
  BasicAdmissionLimiter(const BasicAdmissionLimiter&) = delete;
  BasicAdmissionLimiter& operator=(const BasicAdmissionLimiter&) = delete;
  ~BasicAdmissionLimiter() { UnmapHuge(sets_, MemoryBytes()); }

  // REQUIRES: `address` is one.
  Source SourceOf(const IpAddress& address) const {
    const uint64_t hash = HashOf(address);
    return {Scattered(hash) | 1, CellsOf(address, hash)};
  }
  Source SourceOf(const KeyId& id) const {
    const uint64_t hash = KeyedHash12(id.bytes, seed_);
    return {Scattered(hash) | 1, CellsOf(hash)};
  }

  // Whether any source may be locked out.
  bool AnyLocked(int64_t now_ms) const {
    // Relaxed, here and in the filter: a lock-out is seen as soon as the word
    // comes; nothing else is read by it.
    return now_ms < latest_.load(std::memory_order_relaxed);
  }

  // Whether the source of `address` may be locked out: false is certain.
  bool MayBeLocked(const IpAddress& address, int64_t now_ms) const {
    if (!AnyLocked(now_ms)) return false;
    const uint32_t cells =
        address.is_v4() ? CellsOf(address, 0) : CellsOf(HashOf(address));
    return FilterHolds(cells, now_ms);
  }

  // How much longer the source is locked out, in milliseconds; zero: it is not.
  int64_t LockedFor(Source source, int64_t now_ms) const {
    if (!AnyLocked(now_ms) || !FilterHolds(source.cells, now_ms)) return 0;
    return Find(source).LockedFor(now_ms);
  }

  // Whether there are failures of the source that are not forgotten.
  bool HasFailures(Source source, const FailureRules& rules,
                   int64_t now_ms) const {
    return !Find(source).Forgotten(rules, now_ms);
  }

  // Counts a failure, and returns whether it locks the source out. Nothing is
  // counted of a source that is.
  bool RecordFailure(Source source, const FailureRules& rules, int64_t now_ms);

  Stats stats() const {
    return {failures_.load(std::memory_order_relaxed),
            lockouts_.load(std::memory_order_relaxed),
            uncounted_.load(std::memory_order_relaxed)};
  }

  size_t capacity() const { return (set_mask_ + 1) * kPlaces; }
  size_t MemoryBytes() const { return (set_mask_ + 1) * sizeof(Set); }

 private:
  static constexpr size_t kPlaces = 8;
  using Word = typename Atomics::template Atomic<uint64_t>;
  using Instant = typename Atomics::template Atomic<int64_t>;
  struct Place {
    Word who;
    Word what;
  };
  struct alignas(kCacheLineBytes) Set {
    Place places[kPlaces];
  };

  // The end of a lock-out, in units of 1,024 ms; a line of the filter has 16.
  using Cell = typename Atomics::template Atomic<uint32_t>;
  static constexpr int kCellUnitShift = 10;
  static constexpr int kCellShift = 4;
  static constexpr uint32_t kLineCells = 1 << kCellShift;
  struct alignas(kCacheLineBytes) FilterLine {
    Cell cells[kLineCells];
  };
  static_assert(sizeof(FilterLine) == kCacheLineBytes);
  // What chooses a line, and two cells of it.
  static constexpr int kSourceCells = 2;
  static constexpr int kFilterBits =
      kFilterLinesLog2 + kSourceCells * kCellShift;

  static Set* CreateSets(size_t sets);

  Set& SetOf(Source source) const {
    return sets_[(source.hash >> 32) & set_mask_];
  }

  // Behind NAT64 (RFC 6052) all clients are in one /64: there it is the IPv4
  // address. An IPv6 address in ::/64 is no client's; it shares its source.
  static uint64_t NetworkOf(const IpAddress& address) {
    constexpr uint64_t kNat64 = 0x0064ff9b00000000;
    if (address.is_v4()) return address.v4();
    return address.high() == kNat64 ? address.low() : address.high();
  }
  uint64_t HashOf(const IpAddress& address) const {
    return KeyedHashPair(NetworkOf(address),
                         static_cast<uint64_t>(address.kind()), seed_);
  }
  static uint32_t CellsOf(uint64_t hash) {
    return static_cast<uint32_t>(hash >> (64 - kFilterBits));
  }
  // For 32 bits one multiplication is as universal (engine/base/hash.h).
  uint32_t CellsOf(const IpAddress& address, uint64_t hash) const {
    return CellsOf(
        address.is_v4() ? seed_.word(0) + seed_.word(1) * address.v4() : hash);
  }
  // The one of `i`, below kSourceCells.
  Cell& CellOf(uint32_t cells, int i) const {
    return filter_[cells >> kSourceCells * kCellShift]
        .cells[(cells >> i * kCellShift) % kLineCells];
  }
  bool FilterHolds(uint32_t cells, int64_t now_ms) const {
    const int64_t now = now_ms >> kCellUnitShift;
    for (int i = 0; i < kSourceCells; ++i) {
      if (now >= CellOf(cells, i).load(std::memory_order_relaxed)) return false;
    }
    return true;
  }

  // The word of a place, if it is the source's; F1.
  static FailureWord Read(const Place& place, Source source);
  FailureWord Find(Source source) const;
  static Place* FindPlace(Set& set, Source source, FailureWord& word);
  static Place* Displaceable(Set& set, const FailureRules& rules,
                             int64_t now_ms, FailureWord& word);
  static bool Claim(Place& place, FailureWord word, Source source,
                    FailureWord next);
  template <typename Until, typename Time>
  static void Raise(Until& until, Time to);
  void Announce(Source source, FailureWord word, int64_t now_ms);

  // Never written again.
  const HashSeed seed_;
  const size_t set_mask_;
  Set* const sets_;
  const std::unique_ptr<FilterLine[]> filter_;

  // The latest end of a lock-out.
  alignas(kCacheLineBytes) Instant latest_{0};
  // Written by RecordFailure.
  alignas(kCacheLineBytes) Word failures_{0};
  Word lockouts_{0};
  Word uncounted_{0};
};

using AdmissionLimiter = BasicAdmissionLimiter<>;

template <typename A, int F>
BasicAdmissionLimiter<A, F>::BasicAdmissionLimiter(const HashSeed& seed,
                                                   size_t capacity)
    : seed_(seed),
      set_mask_(std::bit_ceil(std::max(capacity, kPlaces)) / kPlaces - 1),
      sets_(CreateSets(set_mask_ + 1)),
      filter_(std::make_unique<FilterLine[]>(size_t{1} << F)) {}

template <typename A, int F>
auto BasicAdmissionLimiter<A, F>::CreateSets(size_t sets) -> Set* {
  // Zero, as it comes, is nobody.
  void* const memory = MapHuge(sets * sizeof(Set));
  if (memory == nullptr) {
    std::fprintf(stderr, "tollgate: no memory for the admission limiter\n");
    std::abort();
  }
  return static_cast<Set*>(memory);
}

template <typename A, int F>
FailureWord BasicAdmissionLimiter<A, F>::Read(const Place& place,
                                              Source source) {
  // Acquire: a word from before the source came is not read after it (F1).
  if (place.who.load(std::memory_order_acquire) != source.hash) return {};
  // Acquire: pairs with the release of who published the word (F1).
  const FailureWord word(place.what.load(std::memory_order_acquire));
  if (place.who.load(std::memory_order_relaxed) != source.hash) return {};
  return word;
}

template <typename A, int F>
FailureWord BasicAdmissionLimiter<A, F>::Find(Source source) const {
  FailureWord word;
  FindPlace(SetOf(source), source, word);
  return word;
}

// The first place of the source, and its word; null when there is none.
template <typename A, int F>
auto BasicAdmissionLimiter<A, F>::FindPlace(Set& set, Source source,
                                            FailureWord& word) -> Place* {
  for (Place& place : set.places) {
    word = Read(place, source);
    if (!word.empty()) return &place;
  }
  return nullptr;
}

// The place whose loss matters least, and its word; null when none may be lost.
template <typename A, int F>
auto BasicAdmissionLimiter<A, F>::Displaceable(Set& set,
                                               const FailureRules& rules,
                                               int64_t now_ms,
                                               FailureWord& word) -> Place* {
  Place* least = nullptr;
  for (Place& place : set.places) {
    // Relaxed: who takes the place does so by a compare-exchange.
    const FailureWord candidate(place.what.load(std::memory_order_relaxed));
    if (candidate.empty()) {
      // Nobody's, or owned (F3).
      if (place.who.load(std::memory_order_relaxed) != 0) continue;
      word = candidate;
      return &place;
    }
    if (candidate.Forgotten(rules, now_ms)) {
      word = candidate;
      return &place;
    }
    if (candidate.locked()) continue;
    if (least == nullptr || candidate.Weight() < word.Weight() ||
        (candidate.Weight() == word.Weight() &&
         candidate.Since(now_ms) > word.Since(now_ms))) {
      least = &place;
      word = candidate;
    }
  }
  return least;
}

template <typename A, int F>
template <typename Until, typename Time>
void BasicAdmissionLimiter<A, F>::Raise(Until& until, Time to) {
  // Relaxed: see AnyLocked.
  Time seen = until.load(std::memory_order_relaxed);
  while (seen < to &&
         !until.compare_exchange_weak(seen, to, std::memory_order_relaxed)) {
  }
}

// F5.
template <typename A, int F>
void BasicAdmissionLimiter<A, F>::Announce(Source source, FailureWord word,
                                           int64_t now_ms) {
  const int64_t until = now_ms + word.LockedFor(now_ms);
  const auto rounded = static_cast<uint32_t>(
      std::min<int64_t>((until >> kCellUnitShift) + 1, UINT32_MAX));
  for (int i = 0; i < kSourceCells; ++i) {
    Raise(CellOf(source.cells, i), rounded);
  }
  Raise(latest_, until);
}

// Makes a place the source's, and its word `next`; false if it has changed.
template <typename A, int F>
bool BasicAdmissionLimiter<A, F>::Claim(Place& place, FailureWord word,
                                        Source source, FailureWord next) {
  // An empty place is claimed by its `who`, any other by its `what`. Acquire:
  // what follows comes after it.
  uint64_t expected = word.bits();
  const bool claimed =
      word.empty()
          ? place.who.compare_exchange_strong(expected, source.hash,
                                              std::memory_order_acq_rel,
                                              std::memory_order_relaxed)
          : place.what.compare_exchange_strong(expected, 0,
                                               std::memory_order_acq_rel,
                                               std::memory_order_relaxed);
  if (!claimed) return false;
  // Release: F1, for both.
  place.who.store(source.hash, std::memory_order_release);
  place.what.store(next.bits(), std::memory_order_release);
  return true;
}

template <typename A, int F>
bool BasicAdmissionLimiter<A, F>::RecordFailure(Source source,
                                                const FailureRules& rules,
                                                int64_t now_ms) {
  failures_.fetch_add(1, std::memory_order_relaxed);
  Set& set = SetOf(source);
  for (;;) {
    FailureWord word;
    Place* place = FindPlace(set, source, word);
    const bool known = place != nullptr;
    if (!known) place = Displaceable(set, rules, now_ms, word);
    if (place == nullptr) break;
    const FailureWord next =
        known ? word.Next(rules, now_ms) : FailureWord::First(rules, now_ms);
    if (next == word) return false;  // locked out already
    const bool locks = next.LockedFor(now_ms) > 0;
    if (locks) Announce(source, next, now_ms);
    uint64_t expected = word.bits();
    // Release: a word is never seen without its source.
    const bool done =
        known ? place->what.compare_exchange_strong(expected, next.bits(),
                                                    std::memory_order_acq_rel,
                                                    std::memory_order_relaxed)
              : Claim(*place, word, source, next);
    if (!done) continue;
    if (locks) lockouts_.fetch_add(1, std::memory_order_relaxed);
    return locks;
  }
  uncounted_.fetch_add(1, std::memory_order_relaxed);
  return false;
}

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_LIMIT_ADMISSION_LIMITER_H_
