// The one word that decides about a token bucket: its states and their fields.
//
//   run      state 0 | start 54 | charged 8
//            All windows were full at tick `start`, and `charged` permits have
//            been charged since. The bases mean nothing. A zeroed bucket is a
//            run of nothing: full.
//   reset    state 1 | start 54 | charged 8
//            A run whose meaning is being written into the bases.
//   live     state 2 | era 16 | quanta 8 | used 38
//            Window i has the base bases[i]; `used` permits count against it,
//            and `quanta` of permits are on lease to workers. `era` is that of
//            the latest tick at which the bucket was charged.
//   forward  state 3 | freed 1 | (15) | quanta 8 | (6) | target 32
//            The usage went to the bucket `target` (0: nowhere, the bucket was
//            freed). Stays for as long as `quanta` are on lease.
//
// Transitions, each one compare-exchange of the word, and who makes them:
//   run -> run          a charge: of a full bucket at its tick, or one more
//   run -> reset        a charge that a run cannot express: some windows are
//                       full and others are not, or too many permits, or a
//                       lease; and RestoreUsage
//   reset -> live       anybody who meets it, after writing the bases
//   live -> live        a charge (used grows), with or without a lease (quanta
//                       grow); a lease's end (used grows by what was spent of
//                       it, quanta shrink)
//   live -> run, reset  a charge that finds all windows full, nothing on lease
//   any -> forward      Rebind, Free
//   forward -> forward  a lease's end; Free
// A forward that is freed and has nothing on lease is recycled as a zeroed
// bucket after a grace period of the epoch domain.

#ifndef TOLLGATE_ENGINE_LIMIT_BUCKET_WORD_H_
#define TOLLGATE_ENGINE_LIMIT_BUCKET_WORD_H_

#include <cstdint>

#include "engine/model/bucket_id.h"

namespace tollgate {

enum class BucketState : uint8_t { kRun = 0, kReset, kLive, kForward };

// A range of bits in a word.
template <int kLow, int kWidth>
struct BitRange {
  static constexpr uint64_t kMax = (uint64_t{1} << kWidth) - 1;
  static constexpr uint64_t Get(uint64_t word) { return (word >> kLow) & kMax; }
  // REQUIRES: value <= kMax.
  static constexpr uint64_t Put(uint64_t value) { return value << kLow; }
  static constexpr uint64_t Set(uint64_t word, uint64_t value) {
    return (word & ~(kMax << kLow)) | (value << kLow);
  }
};

namespace bucket_word {

using State = BitRange<62, 2>;

using Start = BitRange<8, 54>;  // run, reset
using Charged = BitRange<0, 8>;

using Era = BitRange<46, 16>;    // live
using Quanta = BitRange<38, 8>;  // live, forward
using Used = BitRange<0, 38>;

using Freed = BitRange<61, 1>;  // forward
using Target = BitRange<0, 32>;

// A live word's `used` begins at the low bits of the tick at which its bases
// were written, so that a charge which slept over the end of one live period
// does not meet the same word in the next. The other half of its range is room
// to grow; a bucket that nears the end is replaced by a fresh one.
inline constexpr uint64_t kUsedStartMask = Used::kMax >> 1;
inline constexpr uint64_t kUsedMax = Used::kMax - (uint64_t{1} << 33);

constexpr BucketState StateOf(uint64_t word) {
  return static_cast<BucketState>(State::Get(word));
}

constexpr uint64_t Make(BucketState state) {
  return State::Put(static_cast<uint64_t>(state));
}

constexpr uint64_t MakeRun(uint64_t start, uint64_t charged) {
  return Make(BucketState::kRun) | Start::Put(start & Start::kMax) |
         Charged::Put(charged);
}

constexpr uint64_t MakeReset(uint64_t start, uint64_t charged) {
  return Make(BucketState::kReset) | Start::Put(start & Start::kMax) |
         Charged::Put(charged);
}

constexpr uint64_t MakeLive(uint64_t era, uint64_t quanta, uint64_t used) {
  return Make(BucketState::kLive) | Era::Put(era & Era::kMax) |
         Quanta::Put(quanta) | Used::Put(used);
}

constexpr uint64_t MakeForward(BucketId target, uint64_t quanta) {
  return Make(BucketState::kForward) | Quanta::Put(quanta) |
         Target::Put(target);
}

// Returns how long before `tick` a run started; negative if it did later.
constexpr int64_t RunElapsed(uint64_t word, uint64_t tick) {
  constexpr int kUnusedBits = 10;
  return static_cast<int64_t>((tick - Start::Get(word)) << kUnusedBits) >>
         kUnusedBits;
}

}  // namespace bucket_word
}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_LIMIT_BUCKET_WORD_H_
