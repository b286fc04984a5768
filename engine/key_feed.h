// Brings the keys, registrations, revocations and approvals of the durable
// store into the running engine: all of them at the start, later what changed,
// whoever changed it.
//
// Thread-safety: all methods, under one mutex; workers are never held up.
// Ownership: borrows the database and what the validator shares.
// Cost: Load takes under two microseconds a key (BM_Load_Keys), of two threads;
// CatchUp costs one cheap query when nothing changed.

#ifndef TOLLGATE_ENGINE_KEY_FEED_H_
#define TOLLGATE_ENGINE_KEY_FEED_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "engine/base/clock.h"
#include "engine/lookup/key_record.h"
#include "engine/shared.h"
#include "engine/store/key_database.h"

namespace tollgate {

class KeyFeed {
 public:
  KeyFeed(KeyDatabase* database, Shared* shared);
  // Loads every key, then the usage that was saved, as of `now`.
  // REQUIRES: a snapshot is published; once, before anybody else uses the keys.
  absl::Status Load(Now now);

  // Applies what changed in the store since the last call. A key whose change
  // can not be applied is refused from then on; the first such error is
  // returned, after all other changes were applied.
  absl::Status CatchUp(UnixSeconds now);

  // Frees what changes have replaced, if nobody looks at it any more. Changes
  // free some by themselves when there is much of it: this interrupts every
  // processor that validates, so not for each change.
  void Collect();

  // Revokes tokens: durable first, then applied; when it has returned, no
  // request that begins later accepts one.
  absl::Status Revoke(const Revocation& revocation, UnixSeconds now);

  // Lets go of revocations that can not matter any more.
  absl::Status DropExpiredRevocations(UnixSeconds now);

  // Approves the first definition of a tool, durably, as by its first use; when
  // it has returned, the pins in force have it, or what another made of it.
  // Returns whether it was this call that approved it.
  absl::StatusOr<bool> ApproveFirst(const VerifiedDefinition& definition,
                                    UnixSeconds now);

  // Saves what is used of the long limits, as of `now`.
  absl::Status SaveUsage(Now now);

 private:
  // Where a row belongs: a key, or a registration of a certificate.
  struct Place {
    KeyStore* store;
    KeyId id;
  };
  absl::StatusOr<Place> PlaceOf(const StoredKeyView& key) const;
  absl::Status LoadKeys() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Apply(const StoredKeyView& key)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status CatchUpRevocations(UnixSeconds now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status CatchUpApprovals() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Refuse(const StoredKeyView& key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<KeyProfile*> MakeProfile(const StoredKeyView& key)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  KeyProfile* NewProfile(const StoredKeyView& key, const ScopeSet* scopes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Put(KeyStore& store, const KeyRecord& fresh)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  BucketId MakeBucket(uint16_t policy) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  const LimitSet* LimitsOf(uint16_t policy)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<const ScopeSet*> InternScopes(std::string_view joined)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<uint16_t> PolicyIndex(std::string_view name)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Restore(const StoredUsage& usage, Now now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  KeyDatabase* const database_;
  Shared* const shared_;
  absl::Mutex mutex_;
  EpochDomain::Participant participant_ ABSL_GUARDED_BY(mutex_);
  int64_t sequence_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t revocation_sequence_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t approval_sequence_ ABSL_GUARDED_BY(mutex_) = -1;  // none was read

  // The names met last: neighbours in the store mostly share them.
  std::string last_joined_ ABSL_GUARDED_BY(mutex_);
  const ScopeSet* last_scopes_ ABSL_GUARDED_BY(mutex_) = nullptr;
  std::string last_policy_ ABSL_GUARDED_BY(mutex_);
  uint16_t last_policy_index_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_KEY_FEED_H_
