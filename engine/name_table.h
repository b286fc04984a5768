// Names to small numbers, for good: behind the border nothing compares names.
//
// Thread-safety: all methods, under a mutex; control path only.
// Cost: a name is kept for the table's life, so a table holds names that an
// operator chose (policies), never names that a stranger did.

#ifndef TOLLGATE_ENGINE_NAME_TABLE_H_
#define TOLLGATE_ENGINE_NAME_TABLE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"

namespace tollgate {

class NameTable {
 public:
  static constexpr uint32_t kEmptyName = 0;

  NameTable() { Intern(""); }

  // Returns the index of `name`, a new one the first time.
  uint32_t Intern(std::string_view name) {
    absl::MutexLock lock(&mutex_);
    const auto next = static_cast<uint32_t>(indices_.size());
    return indices_.try_emplace(std::string(name), next).first->second;
  }

 private:
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, uint32_t> indices_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_NAME_TABLE_H_
