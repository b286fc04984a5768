// The arithmetic of GCRA token buckets: pure functions over whole numbers.
//
// A token bucket of `burst` permits that refills at limit/period is kept as a
// backlog: the time until it is full again. A permit adds one increment to the
// backlog, time takes it away, and a charge is allowed if the backlog stays
// within the tolerance, which is the time that the whole burst takes to refill.
//
// Time is counted in units of 1/denominator microsecond, chosen so that the
// increment is a whole number: 7 permits a minute are 60,000,000 units each at
// 7 units a microsecond. Nothing is rounded, so no fraction of a permit is lost
// however often the bucket is asked, and a bucket that was emptied at t is full
// at t + period and not a microsecond sooner or later.
//
// Only where the exact denominator would leave no room in 64 bits is it capped,
// and the increment rounded up: the limit is then stricter than asked, by less
// than one part in `increment`. At periods up to a day and bursts up to the
// limit that takes a limit whose part coprime to the period is above 8 million.
//
// Thread-safety: values and pure functions. Cost: a multiplication or two; only
// WaitMicros and MakeGcraRate divide.

#ifndef TOLLGATE_ENGINE_LIMIT_GCRA_H_
#define TOLLGATE_ENGINE_LIMIT_GCRA_H_

#include <algorithm>
#include <cstdint>
#include <limits>
#include <numeric>

namespace tollgate {

// `limit` permits every `period_us`, at most `burst` at once.
struct GcraLimit {
  uint64_t limit = 0;
  uint64_t period_us = 0;
  uint64_t burst = 0;
};

// The zero value allows nothing.
struct GcraRate {
  int64_t increment = 1;    // units that one permit takes to refill
  int64_t denominator = 1;  // units in a microsecond
  int64_t tolerance = 0;    // units that the whole burst takes to refill
};

// A wait that never ends: the charge exceeds the burst.
inline constexpr int64_t kNeverMicros = std::numeric_limits<int64_t>::max();

// Units are kept below 2^60, so that sums and differences of a few of them fit
// into 64 bits with a sign.
inline constexpr int kGcraUnitBits = 60;

// The longest period, and the longest time that a bucket may take to refill:
// 2^52 microseconds, 142 years.
inline constexpr int kGcraDrainBitsMax = 52;
inline constexpr uint64_t kGcraPeriodMax = uint64_t{1} << kGcraDrainBitsMax;

namespace internal {

__extension__ using Wide = unsigned __int128;

constexpr Wide CeilDivide(Wide a, Wide b) { return (a + b - 1) / b; }

// Returns the number of bits of `value`, at most 128.
constexpr int BitWidth(Wide value) {
  int bits = 0;
  for (; value != 0; value >>= 1) ++bits;
  return bits;
}

}  // namespace internal

// Returns the least b such that the burst refills within 2^b microseconds.
constexpr int GcraDrainBits(const GcraLimit& limit) {
  if (limit.limit == 0) return 0;
  const auto drain = internal::CeilDivide(
      internal::Wide{limit.burst} * limit.period_us, limit.limit);
  return drain == 0 ? 0 : internal::BitWidth(drain - 1);
}

// Returns the rate of `limit`, good for comparing instants that lie within
// 2^(horizon_bits + 1) microseconds of each other. What is out of range is cut
// to something stricter; a limit, period or burst of 0 allows nothing.
// REQUIRES: horizon_bits <= kGcraDrainBitsMax.
constexpr GcraRate MakeGcraRate(const GcraLimit& limit, int horizon_bits) {
  using internal::Wide;
  if (limit.limit == 0 || limit.period_us == 0) return {};
  if (limit.period_us > kGcraPeriodMax) return {};
  const uint64_t common = std::gcd(limit.limit, limit.period_us);
  const uint64_t denominator_max = uint64_t{1}
                                   << (kGcraUnitBits - horizon_bits);
  const uint64_t denominator = std::min(limit.limit / common, denominator_max);
  const Wide increment = internal::CeilDivide(
      Wide{limit.period_us} * denominator, Wide{limit.limit});
  const Wide tolerance_max = Wide{denominator} << horizon_bits;
  if (increment > tolerance_max) return {};
  const Wide burst = std::min(Wide{limit.burst}, tolerance_max / increment);
  GcraRate rate;
  rate.increment = static_cast<int64_t>(increment);
  rate.denominator = static_cast<int64_t>(denominator);
  rate.tolerance = static_cast<int64_t>(burst * increment);
  return rate;
}

// Returns the permits that a full bucket holds.
constexpr uint64_t GcraBurst(const GcraRate& rate) {
  return static_cast<uint64_t>(rate.tolerance / rate.increment);
}

// Returns the backlog of a bucket that was full `elapsed_us` ago and has been
// charged `permits` since; negative by the time for which it has been full
// again. REQUIRES: both products within 2^62.
constexpr int64_t GcraBacklog(const GcraRate& rate, int64_t permits,
                              int64_t elapsed_us) {
  return permits * rate.increment - elapsed_us * rate.denominator;
}

// Returns the same for a bucket that would have been full at the instant of
// `base` units, had it not been charged `permits` since time began. All three
// may be taken modulo 2^64; the backlog is right if it fits into 64 bits.
constexpr int64_t GcraBacklogModular(const GcraRate& rate, uint64_t base,
                                     uint64_t permits, uint64_t tick) {
  return static_cast<int64_t>(base +
                              permits * static_cast<uint64_t>(rate.increment) -
                              tick * static_cast<uint64_t>(rate.denominator));
}

// Returns the base for which GcraBacklogModular is `backlog`.
constexpr uint64_t GcraBase(const GcraRate& rate, int64_t backlog,
                            uint64_t permits, uint64_t tick) {
  return tick * static_cast<uint64_t>(rate.denominator) +
         static_cast<uint64_t>(backlog) -
         permits * static_cast<uint64_t>(rate.increment);
}

// Returns after how many microseconds a bucket whose tolerance was exceeded by
// `excess` units will have room: rounded up, never early.
constexpr int64_t GcraWaitMicros(const GcraRate& rate, int64_t excess) {
  if (excess <= 0) return 0;
  return (excess - 1) / rate.denominator + 1;
}

// Returns the backlog in units of `to` that stands for as many permits as
// `backlog` does in units of `from`: rounded up, at most the whole burst.
constexpr int64_t GcraCarry(const GcraRate& from, int64_t backlog,
                            const GcraRate& to) {
  if (backlog <= 0) return 0;
  const internal::Wide carried = internal::CeilDivide(
      internal::Wide{static_cast<uint64_t>(backlog)} *
          static_cast<uint64_t>(to.increment),
      internal::Wide{static_cast<uint64_t>(from.increment)});
  return carried < internal::Wide{static_cast<uint64_t>(to.tolerance)}
             ? static_cast<int64_t>(carried)
             : to.tolerance;
}

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_LIMIT_GCRA_H_
