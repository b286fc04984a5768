#include "bench/support/interleaved_run.h"

#include <time.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "bench/support/progress.h"

namespace tollgate::bench {

std::chrono::nanoseconds ThreadTime() {
  timespec time = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) +
         std::chrono::nanoseconds(time.tv_nsec);
}

size_t InterleavedRun::Add(std::string name, Case run_slice) {
  cases_.push_back({std::move(name), std::move(run_slice), {}});
  return cases_.size() - 1;
}

void InterleavedRun::Run(std::chrono::nanoseconds budget) {
  RunRound(/*keep=*/false);
  const auto end = Clock::now() + budget;
  for (int round = 0; round < kRoundsMin || Clock::now() < end; ++round) {
    RunRound(/*keep=*/true);
  }
}

void InterleavedRun::RunRound(bool keep) {
  std::vector<size_t> order(cases_.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::shuffle(order.begin(), order.end(), random_);
  for (const size_t index : order) {
    TickProgress();
    const double value = cases_[index].run_slice();
    if (keep) cases_[index].values.push_back(value);
  }
}

}  // namespace tollgate::bench
