#include "tests/support/fiber.h"

#include <cstdint>
#include <cstdlib>
#include <utility>
#include <vector>

#include "absl/base/config.h"

#if defined(ABSL_HAVE_ADDRESS_SANITIZER)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(ABSL_HAVE_THREAD_SANITIZER)
#include <sanitizer/tsan_interface.h>
#endif

namespace tollgate {
namespace {

constexpr size_t kStackBytes = 256 << 10;

// Stacks of fibers that are gone: to map new ones takes longer than most of
// what runs on them.
thread_local std::vector<std::unique_ptr<char[]>> spare_stacks;

std::unique_ptr<char[]> TakeStack() {
  if (spare_stacks.empty()) {
    return std::unique_ptr<char[]>(new char[kStackBytes]);
  }
  std::unique_ptr<char[]> stack = std::move(spare_stacks.back());
  spare_stacks.pop_back();
#if defined(ABSL_HAVE_ADDRESS_SANITIZER)
  // What was left for ever has left its frames' marks.
  ASAN_UNPOISON_MEMORY_REGION(stack.get(), kStackBytes);
#endif
  return stack;
}

}  // namespace

Fiber::Fiber() {
#if defined(ABSL_HAVE_THREAD_SANITIZER)
  tsan_fiber_ = __tsan_get_current_fiber();
#endif
}

Fiber::Fiber(std::function<void()> body)
    : body_(std::move(body)),
      stack_(TakeStack()),
      stack_bottom_(stack_.get()),
      stack_size_(kStackBytes) {
  getcontext(&context_);
  context_.uc_stack.ss_sp = stack_.get();
  context_.uc_stack.ss_size = kStackBytes;
  const auto self = reinterpret_cast<uintptr_t>(this);
  makecontext(&context_, reinterpret_cast<void (*)()>(&Enter), 2,
              static_cast<unsigned>(self >> 32), static_cast<unsigned>(self));
#if defined(ABSL_HAVE_THREAD_SANITIZER)
  tsan_fiber_ = __tsan_create_fiber(0);
#endif
}

Fiber::~Fiber() {
  if (stack_ == nullptr) return;
#if defined(ABSL_HAVE_THREAD_SANITIZER)
  __tsan_destroy_fiber(tsan_fiber_);
#endif
  spare_stacks.push_back(std::move(stack_));
}

void Fiber::Enter(unsigned high, unsigned low) {
  auto* const self =
      reinterpret_cast<Fiber*>(uintptr_t{high} << 32 | uintptr_t{low});
  self->Arrive(nullptr);
  self->body_();
  std::abort();  // It has to end elsewhere.
}

// What is to be done on a stack after a switch to it.
void Fiber::Arrive([[maybe_unused]] void* fake_stack) {
#if defined(ABSL_HAVE_ADDRESS_SANITIZER)
  __sanitizer_finish_switch_fiber(fake_stack, &from_->stack_bottom_,
                                  &from_->stack_size_);
#endif
}

void Fiber::SwitchTo(Fiber& next) {
  next.from_ = this;
  void* fake_stack = nullptr;
#if defined(ABSL_HAVE_ADDRESS_SANITIZER)
  __sanitizer_start_switch_fiber(&fake_stack, next.stack_bottom_,
                                 next.stack_size_);
#endif
#if defined(ABSL_HAVE_THREAD_SANITIZER)
  __tsan_switch_to_fiber(next.tsan_fiber_, 0);
#endif
  // Not swapcontext: AddressSanitizer then forgets all marks of the stack that
  // is switched to.
  volatile bool back = false;
  getcontext(&context_);
  if (!back) {
    back = true;
    setcontext(&next.context_);
  }
  Arrive(fake_stack);
}

void Fiber::EndIn(Fiber& next) {
  next.from_ = this;
#if defined(ABSL_HAVE_ADDRESS_SANITIZER)
  __sanitizer_start_switch_fiber(nullptr, next.stack_bottom_, next.stack_size_);
#endif
#if defined(ABSL_HAVE_THREAD_SANITIZER)
  __tsan_switch_to_fiber(next.tsan_fiber_, 0);
#endif
  setcontext(&next.context_);
  std::abort();  // Not reached.
}

}  // namespace tollgate
