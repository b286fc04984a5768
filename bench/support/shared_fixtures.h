// Fixtures that benchmarks of one process share, each made when first asked for
// and kept: Google Benchmark calls a function again and again until it is
// satisfied, and a million keys take seconds.
//
// Thread-safety: all functions.

#ifndef TOLLGATE_BENCH_SUPPORT_SHARED_FIXTURES_H_
#define TOLLGATE_BENCH_SUPPORT_SHARED_FIXTURES_H_

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace tollgate::bench {

// The values of `T` by `Key`, made by the function given to the first Get.
template <typename Key, typename T>
class SharedFixtures {
 public:
  T& Get(const Key& key, const std::function<std::unique_ptr<T>()>& make) {
    absl::MutexLock lock(&mutex_);
    std::unique_ptr<T>& fixture = fixtures_[key];
    if (fixture == nullptr) fixture = make();
    return *fixture;
  }

  // The one of this process; never destroyed, since benchmarks run until exit.
  static SharedFixtures& Instance() {
    static auto* const instance = new SharedFixtures;
    return *instance;
  }

 private:
  absl::Mutex mutex_;
  std::map<Key, std::unique_ptr<T>> fixtures_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_SUPPORT_SHARED_FIXTURES_H_
