#include "engine/limit/address_range.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>

#include "engine/sync/huge_memory.h"

namespace tollgate {
namespace {

constexpr size_t kHugeRangeMin = 32 * kHugePageBytes;

constexpr size_t RoundUp(size_t bytes) {
  return (bytes + kHugePageBytes - 1) / kHugePageBytes * kHugePageBytes;
}

}  // namespace

AddressRange::AddressRange(size_t bytes) {
  for (bytes = RoundUp(bytes); bytes >= kHugePageBytes;
       bytes = RoundUp(bytes / 2)) {
    mapped_ = bytes + kHugePageBytes;
    // Without access rights it costs no memory and counts against no limit on
    // memory, only against one on addresses.
    void* mapping = mmap(nullptr, mapped_, PROT_NONE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping != MAP_FAILED) {
      mapping_ = static_cast<std::byte*>(mapping);
      const size_t odd = reinterpret_cast<uintptr_t>(mapping) % kHugePageBytes;
      begin_ = mapping_ + (odd == 0 ? 0 : kHugePageBytes - odd);
      size_ = bytes;
      return;
    }
    if (bytes == kHugePageBytes) return;
  }
}

AddressRange::~AddressRange() {
  if (mapping_ != nullptr) munmap(mapping_, mapped_);
}

bool AddressRange::Commit(size_t bytes) {
  if (bytes > size_) return false;
  // Acquire pairs with the release below: the pages are there.
  size_t committed = committed_.load(std::memory_order_acquire);
  while (committed < bytes) {
    // Everybody who needs the next pages asks for them; asking twice is the
    // same as once, so nobody waits for the one who was first.
    std::byte* const next = begin_ + committed;
    if (mprotect(next, kHugePageBytes, PROT_READ | PROT_WRITE) != 0) {
      return false;
    }
    // Advice only; a small range would be all huge pages and hardly used.
    if (size_ >= kHugeRangeMin) {
      (void)madvise(next, kHugePageBytes, MADV_HUGEPAGE);
    }
    // Release pairs with the acquire above and on failure.
    if (committed_.compare_exchange_strong(
            committed, committed + kHugePageBytes, std::memory_order_release,
            std::memory_order_acquire)) {
      committed += kHugePageBytes;
    }
  }
  return true;
}

}  // namespace tollgate
