// What it takes for a cache line to come from one processor to another: the
// unit in which threads that share memory pay each other.

#ifndef TOLLGATE_BENCH_SUPPORT_LINE_TRANSFER_H_
#define TOLLGATE_BENCH_SUPPORT_LINE_TRANSFER_H_

namespace tollgate::bench {

// Returns the nanoseconds of one transfer, of a line that two threads write in
// turn on the first two processors of the process; zero when it has only one.
// Two processors of one core hand lines over faster than two cores do. Cost: 20
// ms.
double MeasureLineTransfer();

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_SUPPORT_LINE_TRANSFER_H_
