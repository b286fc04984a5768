#include "bench/support/allocations.h"

#include <cstddef>

#include "absl/base/config.h"

namespace {

thread_local uint64_t allocations = 0;

}  // namespace

namespace tollgate::bench {

uint64_t AllocationsOfThread() { return allocations; }

}  // namespace tollgate::bench

#if !defined(ABSL_HAVE_ADDRESS_SANITIZER) && \
    !defined(ABSL_HAVE_THREAD_SANITIZER)

// glibc's own names for what is behind malloc, calloc and realloc; operator new
// and aligned allocations (through aligned_alloc, seldom) come through these.
extern "C" {

void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* memory, size_t size);

void* malloc(size_t size) {
  ++allocations;
  return __libc_malloc(size);
}

void* calloc(size_t count, size_t size) {
  ++allocations;
  return __libc_calloc(count, size);
}

void* realloc(void* memory, size_t size) {
  ++allocations;
  return __libc_realloc(memory, size);
}

}  // extern "C"

#endif
