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
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

namespace tollgate {

class NameTable {
 public:
  static constexpr uint16_t kEmptyName = 0;
  static constexpr uint16_t kIndexMax = 0x7fff;  // 15 bits of a key record

  // Names the policy that restricts nothing; none of a configuration has it.
  static constexpr std::string_view kUnrestricted = "\n";

  NameTable() : indices_{{"", kEmptyName}} {}

  // Returns the index of `name`, a new one the first time; ResourceExhausted
  // once there are no more.
  absl::StatusOr<uint16_t> Intern(std::string_view name) {
    absl::MutexLock lock(&mutex_);
    const auto found = indices_.find(name);
    if (found != indices_.end()) return found->second;
    const size_t next = indices_.size();
    if (next > kIndexMax) {
      return absl::ResourceExhaustedError("too many names since the start");
    }
    indices_.emplace(name, static_cast<uint16_t>(next));
    return static_cast<uint16_t>(next);
  }

  // The same of a policy that a configuration names, or leaves out.
  absl::StatusOr<uint16_t> InternPolicy(std::string_view name) {
    return Intern(name.empty() ? kUnrestricted : name);
  }

 private:
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, uint16_t> indices_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_NAME_TABLE_H_
