// Runs threads one at a time, switching between them only at atomic operations,
// in an order that a seed or a script decides: an interleaving that failed once
// fails again.
//
//   DeterministicSchedule schedule(seed);
//   schedule.Spawn([&] { counter.Increment(); });   // thread 0
//   schedule.Spawn([&] { counter.Increment(); });   // thread 1
//   schedule.SuspendAt(0, 3);      // thread 0 stops after its third operation
//   auto outcome = schedule.Run();
//   ASSERT_TRUE(outcome.others_finished) << "seed " << seed;
//
// The code under test takes its atomics from a template parameter (see
// engine/sync/atomics.h) and is instantiated with DeterministicAtomics. Threads
// that do not belong to a schedule use the same atomics without switching, so
// that a test's own set-up and checks need no schedule.
//
// Only sequentially consistent interleavings are explored; weaker orders are
// the business of ThreadSanitizer and of the written arguments. The threads are
// fibers of the thread that calls Run(): a switch is cheap, and
// ThreadSanitizer, to which all is in order then, has nothing to find.

#ifndef TOLLGATE_TESTS_SUPPORT_DETERMINISTIC_SCHEDULE_H_
#define TOLLGATE_TESTS_SUPPORT_DETERMINISTIC_SCHEDULE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "tests/support/fiber.h"

namespace tollgate {

class DeterministicSchedule {
 public:
  struct Outcome {
    // No thread beside the suspended ones failed to finish within the bound on
    // steps: nobody waited for a suspended thread.
    bool others_finished = true;
    // At least one SuspendAt took hold; false means that the thread finished
    // before that step, and a loop over steps can end.
    bool suspended = false;
    // Atomic operations of each thread.
    std::vector<uint64_t> steps;
    // The thread that ran each step: a script that replays this run.
    std::vector<size_t> trace;
  };

  // Chooses the next thread at random by `seed`; the seed also chooses how
  // often to switch, since some defects need long runs of one thread.
  explicit DeterministicSchedule(uint64_t seed)
      : DeterministicSchedule({}, seed) {}

  // Follows `script`, one thread number a step, while it lasts and names a
  // thread that can run; then the seed.
  DeterministicSchedule(std::vector<size_t> script, uint64_t seed);
  DeterministicSchedule(const DeterministicSchedule&) = delete;
  DeterministicSchedule& operator=(const DeterministicSchedule&) = delete;

  // Adds a thread; the first is number 0. REQUIRES: before Run().
  size_t Spawn(std::function<void()> body);

  // Suspends `thread` when it has made `step` operations and is about to make
  // the next, until every other thread is done.
  void SuspendAt(size_t thread, uint64_t step);

  // Beyond this many steps the run counts as stuck and suspended threads are
  // let go. Default 200,000.
  void set_steps_max(uint64_t steps) { steps_max_ = steps; }

  // Runs all threads to their end. Call once. A body must not block on anything
  // but the atomics.
  Outcome Run();

  // A point at which threads may switch. Does nothing outside of a schedule.
  static void Step();

  // Draws from the schedule's seed: true once in `n`; false outside of a
  // schedule.
  static bool OneIn(uint64_t n);

 private:
  struct Thread {
    std::unique_ptr<Fiber> fiber;
    uint64_t steps = 0;
    uint64_t suspend_at = ~uint64_t{0};
    bool suspended = false;
    bool done = false;
  };

  [[noreturn]] void EndThread(size_t self);
  void StepOf(size_t self);
  size_t ChooseNext(size_t self);
  bool Runnable(size_t thread) const;
  bool ReleaseSuspended();
  uint64_t Random();

  std::vector<size_t> script_;
  uint64_t random_state_;
  uint64_t switch_one_in_;
  std::map<size_t, uint64_t> suspensions_;
  uint64_t steps_max_ = 200'000;
  std::vector<Thread> threads_;
  Fiber* caller_ = nullptr;  // of Run()
  size_t running_ = 0;
  size_t done_ = 0;
  Outcome outcome_;
};

// Atomics whose every operation is a scheduling point before it takes effect.
// compare_exchange_weak also fails spuriously now and then.
struct DeterministicAtomics {
  static constexpr bool kAsymmetricPin = false;

  template <typename T>
  class Atomic {
   public:
    constexpr Atomic() noexcept : value_(T()) {}
    constexpr Atomic(T value) noexcept : value_(value) {}
    Atomic(const Atomic&) = delete;
    Atomic& operator=(const Atomic&) = delete;

    T load(std::memory_order order) const {
      DeterministicSchedule::Step();
      return value_.load(order);
    }
    void store(T value, std::memory_order order) {
      DeterministicSchedule::Step();
      value_.store(value, order);
    }
    T exchange(T value, std::memory_order order) {
      DeterministicSchedule::Step();
      return value_.exchange(value, order);
    }
    bool compare_exchange_strong(T& expected, T desired,
                                 std::memory_order success,
                                 std::memory_order failure) {
      DeterministicSchedule::Step();
      return value_.compare_exchange_strong(expected, desired, success,
                                            failure);
    }
    bool compare_exchange_strong(T& expected, T desired,
                                 std::memory_order order) {
      DeterministicSchedule::Step();
      return value_.compare_exchange_strong(expected, desired, order);
    }
    bool compare_exchange_weak(T& expected, T desired,
                               std::memory_order success,
                               std::memory_order failure) {
      if (FailsSpuriously(expected, failure)) return false;
      return value_.compare_exchange_strong(expected, desired, success,
                                            failure);
    }
    bool compare_exchange_weak(T& expected, T desired,
                               std::memory_order order) {
      if (FailsSpuriously(expected, std::memory_order_seq_cst)) return false;
      return value_.compare_exchange_strong(expected, desired, order);
    }
    template <typename D>
    T fetch_add(D delta, std::memory_order order) {
      DeterministicSchedule::Step();
      return value_.fetch_add(delta, order);
    }
    template <typename D>
    T fetch_sub(D delta, std::memory_order order) {
      DeterministicSchedule::Step();
      return value_.fetch_sub(delta, order);
    }
    T fetch_or(T bits, std::memory_order order) {
      DeterministicSchedule::Step();
      return value_.fetch_or(bits, order);
    }
    T fetch_and(T bits, std::memory_order order) {
      DeterministicSchedule::Step();
      return value_.fetch_and(bits, order);
    }

   private:
    bool FailsSpuriously(T& expected, std::memory_order failure) {
      DeterministicSchedule::Step();
      if (!DeterministicSchedule::OneIn(8)) return false;
      expected = value_.load(failure);
      return true;
    }

    std::atomic<T> value_;
  };
};

}  // namespace tollgate

#endif  // TOLLGATE_TESTS_SUPPORT_DETERMINISTIC_SCHEDULE_H_
