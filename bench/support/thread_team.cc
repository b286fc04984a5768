#include "bench/support/thread_team.h"

#include <immintrin.h>
#include <sched.h>

#include "bench/support/check.h"
#include "bench/support/interleaved_run.h"

namespace tollgate::bench {
namespace {

// Read once, before any thread is bound.
const std::vector<int>& AllowedProcessors() {
  static const std::vector<int>* const kAllowed = [] {
    cpu_set_t set;
    CPU_ZERO(&set);
    Require(sched_getaffinity(0, sizeof(set), &set) == 0, "sched_getaffinity");
    auto* allowed = new std::vector<int>;
    for (int i = 0; i < CPU_SETSIZE; ++i) {
      if (CPU_ISSET(i, &set)) allowed->push_back(i);
    }
    return allowed;
  }();
  return *kAllowed;
}

void PinToProcessors(const std::vector<int>& processors) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int processor : processors) CPU_SET(processor, &set);
  Require(sched_setaffinity(0, sizeof(set), &set) == 0, "sched_setaffinity");
}

}  // namespace

size_t ProcessorCount() { return AllowedProcessors().size(); }

void PinToProcessor(size_t i) {
  const std::vector<int>& allowed = AllowedProcessors();
  PinToProcessors({allowed[i % allowed.size()]});
}

void UnpinFromProcessor() { PinToProcessors(AllowedProcessors()); }

ThreadTeam::ThreadTeam(size_t threads) {
  ProcessorCount();
  for (size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this, i] { RunThread(i); });
  }
}

ThreadTeam::~ThreadTeam() {
  {
    absl::MutexLock lock(&mutex_);
    leaving_ = true;
  }
  for (std::thread& thread : threads_) thread.join();
}

void ThreadTeam::RunThread(size_t index) {
  PinToProcessor(index);
  uint64_t done = 0;
  for (;;) {
    Task task;
    {
      const auto ready = [this, index, done] {
        mutex_.AssertHeld();
        return leaving_ || (task_.number > done && index < task_.threads);
      };
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(&ready));
      if (leaving_) return;
      task = task_;
    }
    done = task.number;
    // Both relaxed: the slice's memory was published by the mutex.
    arrived_.fetch_add(1, std::memory_order_relaxed);
    while (!go_.load(std::memory_order_relaxed)) _mm_pause();
    const int64_t calls = (*task.body)(index, stop_);
    // Relaxed: read under the mutex, after finished_ counted this thread.
    calls_.fetch_add(calls, std::memory_order_relaxed);
    absl::MutexLock lock(&mutex_);
    ++finished_;
  }
}

double ThreadTeam::NanosPerOp(size_t threads, std::chrono::nanoseconds slice,
                              const Body& body) {
  Require(threads <= threads_.size(), "a larger team is needed");
  // All relaxed: ordered by the mutex below, or saying when and nothing else.
  arrived_.store(0, std::memory_order_relaxed);
  calls_.store(0, std::memory_order_relaxed);
  go_.store(false, std::memory_order_relaxed);
  stop_.store(false, std::memory_order_relaxed);
  {
    absl::MutexLock lock(&mutex_);
    finished_ = 0;
    task_ = {&body, threads, task_.number + 1};
  }
  while (arrived_.load(std::memory_order_relaxed) < threads) {
    std::this_thread::yield();
  }
  const auto start = Clock::now();
  go_.store(true, std::memory_order_relaxed);
  std::this_thread::sleep_for(slice);
  stop_.store(true, std::memory_order_relaxed);
  const std::chrono::nanoseconds elapsed = Clock::now() - start;
  const auto all_finished = [this, threads] {
    mutex_.AssertHeld();
    return finished_ == threads;
  };
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(&all_finished));
  const int64_t calls = calls_.load(std::memory_order_relaxed);
  return static_cast<double>(elapsed.count()) / static_cast<double>(calls);
}

}  // namespace tollgate::bench
