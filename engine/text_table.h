// Texts that decisions point to: kept as long as the table.
//
// Thread-safety: all methods, under a mutex; control path only.
// Cost: a text is kept for good, so a table holds texts that an operator chose
// (in a configuration), never texts that a stranger did.

#ifndef TOLLGATE_ENGINE_TEXT_TABLE_H_
#define TOLLGATE_ENGINE_TEXT_TABLE_H_

#include <string>
#include <string_view>

#include "absl/base/attributes.h"
#include "absl/base/thread_annotations.h"
#include "absl/container/node_hash_set.h"
#include "absl/synchronization/mutex.h"

namespace tollgate {

class TextTable {
 public:
  // Returns the one copy of `text`.
  const std::string* Intern(std::string_view text)
      ABSL_ATTRIBUTE_LIFETIME_BOUND {
    absl::MutexLock lock(&mutex_);
    return &*texts_.emplace(text).first;
  }

 private:
  absl::Mutex mutex_;
  absl::node_hash_set<std::string> texts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_TEXT_TABLE_H_
