// The out-of-line half of engine/sync/epoch.h, which alone includes it: what is
// not on the hot path. The argument that it rests on is there.

#ifndef TOLLGATE_ENGINE_SYNC_EPOCH_IMPL_H_
#define TOLLGATE_ENGINE_SYNC_EPOCH_IMPL_H_

namespace tollgate {

template <typename A>
void BasicEpochDomain<A>::BagList::Append(Bag* first, Bag* last) {
  if (tail == nullptr) {
    head = first;
  } else {
    tail->next = first;
  }
  tail = last;
}

template <typename A>
typename BasicEpochDomain<A>::Bag* BasicEpochDomain<A>::BagList::PopFront() {
  Bag* bag = head;
  head = bag->next;
  if (head == nullptr) tail = nullptr;
  bag->next = nullptr;
  return bag;
}

template <typename A>
BasicEpochDomain<A>::~BasicEpochDomain() {
  // Deleters may not retire here: there are no participants left.
  // Relaxed, here and below: the caller has made all participants leave before,
  // and whatever told it so ordered their writes before this.
  BagList bags;
  bags.head = orphans_.load(std::memory_order_relaxed);
  DeleteBags(bags);
  SlotBlock* block = blocks_.load(std::memory_order_relaxed);
  while (block != nullptr) {
    for (Slot& slot : block->slots) {
      assert(!slot.taken.load(std::memory_order_relaxed));
      delete slot.spare;
    }
    delete std::exchange(block, block->next);
  }
}

template <typename A>
void BasicEpochDomain<A>::DeleteBags(BagList bags) {
  while (bags.head != nullptr) {
    Bag* bag = bags.PopFront();
    for (size_t i = 0; i < bag->count; ++i) {
      bag->items[i].deleter(bag->items[i].context, bag->items[i].object);
    }
    delete bag;
  }
}

template <typename A>
typename BasicEpochDomain<A>::Participant BasicEpochDomain<A>::Register() {
  Slot* slot = TakeFreeSlot();
  if (slot == nullptr) slot = AddSlotBlock();
  // Pairs with the fetch_add in Collect (F7).
  epoch_.fetch_add(0, std::memory_order_acq_rel);
  return Participant(this, slot);
}

template <typename A>
typename BasicEpochDomain<A>::Slot* BasicEpochDomain<A>::TakeFreeSlot() {
  // Pairs with the release push in AddSlotBlock.
  SlotBlock* block = blocks_.load(std::memory_order_acquire);
  for (; block != nullptr; block = block->next) {
    for (Slot& slot : block->slots) {
      bool taken = false;
      // Acquire pairs with the release store in Leave: the private fields have
      // changed hands. Relaxed on failure: nothing is read through it.
      if (slot.taken.compare_exchange_strong(taken, true,
                                             std::memory_order_acquire,
                                             std::memory_order_relaxed)) {
        return &slot;
      }
    }
  }
  return nullptr;
}

template <typename A>
typename BasicEpochDomain<A>::Slot* BasicEpochDomain<A>::AddSlotBlock() {
  auto* block = new SlotBlock;
  // Relaxed: only makes the numbers distinct.
  const size_t base =
      slot_count_.fetch_add(kSlotsPerBlock, std::memory_order_relaxed);
  for (size_t i = 0; i < kSlotsPerBlock; ++i) block->slots[i].index = base + i;
  // Relaxed: nobody else sees the block before it is pushed.
  block->slots[0].taken.store(true, std::memory_order_relaxed);
  block->next = blocks_.load(std::memory_order_relaxed);
  // Release pairs with the acquire loads of blocks_; relaxed on failure, since
  // the value is only stored as `next`, whose content an earlier push released
  // and this release sequence carries on.
  while (!blocks_.compare_exchange_weak(block->next, block,
                                        std::memory_order_release,
                                        std::memory_order_relaxed)) {
  }
  return &block->slots[0];
}

template <typename A>
void BasicEpochDomain<A>::Leave(Slot* slot) {
  assert(slot->depth == 0);
  Collect(*slot);
  SealOpenBag(*slot);
  const BagList left = std::exchange(slot->sealed, BagList{});
  // Relaxed: counters for Stats(), which promises no more than each by itself.
  // The orphans' are raised first so that no byte is missing in between.
  const size_t objects = slot->retired_objects.load(std::memory_order_relaxed);
  const size_t bytes = slot->retired_bytes.load(std::memory_order_relaxed);
  orphan_objects_.fetch_add(objects, std::memory_order_relaxed);
  orphan_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  slot->retired_objects.store(0, std::memory_order_relaxed);
  slot->retired_bytes.store(0, std::memory_order_relaxed);
  if (left.head != nullptr) PushOrphans(left);
  // Pairs with the acquire in TakeFreeSlot.
  slot->taken.store(false, std::memory_order_release);
}

template <typename A>
void BasicEpochDomain<A>::PushOrphans(BagList bags) {
  // Relaxed: the head is only stored as `next`, and the take is of the whole
  // list by acquire, which the release sequence of all pushes reaches.
  bags.tail->next = orphans_.load(std::memory_order_relaxed);
  // Release pairs with the exchange in AdoptOrphans (F8).
  while (!orphans_.compare_exchange_weak(bags.tail->next, bags.head,
                                         std::memory_order_release,
                                         std::memory_order_relaxed)) {
  }
}

template <typename A>
void BasicEpochDomain<A>::AdoptOrphans(Slot& slot) {
  // Relaxed: a glance that saves the exchange; the exchange orders.
  if (orphans_.load(std::memory_order_relaxed) == nullptr) return;
  // Acquire pairs with the release in PushOrphans (F8).
  Bag* first = orphans_.exchange(nullptr, std::memory_order_acquire);
  if (first == nullptr) return;
  size_t objects = 0;
  size_t bytes = 0;
  Bag* last = first;
  for (Bag* bag = first; bag != nullptr; last = bag, bag = bag->next) {
    bag->tag = kNobody;  // SealOpenBag gives it a tag of its own
    objects += bag->count;
    for (size_t i = 0; i < bag->count; ++i) bytes += bag->items[i].bytes;
  }
  slot.sealed.Append(first, last);
  AddOwned(slot.retired_objects, objects);
  AddOwned(slot.retired_bytes, bytes);
  // Relaxed: counters, see Leave.
  orphan_objects_.fetch_sub(objects, std::memory_order_relaxed);
  orphan_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
}

// Relaxed load and store instead of an addition: only the owner writes.
template <typename A>
void BasicEpochDomain<A>::AddOwned(Atomic<size_t>& counter, size_t delta) {
  counter.store(counter.load(std::memory_order_relaxed) + delta,
                std::memory_order_relaxed);
}

template <typename A>
void BasicEpochDomain<A>::Retire(Participant& participant, void* object,
                                 Deleter deleter, void* context, size_t bytes) {
  Slot& slot = *participant.slot_;
  if (slot.open == nullptr) {
    slot.open =
        slot.spare != nullptr ? std::exchange(slot.spare, nullptr) : new Bag;
  }
  slot.open->items[slot.open->count++] = {object, deleter, context, bytes};
  AddOwned(slot.retired_objects, 1);
  AddOwned(slot.retired_bytes, bytes);
  if (slot.open->count == kBagItems) Collect(slot);
}

// Moves the open bag behind the tagged ones; its tag is set by the caller.
template <typename A>
void BasicEpochDomain<A>::SealOpenBag(Slot& slot) {
  if (slot.open == nullptr) return;
  slot.open->tag = kNobody;
  slot.sealed.Append(slot.open, slot.open);
  slot.open = nullptr;
}

template <typename A>
size_t BasicEpochDomain<A>::Collect(Slot& slot) {
  if (slot.collecting) {  // a deleter retired
    SealOpenBag(slot);    // the next collection tags it
    return 0;
  }
  AdoptOrphans(slot);
  SealOpenBag(slot);
  if (slot.sealed.head == nullptr) return 0;
  // Release publishes the unlinks, acquire continues the chain (F1, F7).
  const uint64_t tag = epoch_.fetch_add(1, std::memory_order_acq_rel);
  for (Bag* bag = slot.sealed.head; bag != nullptr; bag = bag->next) {
    if (bag->tag == kNobody) bag->tag = tag;
  }
  slot.collecting = true;
  const size_t freed = FreeOlderThan(slot, OldestPinned());
  slot.collecting = false;
  return freed;
}

// Returns the lowest epoch that a participant is pinned at, kNobody if none is,
// or 0, which frees nothing, if the barrier failed.
template <typename A>
uint64_t BasicEpochDomain<A>::OldestPinned() {
  if (asymmetric_ && !ProcessBarrier()) return 0;
  uint64_t oldest = kNobody;
  // Acquire pairs with the push in AddSlotBlock; blocks pushed later: F7.
  SlotBlock* block = blocks_.load(std::memory_order_acquire);
  for (; block != nullptr; block = block->next) {
    for (Slot& slot : block->slots) {
      // Acquire pairs with the end of a guard (F6). Strong: also release, and
      // a read-modify-write, for the exchange in PinOutermost (F5).
      const uint64_t pinned =
          asymmetric_ ? slot.pinned.load(std::memory_order_acquire)
                      : slot.pinned.fetch_or(0, std::memory_order_acq_rel);
      if (pinned != kNotPinned && pinned < oldest) oldest = pinned;
    }
  }
  return oldest;
}

template <typename A>
size_t BasicEpochDomain<A>::FreeOlderThan(Slot& slot, uint64_t oldest_pinned) {
  size_t freed = 0;
  while (slot.sealed.head != nullptr && slot.sealed.head->tag < oldest_pinned) {
    freed += FreeBag(slot, slot.sealed.PopFront());
  }
  return freed;
}

template <typename A>
size_t BasicEpochDomain<A>::FreeBag(Slot& slot, Bag* bag) {
  const size_t count = bag->count;
  size_t bytes = 0;
  for (size_t i = 0; i < count; ++i) {
    bytes += bag->items[i].bytes;
    bag->items[i].deleter(bag->items[i].context, bag->items[i].object);
  }
  AddOwned(slot.retired_objects, size_t{0} - count);
  AddOwned(slot.retired_bytes, size_t{0} - bytes);
  bag->count = 0;
  if (slot.spare == nullptr) {
    slot.spare = bag;
  } else {
    delete bag;
  }
  return count;
}

template <typename A>
EpochStats BasicEpochDomain<A>::Stats() const {
  EpochStats stats;
  // Relaxed throughout but for the list: figures for people, from which nothing
  // about memory is concluded.
  stats.epoch = epoch_.load(std::memory_order_relaxed);
  stats.asymmetric = asymmetric_;
  stats.retired_objects = orphan_objects_.load(std::memory_order_relaxed);
  stats.retired_bytes = orphan_bytes_.load(std::memory_order_relaxed);
  uint64_t oldest = stats.epoch;
  // Acquire pairs with the push in AddSlotBlock.
  const SlotBlock* block = blocks_.load(std::memory_order_acquire);
  for (; block != nullptr; block = block->next) {
    for (const Slot& slot : block->slots) {
      stats.participants += slot.taken.load(std::memory_order_relaxed);
      stats.retired_objects +=
          slot.retired_objects.load(std::memory_order_relaxed);
      stats.retired_bytes += slot.retired_bytes.load(std::memory_order_relaxed);
      const uint64_t pinned = slot.pinned.load(std::memory_order_relaxed);
      if (pinned == kNotPinned) continue;
      ++stats.pinned;
      if (pinned < oldest) {
        oldest = pinned;
        stats.oldest_index = slot.index;
      }
    }
  }
  stats.oldest_lag = stats.epoch - oldest;
  return stats;
}

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_SYNC_EPOCH_IMPL_H_
