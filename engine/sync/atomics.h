// The atomic types that the lock-free structures are written against.
//
// A structure that must be tested under deterministic interleavings takes a
// parameter `Atomics` and declares its shared words as
// `typename Atomics::template Atomic<T>`. Production code uses StdAtomics,
// which is std::atomic and nothing else; tests use DeterministicAtomics of
// tests/support/deterministic_schedule.h, whose every operation is a point at
// which a scheduler may switch threads.
//
// Atomics must offer: load, store, exchange, compare_exchange_strong and _weak,
// fetch_add, fetch_sub, fetch_or, fetch_and, each with explicit memory orders.
// No std::atomic_thread_fence: ThreadSanitizer does not understand it, so no
// argument in this engine rests on one.

#ifndef TOLLGATE_ENGINE_SYNC_ATOMICS_H_
#define TOLLGATE_ENGINE_SYNC_ATOMICS_H_

#include <atomic>
#include <cstdint>

#include "absl/base/config.h"

namespace tollgate {

struct StdAtomics {
  template <typename T>
  using Atomic = std::atomic<T>;

  // Whether an epoch pin may be a plain store, its barrier being supplied by
  // the collector through the kernel (engine/sync/process_barrier.h).
  // ThreadSanitizer cannot see such a barrier.
#if defined(ABSL_HAVE_THREAD_SANITIZER)
  static constexpr bool kAsymmetricPin = false;
#else
  static constexpr bool kAsymmetricPin = true;
#endif
};

// What the structures above assume of the machine: a word of state is one
// instruction, not a hidden lock, which would block others while its holder is
// suspended.
static_assert(std::atomic<uint64_t>::is_always_lock_free);
static_assert(std::atomic<uint32_t>::is_always_lock_free);
static_assert(std::atomic<void*>::is_always_lock_free);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_SYNC_ATOMICS_H_
