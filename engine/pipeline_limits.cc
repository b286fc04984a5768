// Buckets that follow the limits of a newer configuration.

#include <optional>

#include "engine/lookup/key_record.h"
#include "engine/pipeline.h"
#include "engine/shared.h"
#include "engine/snapshot.h"

namespace tollgate {

// The bucket counts for other limits: carries its usage over to those of the
// newest configuration, once per key and change of limits. `limits` becomes
// what was charged, null when the newest configuration has none.
ChargeResult Pipeline::ChargeRebound(const Charged& charged, Now now,
                                     const LimitSet*& limits) {
  constexpr int kAttempts = 4;
  ChargeResult result;
  result.outcome = ChargeOutcome::kStale;
  for (int i = 0; i < kAttempts; ++i) {
    const PolicyEntry* policy =
        charged.policy.has_value()
            ? shared_->snapshot.Load()->policy(*charged.policy)
            : nullptr;
    limits = policy != nullptr ? policy->limits : limits;
    if (limits == nullptr) return result;
    const BucketId bucket = NewestBucket(charged, limits, now);
    result = shared_->limiter.Charge(limiter_, bucket, limits, now.monotonic);
    if (result.outcome != ChargeOutcome::kStale) break;
  }
  return result;
}

// Returns the bucket with `limits` that goes on where the record's was, and
// makes the record name it.
BucketId Pipeline::NewestBucket(const Charged& charged, const LimitSet* limits,
                                Now now) {
  RateLimiter& limiter = shared_->limiter;
  const KeyRecord& record = *charged.record;
  const BucketId bucket =
      record.bucket == BucketId{}
          ? limiter.Create(limits)
          : limiter.Rebind(limiter_, record.bucket, limits, now.monotonic);
  BucketId named = bucket;
  const auto replaced = charged.store->Update(
      participant_, record.id,
      [&](const KeyRecord& current) -> std::optional<KeyRecord> {
        named = current.bucket;
        // Without memory for a bucket the old one, and its usage, stays.
        if (current.bucket != record.bucket || bucket == BucketId{}) {
          return std::nullopt;
        }
        KeyRecord next = current;
        next.bucket = bucket;
        return next;
      });
  if (!replaced.has_value()) {
    // Another thread was first. What Rebind returned to both is the same; what
    // Create returned is nobody's.
    if (bucket != named && record.bucket == BucketId{}) {
      limiter.Free(participant_, bucket);
    }
    return named;
  }
  if (replaced->bucket != bucket && replaced->bucket != BucketId{}) {
    limiter.Free(participant_, replaced->bucket);
  }
  return bucket;
}

}  // namespace tollgate
