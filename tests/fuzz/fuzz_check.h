// What a fuzz target includes: its entry point, and how it states a fact.

#ifndef TOLLGATE_TESTS_FUZZ_FUZZ_CHECK_H_
#define TOLLGATE_TESTS_FUZZ_FUZZ_CHECK_H_

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

// Defined once by every fuzz target; always returns 0.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

// Ends the process, in every build mode, when `condition` does not hold. The
// caller of the target reports the input that led here.
#define FUZZ_CHECK(condition)                                                \
  do {                                                                       \
    if (!(condition)) {                                                      \
      std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, \
                   #condition);                                              \
      std::abort();                                                          \
    }                                                                        \
  } while (false)

#endif  // TOLLGATE_TESTS_FUZZ_FUZZ_CHECK_H_
