// Safe memory reclamation for lock-free structures: memory that a writer has
// unlinked is freed when no reader can still be looking at it.
//
//   EpochDomain domain;
//   EpochDomain::Participant participant = domain.Register();   // per thread
//   {
//     auto guard = participant.Pin();
//     use(shared.load(std::memory_order_acquire));   // stays valid in here
//   }
//   domain.Retire(participant, old, DeleteOld, context, sizeof *old);
//
// Use it for read-mostly structures shared by long-lived threads. Do not hold a
// guard across blocking work: it delays the freeing of everything retired
// since, by anybody. It delays memory only: no operation here ever waits for
// another thread, and Stats() names the participant that holds memory back.
//
// Thread-safety: EpochDomain from any thread; a Participant and its Guards from
// one thread at a time. A Participant may be moved, also while pinned.
// Ownership: the domain must outlive its participants; on destruction it frees
// all that is still retired, so a deleter's context must stay valid until then,
// or count its objects (as engine/sync/slab.h does). A participant that leaves
// hands what it has not freed yet to the domain; the next collector adopts it.
// Cost: Pin and unpin together about 1 ns (BM_Epoch_Pin; strong: 8 ns): a load
// of a line that changes only when somebody collects, and two plain stores to a
// line of one's own. Retire appends to a private list; one in kBagItems
// collects, which costs 0.2 to 2 microseconds and a look at every participant.
// Register allocates when all slots are taken, Retire 4 KiB a bag.
// Errors: none. If the kernel withdraws the process barrier, Collect frees
// nothing, and Stats() shows the retired bytes growing.
//
// Implementation
//
// `epoch` counts collections. A pinned participant publishes the epoch that it
// read when it pinned; 0 means not pinned. States of a slot's `pinned` word:
//   0 -> e       Pin, outermost       (owner)
//   e -> 0       last guard ends      (owner)
// States of a slot: free -> taken (compare-exchange in Register) -> free (store
// in Leave). Slots live until the domain ends and are reused.
// A bag is private to a participant, or on the list of orphans, which is only
// ever taken whole, so its compare-exchange cannot meet a reused head.
//
// Why an object X, retired by participant R, is freed only after every reader
// that could reach it is done. Let "unlink" be the write after which no new
// reader finds X; it is sequenced before Retire, hence before the fetch_add in
// Collect that gives X's bag its tag r (the value before the addition).
//
// F1. Every modification of `epoch` is an acquire-release read-modify-write, so
//     a thread that reads a value > r in an acquire load synchronises with
//     R's fetch_add, and sees the unlink from then on.
// F2. A reader pinned at e read e from `epoch` (acquire) before its section. If
//     e > r it cannot reach X, by F1.
// F3. Collect frees X only if every `pinned` word that it read was 0 or > r.
// F4. If Collect read the word that the reader's Pin stored, X is safe: the
//     word is > r, and F2 holds.
// F5. If Collect read an older value of the word (the reader pinned later), the
//     reader sees the unlink nevertheless:
//     strong: Pin is an exchange and Collect reads by a read-modify-write, both
//       acquire-release. The value that Collect read was 0, stored by the
//       section before (or the slot's birth), and the next modification by the
//       owner is the exchange of Pin, which therefore reads from Collect or
//       from a later collector's read-modify-write that continues its release
//       sequence: it synchronises with Collect. Or the value was a pin > r of
//       an earlier section of that slot; then the later pin is at least as
//       large, since both were read from `epoch` in happens-before order (a new
//       owner of the slot synchronises with the old one through `taken`): F2.
//     asymmetric: between the store of Pin and the loads of the section stands
//       a compiler barrier, and Collect executes ProcessBarrier() after the
//       fetch_add and before reading the words. The barrier falls into the
//       reader's instruction stream either before its section's loads, which
//       then see the unlink, or after the store of Pin, which Collect then
//       reads (F4).
// F6. If Collect read a newer value, or the 0 stored when the section ended,
//     the release store that ended the section happens before Collect's acquire
//     read, hence before the free: the reader was done.
// F7. A slot that Collect did not see at all, being in a block pushed later, is
//     an F5 case: Register ends with a read-modify-write of `epoch`. If that
//     comes before Collect's, Collect sees the block; otherwise Register, and
//     with it every pin of the slot, synchronises with Collect.
// F8. Bags change hands by a release push and an acquire take of the orphans,
//     and the adopter tags them anew, so F1-F7 hold with the adopter as R.
// F9. A reader pinned at e holds back only what was tagged at or after e: all
//     that was tagged before it pinned is freed though it never unpins.
// F10. Nobody waits: Pin, unpin and Retire have no loop; Collect is one pass
//     over the slots and over the bags it frees; the compare-exchange loops of
//     Register and Leave repeat only when another thread's has succeeded.

