// Counts what a thread takes from malloc, by standing in front of it: a program
// that links this counts all of its allocations, those of libraries included.
//
// Thread-safety: each thread has its own count. Cost: an increment for each
// allocation. Not for programs built with sanitizers, which stand there too.

#ifndef TOLLGATE_BENCH_SUPPORT_ALLOCATIONS_H_
#define TOLLGATE_BENCH_SUPPORT_ALLOCATIONS_H_

#include <cstdint>

namespace tollgate::bench {

// Allocations of the calling thread so far; those of zero bytes count.
uint64_t AllocationsOfThread();

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_SUPPORT_ALLOCATIONS_H_
