#include "tests/support/deterministic_schedule.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace tollgate {
namespace {

// The schedule that runs; null when none does.
thread_local DeterministicSchedule* current_schedule = nullptr;

}  // namespace

DeterministicSchedule::DeterministicSchedule(std::vector<size_t> script,
                                             uint64_t seed)
    : script_(std::move(script)),
      random_state_(seed * 0x9E3779B97F4A7C15u + 1),
      switch_one_in_(0) {
  switch_one_in_ = uint64_t{1} << (Random() % 4);
}

size_t DeterministicSchedule::Spawn(std::function<void()> body) {
  const size_t self = threads_.size();
  threads_.push_back(
      {.fiber = std::make_unique<Fiber>([this, self, body = std::move(body)] {
         body();
         EndThread(self);
       })});
  return self;
}

void DeterministicSchedule::SuspendAt(size_t thread, uint64_t step) {
  suspensions_[thread] = step;
}

DeterministicSchedule::Outcome DeterministicSchedule::Run() {
  for (const auto& [thread, step] : suspensions_) {
    threads_.at(thread).suspend_at = step;
  }
  Fiber caller;
  caller_ = &caller;
  current_schedule = this;
  running_ = ChooseNext(0);
  caller.SwitchTo(*threads_[running_].fiber);
  current_schedule = nullptr;
  for (const Thread& thread : threads_) outcome_.steps.push_back(thread.steps);
  return std::move(outcome_);
}

// The thread's body is over: another one goes on, or the caller.
void DeterministicSchedule::EndThread(size_t self) {
  Fiber& fiber = *threads_[self].fiber;
  threads_[self].done = true;
  if (++done_ == threads_.size()) fiber.EndIn(*caller_);
  running_ = ChooseNext(self);
  fiber.EndIn(*threads_[running_].fiber);
}

void DeterministicSchedule::Step() {
  if (current_schedule != nullptr) {
    current_schedule->StepOf(current_schedule->running_);
  }
}

bool DeterministicSchedule::OneIn(uint64_t n) {
  return current_schedule != nullptr && current_schedule->Random() % n == 0;
}

void DeterministicSchedule::StepOf(size_t self) {
  Thread& thread = threads_[self];
  if (thread.steps == thread.suspend_at) {
    thread.suspend_at = ~uint64_t{0};
    thread.suspended = outcome_.suspended = true;
  }
  running_ = ChooseNext(self);
  if (running_ != self) thread.fiber->SwitchTo(*threads_[running_].fiber);
  ++thread.steps;
  outcome_.trace.push_back(self);
  if (outcome_.trace.size() == steps_max_) {
    outcome_.others_finished = false;
    ReleaseSuspended();
  }
  if (outcome_.trace.size() > 2 * steps_max_) {
    std::fprintf(stderr, "DeterministicSchedule: threads run for ever\n");
    std::abort();
  }
}

// REQUIRES: some thread is not done.
size_t DeterministicSchedule::ChooseNext(size_t self) {
  const size_t step = outcome_.trace.size();
  if (step < script_.size() && Runnable(script_[step])) return script_[step];
  if (Runnable(self) && Random() % switch_one_in_ != 0) return self;
  std::vector<size_t> runnable;
  for (size_t i = 0; i < threads_.size(); ++i) {
    if (Runnable(i)) runnable.push_back(i);
  }
  if (!runnable.empty()) return runnable[Random() % runnable.size()];
  ReleaseSuspended();
  return ChooseNext(self);
}

bool DeterministicSchedule::Runnable(size_t thread) const {
  return thread < threads_.size() && !threads_[thread].done &&
         !threads_[thread].suspended;
}

bool DeterministicSchedule::ReleaseSuspended() {
  bool any = false;
  for (Thread& thread : threads_) {
    any |= thread.suspended;
    thread.suspended = false;
  }
  return any;
}

// SplitMix64.
uint64_t DeterministicSchedule::Random() {
  uint64_t z = (random_state_ += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

}  // namespace tollgate
