#include "engine/sync/huge_memory.h"

#include <sys/mman.h>

#include <cstdint>

#include "absl/base/config.h"

#if defined(ABSL_HAVE_ADDRESS_SANITIZER)
#include <sanitizer/lsan_interface.h>
#endif

namespace tollgate {
namespace {

constexpr size_t kSmallPageBytes = 4096;

constexpr size_t RoundUp(size_t bytes, size_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

}  // namespace

void* MapHuge(size_t bytes) {
  bytes = RoundUp(bytes, kSmallPageBytes);
  const size_t mapped = bytes + kHugePageBytes;
  void* base = mmap(nullptr, mapped, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED) return nullptr;
  char* begin = static_cast<char*>(base);
  const size_t offset = reinterpret_cast<uintptr_t>(begin) % kHugePageBytes;
  const size_t before = offset == 0 ? 0 : kHugePageBytes - offset;
  if (before != 0) munmap(begin, before);
  munmap(begin + before + bytes, mapped - before - bytes);
  // Advice only: without huge pages everything works, slower.
  (void)madvise(begin + before, bytes, MADV_HUGEPAGE);
#if defined(ABSL_HAVE_ADDRESS_SANITIZER)
  __lsan_register_root_region(begin + before, bytes);
#endif
  return begin + before;
}

void UnmapHuge(void* memory, size_t bytes) {
  bytes = RoundUp(bytes, kSmallPageBytes);
#if defined(ABSL_HAVE_ADDRESS_SANITIZER)
  __lsan_unregister_root_region(memory, bytes);
#endif
  munmap(memory, bytes);
}

}  // namespace tollgate
