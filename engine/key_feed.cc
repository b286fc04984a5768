#include "engine/key_feed.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/model/registration.h"
#include "engine/store/row_relay.h"

namespace tollgate {
namespace {

// Limits shorter than this are not worth saving: a restart takes about as long.
constexpr uint64_t kSavedPeriodMicrosMin = uint64_t{3600} * 1'000'000;

constexpr int64_t kMicrosPerSecond = 1'000'000;

constexpr int64_t kClockErrorSeconds = 3600;

size_t RoundUp(size_t bytes, size_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

KeyStatus StatusOf(KeyState state) {
  switch (state) {
    case KeyState::kActive:
      return KeyStatus::kActive;
    case KeyState::kDisabled:
      return KeyStatus::kDisabled;
    case KeyState::kRevoked:
      return KeyStatus::kRevoked;
  }
  return KeyStatus::kRevoked;
}

uint32_t ExpiryOf(const std::optional<int64_t>& expires_at) {
  if (!expires_at.has_value()) return kNeverExpires;
  return static_cast<uint32_t>(
      std::clamp<int64_t>(*expires_at, 0, int64_t{kNeverExpires} - 1));
}

// Returns whether the window of that name is long enough to be saved.
bool IsSaved(std::string_view window, const LimitSet* limits) {
  if (limits == nullptr) return false;
  for (const LimitWindow& candidate : limits->windows()) {
    if (candidate.name == window) {
      return candidate.period_us >= kSavedPeriodMicrosMin;
    }
  }
  return false;
}

}  // namespace

KeyFeed::KeyFeed(KeyDatabase* database, Shared* shared)
    : database_(database),
      shared_(shared),
      participant_(shared->epochs.Register()) {}

absl::Status KeyFeed::Load(Now now) {
  absl::MutexLock lock(&mutex_);
  if (auto status = LoadKeys(); !status.ok()) return status;
  shared_->keys.FinishGrowth(participant_);
  shared_->registrations.FinishGrowth(participant_);
  if (auto status = CatchUpRevocations(now.wall); !status.ok()) return status;
  if (auto status = CatchUpApprovals(); !status.ok()) return status;
  const auto restore =
      [this, now](const StoredUsage& usage)
          ABSL_NO_THREAD_SAFETY_ANALYSIS { return Restore(usage, now); };
  return database_->ForEachUsage(restore);
}

// Rows are read while those before them are applied, by a thread that has what
// the mutex guards to itself meanwhile.
absl::Status KeyFeed::LoadKeys() {
  const auto count = database_->CountKeys();
  if (!count.ok()) return count.status();
  shared_->keys.Reserve(static_cast<size_t>(*count));
  RowRelay relay([this](const StoredKeyView& key)
                     ABSL_NO_THREAD_SAFETY_ANALYSIS { return Apply(key); });
  absl::Status status = database_->ForEach(
      [&](const StoredKeyView& key) { return relay.Add(key); });
  status.Update(relay.Finish());
  return status;
}

// From a file that is not the store's any more nobody's changes come: no token
// and no definition is let through then, since it might be revoked.
absl::Status KeyFeed::CatchUp(UnixSeconds now) {
  absl::MutexLock lock(&mutex_);
  if (auto status = database_->CheckInPlace(); !status.ok()) {
    // Relaxed: see where it is read.
    shared_->revocations_known.store(false, std::memory_order_relaxed);
    shared_->pins.Publish(participant_, nullptr);
    approval_sequence_ = -1;
    return status;
  }
  absl::Status first_error;
  const auto apply = [&](const StoredKeyView& key)
                         ABSL_NO_THREAD_SAFETY_ANALYSIS {
                           const absl::Status status = Apply(key);
                           if (!status.ok()) Refuse(key);
                           first_error.Update(status);
                           return absl::OkStatus();
                         };
  absl::Status status = database_->ChangesSince(sequence_, apply);
  status.Update(first_error);
  status.Update(CatchUpRevocations(now));
  status.Update(CatchUpApprovals());
  return status;
}

void KeyFeed::Collect() {
  absl::MutexLock lock(&mutex_);
  participant_.Collect();
}

// A revocation that can not be added holds up none behind it. From it on all
// are tried again each time, and until then no token is let through: it might
// be the one. A store that is busy is only late.
absl::Status KeyFeed::CatchUpRevocations(UnixSeconds now) {
  absl::Status first_error;
  const auto add = [&](const StoredRevocation& stored)
                       ABSL_NO_THREAD_SAFETY_ANALYSIS {
                         first_error.Update(shared_->revocations.Add(
                             participant_, stored.revocation, now));
                         if (first_error.ok())
                           revocation_sequence_ = stored.sequence;
                         return absl::OkStatus();
                       };
  absl::Status status = database_->RevocationsSince(revocation_sequence_, add);
  const bool known =
      first_error.ok() && (status.ok() || absl::IsUnavailable(status));
  // Relaxed: see where it is read.
  shared_->revocations_known.store(known, std::memory_order_relaxed);
  status.Update(first_error);
  return status;
}

// The pins are read anew when there is another approval. When they can not be
// read, nothing is known to be approved; a store that is busy is only late.
absl::Status KeyFeed::CatchUpApprovals() {
  const auto last = database_->LastApproval();
  if (last.ok() && *last == approval_sequence_) return absl::OkStatus();
  std::vector<Pin> pins;
  absl::Status status = last.status();
  if (status.ok()) {
    status = database_->ForEachApprovalInForce([&](const Approval& approval) {
      pins.push_back(approval.pin);
      return absl::OkStatus();
    });
  }
  if (absl::IsUnavailable(status)) return status;
  shared_->pins.Publish(participant_,
                        status.ok()
                            ? std::make_unique<const PinTable>(std::move(pins))
                            : nullptr);
  approval_sequence_ = status.ok() ? *last : -1;
  return status;
}

absl::StatusOr<bool> KeyFeed::ApproveFirst(const VerifiedDefinition& definition,
                                           UnixSeconds now) {
  const absl::Status durable = database_->AddFirstApproval(
      {.pin = {definition.publisher, definition.tool, definition.version,
               definition.digest, definition.capabilities},
       .definition = definition.canonical,
       .approved_by = "first use",
       .approved_at = now.value});
  if (!durable.ok() && !absl::IsAlreadyExists(durable)) return durable;
  absl::MutexLock lock(&mutex_);
  const absl::Status applied = CatchUpApprovals();
  if (!applied.ok()) return applied;
  return durable.ok();
}

absl::Status KeyFeed::Revoke(const Revocation& revocation, UnixSeconds now) {
  if (auto status = CheckRevocation(revocation); !status.ok()) return status;
  const absl::Status durable = database_->AddRevocations({&revocation, 1});
  return durable.ok() ? CatchUp(now) : durable;
}

absl::Status KeyFeed::DropExpiredRevocations(UnixSeconds now) {
  // Clocks err, and a revocation that is gone does not come back.
  const UnixSeconds safely_past = {now.value - kClockErrorSeconds};
  {
    absl::MutexLock lock(&mutex_);
    shared_->revocations.RemoveExpired(participant_, safely_past);
  }
  return database_->DropExpiredRevocations(safely_past.value).status();
}

// A change that can not be applied ends the key here, and holds up no other
// change behind it: that may be a revocation.
void KeyFeed::Refuse(const StoredKeyView& key) {
  sequence_ = std::max(sequence_, key.sequence);
  const auto place = PlaceOf(key);
  if (!place.ok()) return;
  place->store->Update(
      participant_, place->id,
      [](const KeyRecord& current) -> std::optional<KeyRecord> {
        KeyRecord next = current;
        next.status = KeyStatus::kRevoked;
        return next;
      });
}

absl::StatusOr<KeyFeed::Place> KeyFeed::PlaceOf(
    const StoredKeyView& key) const {
  if (const auto id = KeyId::Parse(key.key_id); id.has_value()) {
    return Place{&shared_->keys, *id};
  }
  const auto registration = ParseRegistrationName(key.key_id);
  if (registration.has_value() && registration->digest == key.digest) {
    return Place{&shared_->registrations, RecordNameOf(*registration)};
  }
  return absl::DataLossError(
      absl::StrCat("the store holds a malformed key id \"",
                   absl::CHexEscape(key.key_id), "\""));
}

absl::Status KeyFeed::Apply(const StoredKeyView& key) {
  const auto place = PlaceOf(key);
  if (!place.ok()) return place.status();
  const auto policy = PolicyIndex(key.policy);
  if (!policy.ok()) return policy.status();
  auto profile = MakeProfile(key);
  if (!profile.ok()) return profile.status();
  KeyRecord record;
  record.id = place->id;
  record.digest = key.digest;
  record.profile = *profile;
  record.expires_at = ExpiryOf(key.expires_at);
  record.status = StatusOf(key.state);
  record.pepper_id = key.pepper_id;
  record.policy = *policy;
  record.rotating = (*profile)->rotating;
  Put(*place->store, record);
  sequence_ = std::max(sequence_, key.sequence);
  return absl::OkStatus();
}

// Adds the record or replaces the one that is there; the bucket stays.
void KeyFeed::Put(KeyStore& store, const KeyRecord& fresh) {
  KeyRecord record = fresh;
  const auto replaced =
      store.Update(participant_, record.id,
                   [&](const KeyRecord& current) -> std::optional<KeyRecord> {
                     record.bucket = current.bucket;
                     return record;
                   });
  if (replaced.has_value()) {
    shared_->profiles->Retire(participant_,
                              const_cast<KeyProfile*>(replaced->profile),
                              replaced->profile->lines);
    return;
  }
  record.bucket = MakeBucket(record.policy);
  store.Insert(participant_, record);
}

absl::StatusOr<KeyProfile*> KeyFeed::MakeProfile(const StoredKeyView& key) {
  if (key.principal.size() > limits::kPrincipalBytesMax) {
    return absl::DataLossError(
        absl::StrCat("the principal of key ", key.key_id, " is too long"));
  }
  const ScopeSet* scopes = nullptr;
  if (!key.scopes.empty()) {
    auto interned = InternScopes(key.scopes);
    if (!interned.ok()) {
      return absl::Status(
          interned.status().code(),
          absl::StrCat("key ", key.key_id, ": ", interned.status().message()));
    }
    scopes = *interned;
  }
  return NewProfile(key, scopes);
}

// Lays profile, principal and previous secret out in one block.
KeyProfile* KeyFeed::NewProfile(const StoredKeyView& key,
                                const ScopeSet* scopes) {
  const size_t name_bytes = KeyProfile::PaddedSize(key.principal.size());
  const size_t bytes = sizeof(KeyProfile) + name_bytes +
                       (key.previous.has_value() ? sizeof(PreviousSecret) : 0);
  const size_t lines = RoundUp(bytes, Slab::kLineBytes) / Slab::kLineBytes;
  const auto guard = participant_.Pin();
  void* const block = shared_->profiles->Allocate(participant_, lines);
  auto* const profile = new (block) KeyProfile();
  profile->scopes = scopes;
  profile->principal_size = static_cast<uint8_t>(key.principal.size());
  profile->lines = static_cast<uint8_t>(lines);
  profile->rotating = key.previous.has_value();
  char* const name = reinterpret_cast<char*>(profile + 1);
  std::memset(name, 0, name_bytes);
  std::memcpy(name, key.principal.data(), key.principal.size());
  if (key.previous.has_value()) {
    new (name + name_bytes) PreviousSecret{
        key.previous->digest, UnixSeconds{key.previous->valid_until},
        key.previous->pepper_id};
  }
  return profile;
}

absl::StatusOr<const ScopeSet*> KeyFeed::InternScopes(std::string_view joined) {
  if (last_scopes_ != nullptr && joined == last_joined_) return last_scopes_;
  const std::vector<std::string> names = absl::StrSplit(joined, ' ');
  auto scopes = shared_->scopes.Intern(names);
  if (!scopes.ok()) return scopes.status();
  last_joined_ = std::string(joined);
  last_scopes_ = *scopes;
  return last_scopes_;
}

absl::StatusOr<uint16_t> KeyFeed::PolicyIndex(std::string_view name) {
  if (name != last_policy_) {
    const auto index = shared_->policy_names.Intern(name);
    if (!index.ok()) return index.status();
    last_policy_ = std::string(name);
    last_policy_index_ = *index;
  }
  return last_policy_index_;
}

const LimitSet* KeyFeed::LimitsOf(uint16_t policy) {
  const auto guard = participant_.Pin();
  const PolicyEntry* entry = shared_->snapshot.Load()->policy(policy);
  return entry != nullptr ? entry->limits : nullptr;
}

BucketId KeyFeed::MakeBucket(uint16_t policy) {
  const LimitSet* limits = LimitsOf(policy);
  return limits != nullptr ? shared_->limiter.Create(limits) : BucketId{};
}

absl::Status KeyFeed::Restore(const StoredUsage& usage, Now now) {
  const auto id = KeyId::Parse(usage.key_id);
  if (!id.has_value() || usage.window == kLastUseWindow) {
    return absl::OkStatus();
  }
  const auto guard = participant_.Pin();
  const KeyRecord* record = shared_->keys.Find(*id, shared_->keys.Hash(*id));
  if (record == nullptr || record->bucket == BucketId{}) {
    return absl::OkStatus();
  }
  const int64_t age_us =
      now.wall.value * kMicrosPerSecond - usage.saved_at_micros;
  const WindowUsage used = {std::string(usage.window),
                            static_cast<uint64_t>(usage.used_micropermits)};
  shared_->limiter.RestoreUsage(
      record->bucket, {&used, 1},
      static_cast<uint64_t>(std::max<int64_t>(age_us, 0)), now.monotonic);
  return absl::OkStatus();
}

absl::Status KeyFeed::SaveUsage(Now now) {
  absl::MutexLock lock(&mutex_);
  std::deque<std::string> ids;  // what the rows view
  std::deque<std::string> windows;
  std::vector<StoredUsage> rows;
  // The end of the second, so that no more is refilled than since then.
  const int64_t saved_at = (now.wall.value + 1) * kMicrosPerSecond;
  shared_->keys.ForEach(participant_, [&](const KeyRecord& record) {
    mutex_.AssertHeld();  // the analysis does not see that it is
    if (record.bucket == BucketId{}) return;
    for (const WindowUsage& usage :
         shared_->limiter.ExportUsage(record.bucket, now.monotonic)) {
      if (usage.used_micropermits == 0 ||
          !IsSaved(usage.window, LimitsOf(record.policy))) {
        continue;
      }
      ids.emplace_back(record.id.text());
      windows.push_back(usage.window);
      rows.push_back({ids.back(), windows.back(),
                      static_cast<int64_t>(usage.used_micropermits), saved_at});
    }
  });
  const std::vector<LastUse> uses = shared_->observer.TakeLastUses();
  for (const LastUse& use : uses) {
    rows.push_back({use.key_id.text(), kLastUseWindow, 0,
                    int64_t{use.day} * kSecondsPerDay * kMicrosPerSecond});
  }
  if (rows.empty()) return absl::OkStatus();
  absl::Status saved = database_->SaveUsage(rows);
  if (!saved.ok()) shared_->observer.ReturnLastUses(uses);
  return saved;
}

}  // namespace tollgate