#ifndef TOLLGATE_ENGINE_SYNC_EPOCH_H_
#define TOLLGATE_ENGINE_SYNC_EPOCH_H_

#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>

#include "engine/base/cacheline.h"
#include "engine/sync/atomics.h"
#include "engine/sync/process_barrier.h"

namespace tollgate {

// A snapshot for operators; each field is exact by itself.
struct EpochStats {
  uint64_t epoch = 0;          // collections so far, plus one
  size_t participants = 0;     // registered now
  size_t pinned = 0;           // of them, inside a guard
  uint64_t oldest_lag = 0;     // collections since the oldest guard began
  size_t oldest_index = 0;     // who holds it: Participant::index()
  size_t retired_objects = 0;  // not freed yet
  size_t retired_bytes = 0;    // as declared to Retire
  bool asymmetric = false;     // Pin leaves the barrier to the collector
};

template <typename Atomics>
class BasicEpochDomain {
  struct Slot;
  struct Bag;

 public:
  // Frees `object`; `context` is the pointer that was given to Retire.
  using Deleter = void (*)(void* context, void* object);

  class Participant;

  // Keeps everything valid that was reachable when it began. Guards nest.
  class [[nodiscard]] Guard {
   public:
    Guard(Guard&& other) noexcept
        : slot_(std::exchange(other.slot_, nullptr)) {}
    Guard& operator=(Guard&&) = delete;
    ~Guard() {
      if (slot_ != nullptr && --slot_->depth == 0) {
        // Pairs with the acquire read in OldestPinned (F6).
        slot_->pinned.store(0, std::memory_order_release);
      }
    }

   private:
    friend class Participant;
    explicit Guard(Slot* slot) : slot_(slot) {}
    Slot* slot_;
  };

  // A thread's membership. Empty after having been moved from.
  class Participant {
   public:
    Participant() = default;
    Participant(Participant&& other) noexcept
        : domain_(std::exchange(other.domain_, nullptr)),
          slot_(std::exchange(other.slot_, nullptr)) {}
    Participant& operator=(Participant&& other) noexcept {
      std::swap(domain_, other.domain_);
      std::swap(slot_, other.slot_);
      return *this;
    }
    // REQUIRES: no guard is held.
    ~Participant() {
      if (slot_ != nullptr) domain_->Leave(slot_);
    }

    Guard Pin() {
      if (slot_->depth++ == 0) domain_->PinOutermost(*slot_);
      return Guard(slot_);
    }

    bool pinned() const { return slot_->depth != 0; }

    // Retires `object`, which new readers can no longer reach: frees it by
    // `deleter(context, object)` once no guard can hold it. `bytes` is for the
    // statistics. May run deleters of objects retired earlier, which may
    // retire in turn. Legal inside and outside of a guard.
    void Retire(void* object, Deleter deleter, void* context, size_t bytes) {
      domain_->Retire(*this, object, deleter, context, bytes);
    }

    // Frees what can be freed; returns how many objects that were. Also adopts
    // what participants that left could not free. Never waits.
    size_t Collect() { return domain_->Collect(*slot_); }

    // A small number, unique among the current participants and reused when
    // they leave; for choosing stripes and for reports.
    size_t index() const { return slot_->index; }

    BasicEpochDomain& domain() const { return *domain_; }

   private:
    friend class BasicEpochDomain;
    Participant(BasicEpochDomain* domain, Slot* slot)
        : domain_(domain), slot_(slot) {}

    BasicEpochDomain* domain_ = nullptr;
    Slot* slot_ = nullptr;
  };

  BasicEpochDomain() : asymmetric_(ChooseAsymmetric()) {}
  // For tests and for sandboxes that will forbid membarrier(2) later:
  // `strong_pins` makes every Pin pay for its own barrier.
  explicit BasicEpochDomain(bool strong_pins)
      : asymmetric_(!strong_pins && ChooseAsymmetric()) {}
  BasicEpochDomain(const BasicEpochDomain&) = delete;
  BasicEpochDomain& operator=(const BasicEpochDomain&) = delete;
  // REQUIRES: every participant has left.
  ~BasicEpochDomain();

