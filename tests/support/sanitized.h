// Whether a sanitizer watches: what is repeated very often to be sure of it is
// repeated less often then.

#ifndef TOLLGATE_TESTS_SUPPORT_SANITIZED_H_
#define TOLLGATE_TESTS_SUPPORT_SANITIZED_H_

#include "absl/base/config.h"

namespace tollgate {

#if defined(ABSL_HAVE_ADDRESS_SANITIZER) || defined(ABSL_HAVE_THREAD_SANITIZER)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace tollgate

#endif  // TOLLGATE_TESTS_SUPPORT_SANITIZED_H_
