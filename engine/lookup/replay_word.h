// One entry of the replay window as one word: a part of a hash, and until when
// the value that it stands for is remembered.
//
// Thread-safety: a value. For engine/lookup/replay_window.h, where the
// transitions are told. The zero word is no entry.

#ifndef TOLLGATE_ENGINE_LOOKUP_REPLAY_WORD_H_
#define TOLLGATE_ENGINE_LOOKUP_REPLAY_WORD_H_

#include <algorithm>
#include <cstdint>
#include <optional>

#include "engine/base/clock.h"

namespace tollgate {

class ReplayWord {
 public:
  // Entries end at multiples of this many seconds, up to which they are
  // rounded: a sixth of the shortest use, and four more bits of hash.
  static constexpr int64_t kTickSeconds = 16;

  constexpr ReplayWord() = default;
  constexpr explicit ReplayWord(uint64_t bits) : bits_(bits) {}

  // Returns the entry for the value of `hash`, whose upper bits it takes; none
  // if `until` is not after 1970. What would end after 2106 ends then.
  static constexpr std::optional<ReplayWord> Of(uint64_t hash,
                                                UnixSeconds until) {
    constexpr int64_t kSecondsMax = kTickMask * kTickSeconds;
    if (until.value <= 0) return std::nullopt;
    const int64_t end = std::min(until.value, kSecondsMax);
    const auto tick =
        static_cast<uint64_t>((end + kTickSeconds - 1) / kTickSeconds);
    return ReplayWord((hash & ~kTickMask) | tick);
  }

  constexpr bool empty() const { return bits_ == 0; }
  constexpr uint64_t bits() const { return bits_; }

  // When it ends, in ticks since 1970: the last one in which it is over.
  constexpr uint64_t tick() const { return bits_ & kTickMask; }

  // Whether the value may be replayed at `now`.
  constexpr bool LiveAt(UnixSeconds now) const {
    return !empty() && now.value < static_cast<int64_t>(tick()) * kTickSeconds;
  }

  // Whether both stand for one value; the ends may differ.
  constexpr bool SameValue(ReplayWord other) const {
    return ((bits_ ^ other.bits_) & ~kTickMask) == 0;
  }

  friend constexpr bool operator==(ReplayWord, ReplayWord) = default;

 private:
  // Bits 0-27: the tick, which no entry has as zero; 28-63: of the hash.
  static constexpr uint64_t kTickMask = 0x0000'0000'0FFF'FFFF;

  uint64_t bits_ = 0;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_LOOKUP_REPLAY_WORD_H_
