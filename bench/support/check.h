// Ends a benchmark that cannot be what it says it is: a failed precondition
// must not become a fast number.

#ifndef TOLLGATE_BENCH_SUPPORT_CHECK_H_
#define TOLLGATE_BENCH_SUPPORT_CHECK_H_

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tollgate::bench {

inline void Require(bool condition, std::string_view what) {
  if (condition) [[likely]]
    return;
  std::fprintf(stderr, "benchmark: %.*s\n", static_cast<int>(what.size()),
               what.data());
  std::abort();
}

inline void RequireOk(const absl::Status& status) {
  Require(status.ok(), status.ToString());
}

template <typename T>
T RequireValue(absl::StatusOr<T> value) {
  RequireOk(value.status());
  return *std::move(value);
}

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_SUPPORT_CHECK_H_
