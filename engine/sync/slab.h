// Memory for immutable blocks of a few cache lines: allocated and freed without
// locks, contiguous, aligned to 64 bytes, in 2 MiB pages.
//
// It serves structures that copy on write: a block is filled, published by one
// atomic word, unlinked, and retired through an epoch domain; it comes back to
// the slab when no reader can see it. Not a general allocator: memory is not
// returned to the system before the slab ends, and freed neighbours do not
// merge (the sizes of blocks in use come from a fixed distribution).
//
// Thread-safety: any thread. Lock-free: a thread suspended anywhere in here
// delays nobody.
// Ownership: Create gives one reference; each retired block that waits in the
// epoch domain holds another, so a structure may end before the domain does.
// Cost: about 10 ns a block from a free list; a system call every 2 MiB.
// Errors: out of memory ends the process, as operator new would.
//
// Implementation
//
// A chunk is 2 MiB: a header line, one 32-bit link per line, then lines that
// are handed out in order (`used`). Chunks are numbered; a line's id is
// chunk number * kChunkLines + its place, so a link is 32 bits. Freed blocks of
// n lines stand in the Treiber stack `heads_[n]`, linked through the links, not
// through the blocks: a slow Allocate that still reads the link of a block that
// has been given away meanwhile reads a link, never somebody's record.
//
// S1. A stack cannot hold the same block twice, nor get back a block that a
//     slow Allocate still sees as head ("ABA"): Allocate runs inside a guard;
//     a block that was taken off a stack after the guard began returns to that
//     stack only by Push after a grace period, hence after the guard. The rest
//     of a block that was split has never been in the smaller class before.
// S2. A block's new owner writes it after every reader's last access: end of
//     the reader's guard -> Collect -> Push (release on the head) -> Allocate
//     (acquire on the head); every change of a head is a read-modify-write, so
//     the release sequence does not break.
// S3. A chunk's number is its predecessor's plus one, decided by the winning
//     compare-exchange on `current_`, and everybody who allocates from a chunk
//     enters it into the directory first: a thread suspended between the two
//     leaves no hole.

#ifndef TOLLGATE_ENGINE_SYNC_SLAB_H_
#define TOLLGATE_ENGINE_SYNC_SLAB_H_

#include <array>
#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>

#include "absl/base/config.h"
#include "engine/base/cacheline.h"
#include "engine/sync/atomics.h"
#include "engine/sync/epoch.h"
#include "engine/sync/huge_memory.h"

#if defined(ABSL_HAVE_ADDRESS_SANITIZER)
#include <sanitizer/asan_interface.h>
#endif

namespace tollgate {

template <typename Atomics>
class BasicSlab {
 public:
  using Participant = typename BasicEpochDomain<Atomics>::Participant;

  static constexpr size_t kLineBytes = 64;
  // Longer blocks come from operator new.
  static constexpr size_t kBlockLinesMax = 16;

  static BasicSlab* Create() { return new BasicSlab; }
  BasicSlab(const BasicSlab&) = delete;
  BasicSlab& operator=(const BasicSlab&) = delete;

  // Gives the creator's reference back.
  void Release() { DropReference(); }

  // Returns a block of `lines` lines with arbitrary content.
  // REQUIRES: `participant` is pinned (S1); lines > 0.
  void* Allocate(const Participant& participant, size_t lines);

  // Frees a block that has been reachable, or could have been, once its readers
  // are gone.
  void Retire(Participant& participant, void* block, size_t lines);

  // Frees a block that is not part of a chunk, for a structure that ends; the
  // chunks end with the slab. REQUIRES: nobody else will touch it.
  void FreeIfLarge(void* block, size_t lines);

  // Bytes taken from the system, used or not.
  size_t MemoryBytes() const;

 private:
  template <typename T>
  using Atomic = typename Atomics::template Atomic<T>;

  static constexpr size_t kChunkLines = kHugePageBytes / kLineBytes;
  static constexpr size_t kLinkLines =
      kChunkLines * sizeof(uint32_t) / kLineBytes;
  static constexpr size_t kFirstLine = kLinkLines + 2;
  // 32 GiB of blocks, five hundred million keys; bounds the directory.
  static constexpr size_t kChunksMax = 1 << 14;
  static_assert(kChunksMax * kChunkLines <= uint64_t{1} << 32,
                "an id is 32 bits");

  struct Chunk {
    Atomic<uint32_t> used{kFirstLine};
    uint32_t number = 0;
    alignas(kContendedBytes) Atomic<uint32_t> links[kChunkLines];
  };
  static_assert(sizeof(Chunk) <= kFirstLine * kLineBytes,
                "the header ends before the first line");

  struct alignas(kContendedBytes) Head {
    Atomic<uint32_t> id{0};  // 0: empty; no block has it, it is a header's
  };

  BasicSlab() : directory_(std::make_unique<Atomic<Chunk*>[]>(kChunksMax)) {}
  ~BasicSlab();

