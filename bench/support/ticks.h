// The processor's time-stamp counter, to time single calls: two reads of the
// system clock would cost as much as what is timed.
//
// REQUIRES: an x86-64 processor whose counter runs at one rate (constant_tsc).
// Cost: a read takes some 10 ns and is not ordered with the loads around it, so
// a duration is blurred by the length of the pipeline. Percentiles are net of
// the cost of a read, which TickCostNanos() measures.

#ifndef TOLLGATE_BENCH_SUPPORT_TICKS_H_
#define TOLLGATE_BENCH_SUPPORT_TICKS_H_

#include <cstdint>

namespace tollgate::bench {

inline uint64_t ReadTicks() { return __builtin_ia32_rdtsc(); }

// Returns how long one tick is. Measured at the first call (50 ms).
double NanosPerTick();

// Returns the usual distance of two reads in a row.
double TickCostNanos();

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_SUPPORT_TICKS_H_