  // Makes the calling thread a participant. Lock-free; a suspended registration
  // or departure delays nobody.
  Participant Register();

  // See Participant::Retire.
  void Retire(Participant& participant, void* object, Deleter deleter,
              void* context, size_t bytes);

  // Walks all slots without disturbing them. For the control path.
  EpochStats Stats() const;

  // Objects in a bag; as many retirements cause a collection.
  static constexpr size_t kBagItems = 126;

 private:
  static constexpr uint64_t kNotPinned = 0;
  static constexpr uint64_t kNobody = std::numeric_limits<uint64_t>::max();
  static constexpr size_t kSlotsPerBlock = 16;

  template <typename T>
  using Atomic = typename Atomics::template Atomic<T>;

  struct Retired {
    void* object;
    Deleter deleter;
    void* context;
    size_t bytes;
  };

  // Objects retired one after the other by one participant.
  struct Bag {
    Bag* next = nullptr;
    uint64_t tag = 0;
    size_t count = 0;
    Retired items[kBagItems];
  };
  static_assert(sizeof(Bag) <= 4096, "a bag is a page, not a page and a bit");

  // First in, first out; tags ascend.
  struct BagList {
    Bag* head = nullptr;
    Bag* tail = nullptr;
    void Append(Bag* first, Bag* last);
    Bag* PopFront();
  };

  struct alignas(kContendedBytes) Slot {
    // Written by the owner at every pin, read by collectors.
    Atomic<uint64_t> pinned{kNotPinned};
    uint32_t depth = 0;
    bool collecting = false;
    size_t index = 0;

    // Written by the owner when it retires; read by Stats().
    alignas(kContendedBytes) Bag* open = nullptr;  // not tagged yet
    BagList sealed;                                // tagged
    Bag* spare = nullptr;
    Atomic<size_t> retired_objects{0};
    Atomic<size_t> retired_bytes{0};
    Atomic<bool> taken{false};
  };

  struct SlotBlock {
    Slot slots[kSlotsPerBlock];
    SlotBlock* next = nullptr;
  };

  static bool ChooseAsymmetric() {
    if constexpr (Atomics::kAsymmetricPin) return RegisterProcessBarrier();
    return false;
  }

  void PinOutermost(Slot& slot) {
    // Pairs with the fetch_add in Collect (F1).
    const uint64_t epoch = epoch_.load(std::memory_order_acquire);
    if constexpr (Atomics::kAsymmetricPin) {
      if (asymmetric_) [[likely]] {
        // Pairs with ProcessBarrier() in OldestPinned (F5); release, because a
        // collector that reads it knows the section before to be over (F6).
        slot.pinned.store(epoch, std::memory_order_release);
        std::atomic_signal_fence(std::memory_order_seq_cst);
        return;
      }
    }
    // Pairs with the fetch_or in OldestPinned (F5).
    slot.pinned.exchange(epoch, std::memory_order_acq_rel);
  }

  static void DeleteBags(BagList bags);
  static void AddOwned(Atomic<size_t>& counter, size_t delta);

  Slot* TakeFreeSlot();
  Slot* AddSlotBlock();
  void Leave(Slot* slot);
  void PushOrphans(BagList bags);
  void AdoptOrphans(Slot& slot);
  void SealOpenBag(Slot& slot);
  size_t Collect(Slot& slot);
  uint64_t OldestPinned();
  size_t FreeOlderThan(Slot& slot, uint64_t oldest_pinned);
  static size_t FreeBag(Slot& slot, Bag* bag);

  // Written by every collector, read by every pin.
  alignas(kContendedBytes) Atomic<uint64_t> epoch_{1};

  // Written when participants come, go, or leave something behind.
  alignas(kContendedBytes) Atomic<SlotBlock*> blocks_{nullptr};
  Atomic<size_t> slot_count_{0};
  Atomic<Bag*> orphans_{nullptr};
  Atomic<size_t> orphan_objects_{0};
  Atomic<size_t> orphan_bytes_{0};

  // Never written again.
  alignas(kContendedBytes) const bool asymmetric_;
};

using EpochDomain = BasicEpochDomain<StdAtomics>;

}  // namespace tollgate

#include "engine/sync/epoch_impl.h"  // IWYU pragma: export

#endif  // TOLLGATE_ENGINE_SYNC_EPOCH_H_
