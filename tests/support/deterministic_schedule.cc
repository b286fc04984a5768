#include "tests/support/deterministic_schedule.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace tollgate {
namespace {

// The schedule that the calling thread belongs to, and its number there.
thread_local DeterministicSchedule* current_schedule = nullptr;
thread_local size_t current_thread = 0;

}  // namespace

DeterministicSchedule::DeterministicSchedule(std::vector<size_t> script,
                                             uint64_t seed)
    : script_(std::move(script)),
      random_state_(seed * 0x9E3779B97F4A7C15u + 1),
      switch_one_in_(0) {
  switch_one_in_ = uint64_t{1} << (Random() % 4);
}

DeterministicSchedule::~DeterministicSchedule() = default;

size_t DeterministicSchedule::Spawn(std::function<void()> body) {
  auto thread = std::make_unique<Thread>();
  thread->body = std::move(body);
  threads_.push_back(std::move(thread));
  return threads_.size() - 1;
}

void DeterministicSchedule::SuspendAt(size_t thread, uint64_t step) {
  suspensions_[thread] = step;
}

DeterministicSchedule::Outcome DeterministicSchedule::Run() {
  {
    std::unique_lock<std::mutex> lock(mutex_);
    running_ = threads_.size();  // nobody, until all exist
    for (const auto& [thread, step] : suspensions_) {
      threads_.at(thread)->suspend_at = step;
    }
    for (size_t i = 0; i < threads_.size(); ++i) {
      threads_[i]->runner = std::thread([this, i] { RunThread(i); });
    }
    running_ = ChooseNext(0);
    threads_[running_]->turn.notify_one();
    all_done_.wait(lock, [this] { return done_ == threads_.size(); });
  }
  for (auto& thread : threads_) {
    thread->runner.join();
    outcome_.steps.push_back(thread->steps);
  }
  return std::move(outcome_);
}

void DeterministicSchedule::RunThread(size_t self) {
  current_schedule = this;
  current_thread = self;
  {
    std::unique_lock<std::mutex> lock(mutex_);
    threads_[self]->turn.wait(lock, [&] { return running_ == self; });
  }
  threads_[self]->body();
  current_schedule = nullptr;
  std::unique_lock<std::mutex> lock(mutex_);
  threads_[self]->done = true;
  if (++done_ == threads_.size()) {
    all_done_.notify_one();
    return;
  }
  running_ = ChooseNext(self);
  threads_[running_]->turn.notify_one();
}

void DeterministicSchedule::Step() {
  if (current_schedule != nullptr) current_schedule->StepOf(current_thread);
}

bool DeterministicSchedule::OneIn(uint64_t n) {
  return current_schedule != nullptr && current_schedule->Random() % n == 0;
}

void DeterministicSchedule::StepOf(size_t self) {
  std::unique_lock<std::mutex> lock(mutex_);
  Thread& thread = *threads_[self];
  if (thread.steps == thread.suspend_at) {
    thread.suspend_at = ~uint64_t{0};
    thread.suspended = outcome_.suspended = true;
  }
  PassTurn(lock, self);
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

void DeterministicSchedule::PassTurn(std::unique_lock<std::mutex>& lock,
                                     size_t self) {
  running_ = ChooseNext(self);
  if (running_ == self) return;
  threads_[running_]->turn.notify_one();
  threads_[self]->turn.wait(lock, [&] { return running_ == self; });
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
  return thread < threads_.size() && !threads_[thread]->done &&
         !threads_[thread]->suspended;
}

bool DeterministicSchedule::ReleaseSuspended() {
  bool any = false;
  for (auto& thread : threads_) {
    any |= thread->suspended;
    thread->suspended = false;
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
