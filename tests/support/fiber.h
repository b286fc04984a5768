// A stack of its own to run a function on, left and gone on with at will.
//
//   Fiber main;
//   Fiber other([&] { ...; other.SwitchTo(main); ...; other.EndIn(main); });
//   main.SwitchTo(other);     // runs `other` until it switches back
//
// Thread-safety: all fibers that switch to each other belong to one thread.
// Ownership: what a fiber is switched to must live until it was left for ever.
// Cost: a switch is a system call (the signal mask), about a microsecond; the
// stack is 256 KiB, touched as it is used. Sanitizers are told of switches.

#ifndef TOLLGATE_TESTS_SUPPORT_FIBER_H_
#define TOLLGATE_TESTS_SUPPORT_FIBER_H_

#include <ucontext.h>

#include <cstddef>
#include <functional>
#include <memory>

namespace tollgate {

class Fiber {
 public:
  // The one that calls, as it runs.
  Fiber();
  // Runs `body` when it is first switched to. `body` must not return: its last
  // act is EndIn.
  explicit Fiber(std::function<void()> body);
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;
  ~Fiber();

  // Leaves this fiber, which is running, for `next`; returns when somebody
  // switches back.
  void SwitchTo(Fiber& next);

  // The same, for ever.
  [[noreturn]] void EndIn(Fiber& next);

 private:
  // Splits a pointer, since makecontext passes ints.
  static void Enter(unsigned high, unsigned low);
  void Arrive(void* fake_stack);

  std::function<void()> body_;
  std::unique_ptr<char[]> stack_;
  ucontext_t context_ = {};

  // For AddressSanitizer, which has to know the stack; of the thread's own it
  // tells it to those that come from there.
  [[maybe_unused]] const void* stack_bottom_ = nullptr;
  [[maybe_unused]] size_t stack_size_ = 0;
  Fiber* from_ = nullptr;  // who switched here

  [[maybe_unused]] void* tsan_fiber_ = nullptr;
};

}  // namespace tollgate

#endif  // TOLLGATE_TESTS_SUPPORT_FIBER_H_
