// A line on a terminal that says what is being measured and how long is left;
// nothing where standard error is no terminal.
//
// Thread-safety: one thread. Cost: a test for each Tick; a line at most twice a
// second.

#ifndef TOLLGATE_BENCH_SUPPORT_PROGRESS_H_
#define TOLLGATE_BENCH_SUPPORT_PROGRESS_H_

#include <string_view>

namespace tollgate::bench {

// `name` begins, of which `expected` seconds are; `after` more come behind it.
void BeginProgress(std::string_view name, double expected, double after);

// Something is still going on: called between measurements, never in them.
void TickProgress();

// Takes the line away.
void EndProgress();

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_SUPPORT_PROGRESS_H_
