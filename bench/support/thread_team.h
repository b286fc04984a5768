// Threads that stand ready, one a processor, to run a slice together.
//
// The processors are those the process may use, in their order; with more
// threads than processors they go round.
//
// Thread-safety: one thread drives the team. Cost: a slice begins when all its
// threads are awake and ends at one flag, read every kCallsPerLook calls.

#ifndef TOLLGATE_BENCH_SUPPORT_THREAD_TEAM_H_
#define TOLLGATE_BENCH_SUPPORT_THREAD_TEAM_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace tollgate::bench {

// Binds the calling thread to the i-th processor of those allowed.
void PinToProcessor(size_t i);

// Lets the calling thread run on any processor again.
void UnpinFromProcessor();

// Returns how many processors the process may use.
size_t ProcessorCount();

class ThreadTeam {
 public:
  // Runs calls until `stop` is set; returns how many.
  using Body = std::function<int64_t(size_t thread, std::atomic<bool>& stop)>;

  explicit ThreadTeam(size_t threads);
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;
  ~ThreadTeam();

  // Runs `body` on the first `threads` threads for `slice`. Returns the wall
  // time divided by the calls of all: nanoseconds per call of the whole team.
  double NanosPerOp(size_t threads, std::chrono::nanoseconds slice,
                    const Body& body);

 private:
  struct Task {
    const Body* body = nullptr;
    size_t threads = 0;
    uint64_t number = 0;
  };

  void RunThread(size_t index);

  absl::Mutex mutex_;
  Task task_ ABSL_GUARDED_BY(mutex_);
  size_t finished_ ABSL_GUARDED_BY(mutex_) = 0;
  bool leaving_ ABSL_GUARDED_BY(mutex_) = false;

  // Counts threads that are about to begin; see RunThread.
  std::atomic<size_t> arrived_{0};
  std::atomic<bool> go_{false};
  std::atomic<bool> stop_{false};
  std::atomic<int64_t> calls_{0};
  std::vector<std::thread> threads_;
};

// Makes a Body of `make_op(thread)`, which returns the call to repeat.
template <typename MakeOp>
ThreadTeam::Body Repeat(MakeOp make_op) {
  return [make_op](size_t thread, std::atomic<bool>& stop) {
    constexpr int kCallsPerLook = 64;
    auto op = make_op(thread);
    int64_t calls = 0;
    // Relaxed: the flag says when, and nothing about other memory.
    while (!stop.load(std::memory_order_relaxed)) {
      for (int i = 0; i < kCallsPerLook; ++i) op();
      calls += kCallsPerLook;
    }
    return calls;
  };
}

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_SUPPORT_THREAD_TEAM_H_
