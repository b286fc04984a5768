// Remembers one-time values for as long as they could come again: the `jti` of
// DPoP proofs (RFC 9449 section 11.1) and of one-time tokens, nonces.
//
//   ReplayWindow window;
//   switch (window.Remember(thumbprint, jti, now, until)) {
//     case Seen::kFirst: ...
//     case Seen::kReplayed: case Seen::kFull: refuse
//   }
//
// Use it last, for what was proved: who can not sign can then fill nothing up.
// `until` is the first second at which the value would be refused for its age
// anyway, and must be the same whenever the same bytes come. Not for values
// that outlive the process: it begins empty.
//
// Exactness: among all calls with one scope, value and `until`, on any number
// of threads and whatever their clocks say, at most one is told kFirst, ever.
// It is the first one, unless there is no room (kFull) or another value is
// mistaken for it (kReplayed): then none is. A value may be first again, with a
// later `until`, when the earlier one is over on the clock of a caller. A clock
// that is set back: values that would end before what was forgotten meanwhile
// are refused.
//
// A value is known by 36 bits of a keyed hash within its set, which others
// choose: two are mistaken for each other with odds of 2^-36 for each live
// value of the set, and of (size / 7 + 2) / 2^61 for each live value at all
// (engine/base/hash.h); with a million values of 64 bytes one request in
// eight thousand million. A mistake refuses; none accepts twice. Hashes are not
// shown, so nobody can aim at a set or a value.
//
// Thread-safety: any thread, lock-free; a thread suspended anywhere in here
// stops nobody. Ownership: keeps no text. Cost: one to four cache lines of one
// set, one or two compare-exchanges, two hashes; no allocation. 32 to 64 bytes
// for each value of the capacity, touched as they are used. Errors: none;
// without memory at construction the process ends.
//
// Implementation
//
// The hash chooses a set of 32 words: horizon, door, 30 places. Each value
// enters by the door; what stood there moves to a place first, unless it is
// over. A word of a set:
//   horizon: a tick -> a later tick           Forget
//   door:    empty or entry -> entry          Enter (the linearization point)
//   place:   empty or entry that is over -> the door's entry   MakeWay
// each by one compare-exchange. Nothing else is ever written.
//
// P1. An entry is one word, so it is seen whole (engine/lookup/replay_word.h).
// P2. Whoever overwrites an entry has found it over on the caller's clock, and
//     raised the horizon to its end before: what was forgotten ends at the
//     horizon or earlier. Only a live entry need be moved from the door.
// P3. Before a live entry leaves the door, it is in a place: whoever enters
// after
//     it has found it there, or put it there.
// P4. Enter expects the entry that the door had before the places were read,
// and
//     the horizon is read after them. So when it succeeds, and the same word W
//     was entered before, it was so (a) before the door was read: then W was at
//     the door, or in a place by P3, and would have been found; or it was
//     forgotten, and by P2 the horizon would have been W's end, which refuses;
//     or (b) after that: then the door has changed and changed back, so some
//     word has entered twice before W did.
// P5. So no word enters twice: the first that did would contradict P4. And the
//     door never has an earlier content again, which (b) needs.
// P6. Two words of one value, with different ends: the second caller has found
//     the first, if it was not forgotten, and so accepts only if it is over on
//     the caller's clock; if forgotten, it was over on another's.
// P7. Places fill from the first on, and are never emptied: those behind an
// empty
//     one are empty, for whoever has seen the door.
// P8. A compare-exchange fails only when another one has succeeded, and each
//     value causes two and the horizon's at most: somebody is always done. Two
//     callers may move the door's entry to two places: room lost for a while.

#ifndef TOLLGATE_ENGINE_LOOKUP_REPLAY_WINDOW_H_
#define TOLLGATE_ENGINE_LOOKUP_REPLAY_WINDOW_H_

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "engine/base/cacheline.h"
#include "engine/base/clock.h"
#include "engine/base/hash.h"
#include "engine/base/limits.h"
#include "engine/crypto/random.h"
#include "engine/lookup/replay_word.h"
#include "engine/sync/atomics.h"
#include "engine/sync/huge_memory.h"

