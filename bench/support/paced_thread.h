// Does a chore so many times a second, on a thread of its own, while it lives.
//
// The chores come in the rhythm of a timer, a few at once where the pace is
// higher than the timer's; the first after half an interval. What was missed is
// made up for, up to a tenth of a second.
//
// Thread-safety: construct and destroy from one thread.

#ifndef TOLLGATE_BENCH_SUPPORT_PACED_THREAD_H_
#define TOLLGATE_BENCH_SUPPORT_PACED_THREAD_H_

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <thread>
#include <utility>

#include "bench/support/interleaved_run.h"
#include "bench/support/thread_team.h"

namespace tollgate::bench {

class PacedThread {
 public:
  // With a `processor`, bound to it (see PinToProcessor).
  PacedThread(double per_second, std::function<void()> chore,
              std::optional<size_t> processor = std::nullopt)
      : per_second_(per_second),
        chore_(std::move(chore)),
        thread_([this, processor] { Run(processor); }) {}
  PacedThread(const PacedThread&) = delete;
  PacedThread& operator=(const PacedThread&) = delete;

  ~PacedThread() {
    // Relaxed: says when to stop; the join orders memory.
    stop_.store(true, std::memory_order_relaxed);
    thread_.join();
  }

 private:
  static constexpr auto kTick = std::chrono::milliseconds(1);

  void Run(std::optional<size_t> processor) {
    if (processor.has_value()) PinToProcessor(*processor);
    const double backlog_max = std::max(1.0, per_second_ / 10);
    double due = 0.5;
    auto last = Clock::now();
    while (!stop_.load(std::memory_order_relaxed)) {
      std::this_thread::sleep_for(kTick);
      const auto now = Clock::now();
      due += std::chrono::duration<double>(now - last).count() * per_second_;
      due = std::min(due, backlog_max + 0.5);
      last = now;
      for (; due >= 1; due -= 1) chore_();
    }
  }

  const double per_second_;
  const std::function<void()> chore_;
  std::atomic<bool> stop_{false};
  std::thread thread_;  // last: it uses the others
};

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_SUPPORT_PACED_THREAD_H_
