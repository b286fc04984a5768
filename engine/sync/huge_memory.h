// Zeroed memory straight from the system, aligned to and advised for 2 MiB
// pages: a table of a million keys then needs tens of address translations
// instead of thousands, which is worth a quarter of a random look-up.
//
// Thread-safety: any thread. Cost: a system call, and a page fault at first
// touch of each page; control path only.

#ifndef TOLLGATE_ENGINE_SYNC_HUGE_MEMORY_H_
#define TOLLGATE_ENGINE_SYNC_HUGE_MEMORY_H_

#include <cstddef>

namespace tollgate {

inline constexpr size_t kHugePageBytes = size_t{2} << 20;

// Returns `bytes` of zeroes (rounded up to a small page), aligned to
// kHugePageBytes, or null if the system has none. The memory counts as
// reachable for leak checkers.
[[nodiscard]] void* MapHuge(size_t bytes);

// Returns memory of MapHuge, with the same size.
void UnmapHuge(void* memory, size_t bytes);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_SYNC_HUGE_MEMORY_H_
