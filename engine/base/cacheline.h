// The size of a cache line, for layout promises and padding.

#ifndef TOLLGATE_ENGINE_BASE_CACHELINE_H_
#define TOLLGATE_ENGINE_BASE_CACHELINE_H_

#include <cstddef>

namespace tollgate {

// What one load brings in. Not std::hardware_constructive_interference_size,
// whose value changes with compiler options and with it the layout.
inline constexpr size_t kCacheLineBytes = 64;

// How far apart two words stand that different threads write: the adjacent-line
// prefetcher of x86 pulls lines in pairs.
inline constexpr size_t kContendedBytes = 2 * kCacheLineBytes;

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_BASE_CACHELINE_H_