namespace tollgate {

// The zero value refuses, as all do but kFirst.
enum class Seen : uint8_t {
  kReplayed = 0,
  kFirst,
  kFull,
};

template <typename Atomics = StdAtomics>
class BasicReplayWindow {
 public:
  static constexpr size_t kDefaultCapacity = size_t{1} << 20;

  // Room for `capacity` live values, at least one and at most
  // limits::kReplayEntriesMax: with as many, one in a thousand million finds
  // its set full; with one and a half times as many, one in three hundred
  // thousand.
  explicit BasicReplayWindow(size_t capacity = kDefaultCapacity);
  BasicReplayWindow(const BasicReplayWindow&) = delete;
  BasicReplayWindow& operator=(const BasicReplayWindow&) = delete;
  ~BasicReplayWindow() { UnmapHuge(sets_, MemoryBytes()); }

  // Remembers `value` of `scope` until `until`, and says whether it is the
  // first time. Never kFirst for an empty value, nor if `until` is over.
  [[nodiscard]] Seen Remember(std::string_view scope, std::string_view value,
                              UnixSeconds now, UnixSeconds until);

  size_t MemoryBytes() const { return (set_mask_ + 1) * sizeof(Set); }

 private:
  static constexpr size_t kPlaces = 30;
  // A Poisson distribution of this mean is above the places and the door with
  // odds of 5e-10.
  static constexpr size_t kMeanLoad = 8;

  using Word = typename Atomics::template Atomic<uint64_t>;
  struct alignas(kCacheLineBytes) Set {
    Word horizon;
    Word door;
    Word places[kPlaces];
  };
  static_assert(sizeof(Set) == 4 * kCacheLineBytes, "a set is whole lines");
  static_assert(limits::kReplayEntriesMax / kMeanLoad <= 1 << 28,
                "the set is chosen by bits of the hash that no entry has");

  // What the places of a set hold, for one newcomer.
  struct Survey {
    bool met = false;         // the newcomer's value, live
    bool holds_door = false;  // the entry that was at the door
    Word* room = nullptr;     // the first place that is empty or over
    ReplayWord in_room;       // and what was in it
  };

  static Set* CreateSets(size_t sets);
  static ReplayWord Load(const Word& word);
  static void Forget(Set& set, ReplayWord entry);
  static Survey Read(Set& set, ReplayWord door, ReplayWord newcomer,
                     UnixSeconds now);
  static bool MakeWay(Set& set, const Survey& survey, ReplayWord door);
  static std::optional<Seen> Enter(Set& set, ReplayWord newcomer,
                                   UnixSeconds now);

  uint64_t HashOf(std::string_view scope, std::string_view value) const;

