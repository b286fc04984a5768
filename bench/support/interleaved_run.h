// Runs cases in turn, again and again, so that they can be compared.
//
// A machine is faster in one second than in the next (other guests, heat). A
// round runs every case for one short slice, in an order shuffled anew, and a
// comparison is made within rounds: see RatioOf in statistics.h.
//
//   InterleavedRun run;
//   const size_t ours = run.Add("ours", [&] { return NanosPerOp(slice, op); });
//   const size_t theirs = run.Add("theirs", ...);
//   run.Run(budget);
//   Estimate ratio = RatioOf(run.series(ours), run.series(theirs));
//
// Thread-safety: one thread; a case may use others while it runs.

#ifndef TOLLGATE_BENCH_SUPPORT_INTERLEAVED_RUN_H_
#define TOLLGATE_BENCH_SUPPORT_INTERLEAVED_RUN_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "bench/support/seeded_random.h"
#include "bench/support/statistics.h"

namespace tollgate::bench {

using Clock = std::chrono::steady_clock;

// Returns the processor time of the calling thread.
std::chrono::nanoseconds ThreadTime();

// Runs `run(n)`, n calls of something, for about `slice` in all; returns
// nanoseconds of processor time per call, so that what else runs on the machine
// is not in it (but for the caches it takes). Before that it runs for half a
// slice more, which is not counted: the caches hold what the case before had
// use for, and it is found how many calls there are to be between two looks at
// the clock. REQUIRES: a call does not wait.
template <typename Run>
double NanosPerCall(std::chrono::nanoseconds slice, Run&& run) {
  constexpr int kLooks = 64;
  int64_t calls_per_look = 1;
  for (auto now = Clock::now(), end = now + slice / 2; now < end;) {
    run(calls_per_look);
    const auto before = std::exchange(now, Clock::now());
    if (now - before < slice / kLooks) calls_per_look *= 2;
  }
  int64_t calls = 0;
  const auto start = ThreadTime();
  const auto end = Clock::now() + slice;
  do {
    run(calls_per_look);
    calls += calls_per_look;
  } while (Clock::now() < end);
  const std::chrono::nanoseconds spent = ThreadTime() - start;
  return static_cast<double>(spent.count()) / static_cast<double>(calls);
}

// The same for a single call.
template <typename Op>
double NanosPerOp(std::chrono::nanoseconds slice, Op&& op) {
  return NanosPerCall(slice, [&op](int64_t calls) {
    for (int64_t i = 0; i < calls; ++i) op();
  });
}

class InterleavedRun {
 public:
  // Runs one slice and returns its result, such as nanoseconds per call.
  using Case = std::function<double()>;

  // Returns the index of the case.
  size_t Add(std::string name, Case run_slice);

  // Runs a round to warm up, then rounds until `budget` is used up, at least
  // kRoundsMin.
  void Run(std::chrono::nanoseconds budget);

  // One value a round.
  const std::vector<double>& series(size_t index) const {
    return cases_[index].values;
  }
  const std::string& name(size_t index) const { return cases_[index].name; }
  size_t size() const { return cases_.size(); }

  Estimate Median(size_t index) const { return MedianOf(series(index)); }
  Estimate Ratio(size_t a, size_t b) const {
    return RatioOf(series(a), series(b));
  }

  static constexpr int kRoundsMin = 3;

 private:
  struct Entry {
    std::string name;
    Case run_slice;
    std::vector<double> values;
  };

  void RunRound(bool keep);

  std::vector<Entry> cases_;
  SeededRandom random_{7};
};

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_SUPPORT_INTERLEAVED_RUN_H_
