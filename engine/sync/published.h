// One pointer to an immutable snapshot that readers follow without a lock and
// that a writer swaps whole: configuration, key sets, revocation lists.
//
//   auto guard = participant.Pin();
//   const Config& config = *published.Load();     // valid while pinned
//
// Every reader sees one snapshot or the other, never half of each. A snapshot
// that is replaced is deleted when its last reader is gone.
//
// Thread-safety: any thread. Ownership: owns the current snapshot; those it has
// retired belong to the epoch domain. Cost: Load is one load; Publish one
// exchange and a Retire. No operation waits.

#ifndef TOLLGATE_ENGINE_SYNC_PUBLISHED_H_
#define TOLLGATE_ENGINE_SYNC_PUBLISHED_H_

#include <atomic>
#include <memory>
#include <utility>

#include "engine/sync/atomics.h"
#include "engine/sync/epoch.h"

namespace tollgate {

template <typename T, typename Atomics = StdAtomics>
class Published {
 public:
  using Participant = typename BasicEpochDomain<Atomics>::Participant;

  Published() = default;
  explicit Published(std::unique_ptr<const T> initial)
      : current_(initial.release()) {}
  Published(const Published&) = delete;
  Published& operator=(const Published&) = delete;
  // REQUIRES: no guard under which Load was called is held.
  ~Published() {
    // Acquire pairs with the exchange in Publish.
    delete current_.load(std::memory_order_acquire);
  }

  // Returns the current snapshot, null before the first, valid until the
  // caller's outermost guard ends. REQUIRES: the caller is pinned.
  const T* Load() const {
    // Pairs with the exchange in Publish.
    return current_.load(std::memory_order_acquire);
  }

  // Makes `next` the snapshot of every later Load.
  void Publish(Participant& participant, std::unique_ptr<const T> next) {
    // Release pairs with the acquire in Load; acquire with the publisher of
    // what is replaced, whose content the deleter will read.
    const T* old = current_.exchange(next.release(), std::memory_order_acq_rel);
    if (old == nullptr) return;
    participant.Retire(const_cast<T*>(old), Delete, nullptr, sizeof(T));
  }

 private:
  static void Delete(void*, void* snapshot) {
    delete static_cast<const T*>(snapshot);
  }

  typename Atomics::template Atomic<const T*> current_{nullptr};
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_SYNC_PUBLISHED_H_