  // Never written again.
  const HashSeed scope_seed_ = RandomHashSeed();
  const HashSeed value_seed_ = RandomHashSeed();
  const HashSeed pair_seed_ = RandomHashSeed();
  const size_t set_mask_;
  Set* const sets_;
};

using ReplayWindow = BasicReplayWindow<>;

template <typename A>
BasicReplayWindow<A>::BasicReplayWindow(size_t capacity)
    : set_mask_(std::bit_ceil(std::clamp(capacity, kMeanLoad,
                                         limits::kReplayEntriesMax)) /
                    kMeanLoad -
                1),
      sets_(CreateSets(set_mask_ + 1)) {}

template <typename A>
auto BasicReplayWindow<A>::CreateSets(size_t sets) -> Set* {
  // Zero, as it comes, is what no entry is.
  void* const memory = MapHuge(sets * sizeof(Set));
  if (memory == nullptr) {
    std::fprintf(stderr, "tollgate: no memory for the replay window\n");
    std::abort();
  }
  return static_cast<Set*>(memory);
}

template <typename A>
Seen BasicReplayWindow<A>::Remember(std::string_view scope,
                                    std::string_view value, UnixSeconds now,
                                    UnixSeconds until) {
  if (value.empty() || until <= now) return Seen::kReplayed;
  const uint64_t hash = HashOf(scope, value);
  const std::optional<ReplayWord> newcomer = ReplayWord::Of(hash, until);
  if (!newcomer.has_value()) return Seen::kFull;
  Set& set = sets_[hash & set_mask_];
  for (;;) {
    const std::optional<Seen> seen = Enter(set, *newcomer, now);
    if (seen.has_value()) return *seen;
  }
}

// The two texts are hashed apart, so that no other pair joins to the same; and
// scattered, since counters are common values.
template <typename A>
uint64_t BasicReplayWindow<A>::HashOf(std::string_view scope,
                                      std::string_view value) const {
  return Scattered(KeyedHashPair(KeyedHash(scope, scope_seed_),
                                 KeyedHash(value, value_seed_), pair_seed_));
}

template <typename A>
ReplayWord BasicReplayWindow<A>::Load(const Word& word) {
  // Acquire pairs with the release in Enter and MakeWay: who sees an entry sees
  // the places and the horizon as they were for whoever wrote it.
  return ReplayWord(word.load(std::memory_order_acquire));
}

// Raises the horizon to the end of `entry`, which is about to be overwritten.
template <typename A>
void BasicReplayWindow<A>::Forget(Set& set, ReplayWord entry) {
  // Relaxed: the release of the compare-exchange that overwrites the entry
  // comes after, and who needs the horizon has seen its effect by an acquire.
  uint64_t horizon = set.horizon.load(std::memory_order_relaxed);
  while (horizon < entry.tick() &&
         !set.horizon.compare_exchange_weak(horizon, entry.tick(),
                                            std::memory_order_relaxed)) {
  }
}

template <typename A>
auto BasicReplayWindow<A>::Read(Set& set, ReplayWord door, ReplayWord newcomer,
                                UnixSeconds now) -> Survey {
  Survey survey;
  for (Word& place : set.places) {
    const ReplayWord entry = Load(place);
    const bool live = entry.LiveAt(now);
    survey.met |= live && entry.SameValue(newcomer);
    survey.holds_door |= entry == door;
    if (survey.room == nullptr && !live) {
      survey.room = &place;
      survey.in_room = entry;
    }
    if (entry.empty()) break;  // P7
  }
  return survey;
}

// Puts the door's entry into a place (P3); false if that has changed.
template <typename A>
bool BasicReplayWindow<A>::MakeWay(Set& set, const Survey& survey,
                                   ReplayWord door) {
  Forget(set, survey.in_room);  // P2
  uint64_t expected = survey.in_room.bits();
  // Acquire and release: what this thread has seen of the set is seen by who
  // finds the entry here; pairs with Load. Relaxed on failure: all is read
  // again.
  return survey.room->compare_exchange_strong(expected, door.bits(),
                                              std::memory_order_acq_rel,
                                              std::memory_order_relaxed);
}

// Tries once; nothing if the set has changed meanwhile.
template <typename A>
std::optional<Seen> BasicReplayWindow<A>::Enter(Set& set, ReplayWord newcomer,
                                                UnixSeconds now) {
  const ReplayWord door = Load(set.door);
  const Survey survey = Read(set, door, newcomer, now);
  const bool door_live = door.LiveAt(now);
  if (survey.met || (door_live && door.SameValue(newcomer))) {
    return Seen::kReplayed;
  }
  if (door_live && !survey.holds_door) {
    if (survey.room == nullptr) return Seen::kFull;
    if (!MakeWay(set, survey, door)) return std::nullopt;
  } else if (!door_live) {
    Forget(set, door);  // P2
  }
  // Relaxed: the acquires in Read came before (P4).
  if (newcomer.tick() <= set.horizon.load(std::memory_order_relaxed)) {
    return Seen::kReplayed;
  }
  uint64_t expected = door.bits();
  // As in MakeWay.
  if (!set.door.compare_exchange_strong(expected, newcomer.bits(),
                                        std::memory_order_acq_rel,
                                        std::memory_order_relaxed)) {
    return std::nullopt;
  }
  return Seen::kFirst;
}

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_LOOKUP_REPLAY_WINDOW_H_
