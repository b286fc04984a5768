// The rate limits that tokens bring with them, as limit sets: a bounded number,
// since who issues tokens is not who runs the engine.
//
// Thread-safety: any thread, under a mutex: taken when a token is proved, not
// when it is seen again. Ownership: sets belong to the limiter.

#ifndef TOLLGATE_ENGINE_TOKEN_LIMITS_H_
#define TOLLGATE_ENGINE_TOKEN_LIMITS_H_

#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"
#include "engine/base/limits.h"
#include "engine/limit/rate_limiter.h"
#include "engine/model/limit_spec.h"

namespace tollgate {

class TokenLimits {
 public:
  explicit TokenLimits(RateLimiter* limiter) : limiter_(limiter) {}

  // Returns the set of `specs`, or null when it is a new one and there are too
  // many, or it cannot be enforced.
  const LimitSet* Intern(const std::vector<LimitSpec>& specs) {
    for (const LimitSpec& spec : specs) {
      if (!CheckLimitSpec(spec).ok()) return nullptr;
    }
    absl::MutexLock lock(&mutex_);
    if (sets_.size() >= limits::kTokenLimitSetsMax) {
      for (const LimitSet* set : sets_) {
        if (set->specs() == specs) return set;
      }
      return nullptr;
    }
    const LimitSet* const set = limiter_->Intern(specs);
    sets_.insert(set);
    return set;
  }

 private:
  RateLimiter* const limiter_;
  absl::Mutex mutex_;
  absl::flat_hash_set<const LimitSet*> sets_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_TOKEN_LIMITS_H_
