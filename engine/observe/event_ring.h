// A ring of events from one thread to another, which never makes the one that
// writes wait: when it is full, events are dropped and counted.
//
//   if (Event* event = ring.Begin()) { ...fill it...; ring.Commit(); }  // one
//   while (const Event* event = ring.Front()) { ...; ring.Pop(); }    // other
//
// Thread-safety: one producer, one consumer; both may be handed on between
// threads that synchronise. dropped() from any thread. Wait-free.
// Ownership: events are values, written in place; what Begin returns is as
// memory came, or an earlier event left it: construct or fill all of it. Cost:
// two loads and a store on either side; memory for `capacity` events, touched
// as it is used. Errors: none.
//
// E1. head_ is written by the producer only, tail_ by the consumer only; both
//     only grow. An event belongs to the consumer while tail <= its number <
//     head, and to the producer otherwise.
// E2. Commit releases what was written; Front acquires it. Pop releases what
//     was read; Begin acquires that before it gives the place away again.

#ifndef TOLLGATE_ENGINE_OBSERVE_EVENT_RING_H_
#define TOLLGATE_ENGINE_OBSERVE_EVENT_RING_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>

#include "engine/base/cacheline.h"
#include "engine/sync/atomics.h"

namespace tollgate {

template <typename Event, typename Atomics = StdAtomics>
class EventRing {
  static_assert(std::is_trivially_copyable_v<Event> &&
                    std::is_trivially_destructible_v<Event> &&
                    alignof(Event) <= alignof(std::max_align_t),
                "events live in memory that nobody has touched");

 public:
  explicit EventRing(size_t capacity)
      : mask_(std::bit_ceil(capacity) - 1),
        events_(
            static_cast<Event*>(::operator new((mask_ + 1) * sizeof(Event)))) {}
  EventRing(const EventRing&) = delete;
  EventRing& operator=(const EventRing&) = delete;
  ~EventRing() { ::operator delete(events_); }

  // The place for the next event; null, and a drop counted, when it is full.
  Event* Begin() {
    // Relaxed: this thread's own (E1).
    const uint64_t head = head_.load(std::memory_order_relaxed);
    if (head - tail_.load(std::memory_order_acquire) > mask_) {  // E2
      // Relaxed: a count, which this thread alone writes.
      dropped_.store(dropped_.load(std::memory_order_relaxed) + 1,
                     std::memory_order_relaxed);
      return nullptr;
    }
    return &events_[head & mask_];
  }
  void Commit() {
    head_.store(head_.load(std::memory_order_relaxed) + 1,
                std::memory_order_release);  // E2
  }

  const Event* Front() const {
    const uint64_t tail = tail_.load(std::memory_order_relaxed);        // E1
    if (tail == head_.load(std::memory_order_acquire)) return nullptr;  // E2
    return &events_[tail & mask_];
  }
  void Pop() {
    tail_.store(tail_.load(std::memory_order_relaxed) + 1,
                std::memory_order_release);  // E2
  }

  uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  using Word = typename Atomics::template Atomic<uint64_t>;

  const uint64_t mask_;
  Event* const events_;
  alignas(kContendedBytes) Word head_{0};
  Word dropped_{0};
  alignas(kContendedBytes) Word tail_{0};
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_OBSERVE_EVENT_RING_H_