  void DropReference();
  void* PopOrSplit(size_t lines);
  void* Pop(size_t lines);
  void Push(void* block, size_t lines);
  void* AllocateFresh(size_t lines);
  void AddChunk(Chunk* after);
  void EnterIntoDirectory(Chunk* chunk);
  Chunk* ChunkOf(uint32_t id) const;
  void* BlockOf(uint32_t id) const;
  static uint32_t IdOf(const void* block);
  static void FreeRetired(void* slab, void* tagged_block);
  [[noreturn]] static void DieOutOfMemory();

  std::array<Head, kBlockLinesMax + 1> heads_;
  alignas(kContendedBytes) Atomic<Chunk*> current_{nullptr};
  alignas(kContendedBytes) Atomic<size_t> references_{1};
  Atomic<size_t> large_bytes_{0};
  const std::unique_ptr<Atomic<Chunk*>[]> directory_;
};

using Slab = BasicSlab<StdAtomics>;

namespace internal {

// Lets AddressSanitizer see an access to a block that nobody owns.
inline void PoisonBlock([[maybe_unused]] void* block,
                        [[maybe_unused]] size_t bytes) {
#if defined(ABSL_HAVE_ADDRESS_SANITIZER)
  ASAN_POISON_MEMORY_REGION(block, bytes);
#endif
}

inline void UnpoisonBlock([[maybe_unused]] void* block,
                          [[maybe_unused]] size_t bytes) {
#if defined(ABSL_HAVE_ADDRESS_SANITIZER)
  ASAN_UNPOISON_MEMORY_REGION(block, bytes);
#endif
}

}  // namespace internal

template <typename A>
BasicSlab<A>::~BasicSlab() {
  // Acquire pairs with the release in AddChunk.
  Chunk* last = current_.load(std::memory_order_acquire);
  if (last == nullptr) return;
  auto unmap = [](Chunk* chunk) {
    internal::UnpoisonBlock(chunk, kHugePageBytes);
    UnmapHuge(chunk, kHugePageBytes);
  };
  for (size_t i = last->number; i-- > 0;) {
    // Acquire pairs with the release in EnterIntoDirectory.
    unmap(directory_[i].load(std::memory_order_acquire));
  }
  unmap(last);  // may be missing in the directory, if nothing came from it
}

template <typename A>
void BasicSlab<A>::DropReference() {
  // Release orders this holder's accesses before the end, acquire the end after
  // all of them; each pairs with the other holders' drops.
  if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

template <typename A>
void* BasicSlab<A>::Allocate(const Participant& participant, size_t lines) {
  assert(participant.pinned());
  (void)participant;
  if (lines > kBlockLinesMax) {
    // Relaxed: a figure for MemoryBytes.
    large_bytes_.fetch_add(lines * kLineBytes, std::memory_order_relaxed);
    return ::operator new (lines* kLineBytes, std::align_val_t{kLineBytes});
  }
  void* block = PopOrSplit(lines);
  if (block == nullptr) block = AllocateFresh(lines);
  internal::UnpoisonBlock(block, lines * kLineBytes);
  return block;
}

template <typename A>
void BasicSlab<A>::Retire(Participant& participant, void* block, size_t lines) {
  if (lines > kBlockLinesMax) {
    // Relaxed: see Allocate; counted as gone when it is retired.
    large_bytes_.fetch_sub(lines * kLineBytes, std::memory_order_relaxed);
    participant.Retire(
        block,
        [](void*, void* large) {
          ::operator delete (large, std::align_val_t{kLineBytes});
        },
        nullptr, lines * kLineBytes);
    return;
  }
  static_assert(kBlockLinesMax < kLineBytes,
                "the size fits into a block's low address bits");
  // Relaxed: the caller's own reference keeps the slab alive meanwhile.
  references_.fetch_add(1, std::memory_order_relaxed);
  participant.Retire(static_cast<char*>(block) + lines, FreeRetired, this,
                     lines * kLineBytes);
}

template <typename A>
void BasicSlab<A>::FreeRetired(void* slab, void* tagged_block) {
  const size_t lines = reinterpret_cast<uintptr_t>(tagged_block) % kLineBytes;
  auto* self = static_cast<BasicSlab*>(slab);
  self->Push(static_cast<char*>(tagged_block) - lines, lines);
  self->DropReference();
}

template <typename A>
void BasicSlab<A>::FreeIfLarge(void* block, size_t lines) {
  if (lines <= kBlockLinesMax) return;
  // Relaxed: see Allocate.
  large_bytes_.fetch_sub(lines * kLineBytes, std::memory_order_relaxed);
  ::operator delete (block, std::align_val_t{kLineBytes});
}

template <typename A>
void* BasicSlab<A>::PopOrSplit(size_t lines) {
  if (void* block = Pop(lines)) return block;
  for (size_t larger = lines + 1; larger <= kBlockLinesMax; ++larger) {
    if (void* block = Pop(larger)) {
      Push(static_cast<char*>(block) + lines * kLineBytes, larger - lines);
      return block;
    }
  }
  return nullptr;
}

template <typename A>
void* BasicSlab<A>::Pop(size_t lines) {
  Atomic<uint32_t>& head = heads_[lines].id;
  // Acquire, here and in the compare-exchange, pairs with the release in Push
  // (S2) and makes the link below visible.
  uint32_t id = head.load(std::memory_order_acquire);
  while (id != 0) {
    // Relaxed: ordered by the acquire above; unchanged while id is head (S1).
    const uint32_t next =
        ChunkOf(id)->links[id % kChunkLines].load(std::memory_order_relaxed);
    if (head.compare_exchange_weak(id, next, std::memory_order_acquire,
                                   std::memory_order_acquire)) {
      return BlockOf(id);
    }
  }
  return nullptr;
}

template <typename A>
void BasicSlab<A>::Push(void* block, size_t lines) {
  internal::PoisonBlock(block, lines * kLineBytes);
  Atomic<uint32_t>& head = heads_[lines].id;
  const uint32_t id = IdOf(block);
  Atomic<uint32_t>& link = ChunkOf(id)->links[id % kChunkLines];
  // Relaxed: the value is only stored as the link; what it names was released
  // by its own push, and the release sequence carries on.
  uint32_t old = head.load(std::memory_order_relaxed);
  do {
    // Relaxed: published by the release below.
    link.store(old, std::memory_order_relaxed);
    // Release pairs with the acquire in Pop (S2).
  } while (!head.compare_exchange_weak(old, id, std::memory_order_release,
                                       std::memory_order_relaxed));
}

template <typename A>
void* BasicSlab<A>::AllocateFresh(size_t lines) {
  for (;;) {
    // Acquire pairs with the release in AddChunk.
    Chunk* chunk = current_.load(std::memory_order_acquire);
    if (chunk != nullptr) {
      EnterIntoDirectory(chunk);
      // Relaxed: the lines are nobody's before this.
      const uint32_t line =
          chunk->used.fetch_add(lines, std::memory_order_relaxed);
      if (line + lines <= kChunkLines) {
        return reinterpret_cast<char*>(chunk) + line * kLineBytes;
      }
    }
    AddChunk(chunk);
  }
}

template <typename A>
void BasicSlab<A>::AddChunk(Chunk* after) {
  const uint32_t number = after == nullptr ? 0 : after->number + 1;
  void* memory = number < kChunksMax ? MapHuge(kHugePageBytes) : nullptr;
  if (memory == nullptr) DieOutOfMemory();
  auto* chunk = new (memory) Chunk;
  chunk->number = number;
  // Release publishes the header; relaxed on failure: the caller looks again.
  if (!current_.compare_exchange_strong(after, chunk, std::memory_order_release,
                                        std::memory_order_relaxed)) {
    UnmapHuge(memory, kHugePageBytes);  // somebody else's chunk serves as well
  }
}

template <typename A>
void BasicSlab<A>::EnterIntoDirectory(Chunk* chunk) {
  Atomic<Chunk*>& entry = directory_[chunk->number];
  // Relaxed: all who store, store the same, and the caller has the header.
  if (entry.load(std::memory_order_relaxed) == chunk) return;
  // Release pairs with the acquire in ChunkOf.
  entry.store(chunk, std::memory_order_release);
}

template <typename A>
typename BasicSlab<A>::Chunk* BasicSlab<A>::ChunkOf(uint32_t id) const {
  // Acquire pairs with the release in EnterIntoDirectory.
  return directory_[id / kChunkLines].load(std::memory_order_acquire);
}

template <typename A>
void* BasicSlab<A>::BlockOf(uint32_t id) const {
  return reinterpret_cast<char*>(ChunkOf(id)) + id % kChunkLines * kLineBytes;
}

template <typename A>
uint32_t BasicSlab<A>::IdOf(const void* block) {
  const auto address = reinterpret_cast<uintptr_t>(block);
  const auto* chunk =
      reinterpret_cast<const Chunk*>(address - address % kHugePageBytes);
  return chunk->number * kChunkLines + address % kHugePageBytes / kLineBytes;
}

template <typename A>
size_t BasicSlab<A>::MemoryBytes() const {
  // Acquire pairs with the release in AddChunk.
  const Chunk* last = current_.load(std::memory_order_acquire);
  const size_t chunks = last == nullptr ? 0 : last->number + 1;
  // Relaxed: a figure.
  return chunks * kHugePageBytes + sizeof(*this) +
         kChunksMax * sizeof(directory_[0]) +
         large_bytes_.load(std::memory_order_relaxed);
}

template <typename A>
void BasicSlab<A>::DieOutOfMemory() {
  std::fprintf(stderr, "tollgate: no memory for key records\n");
  std::abort();
}

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_SYNC_SLAB_H_
