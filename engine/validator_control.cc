// The control path of the validator: opening, reloading, keeping house.

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "engine/config/config.h"
#include "engine/housekeeper.h"
#include "engine/key_feed.h"
#include "engine/key_ledger.h"
#include "engine/shared.h"
#include "engine/snapshot.h"
#include "engine/store/key_database.h"
#include "engine/validator.h"

namespace tollgate {
namespace {

// What another process changes is visible within a second: two looks and time
// to apply.
constexpr absl::Duration kLookInterval = absl::Milliseconds(250);

// A crash forgets at most this much usage of the long limits.
constexpr int kLooksPerSave = 120;

absl::StatusOr<std::unique_ptr<KeyDatabase>> OpenStore(const Config& config) {
  if (!config.store_path.has_value()) return KeyDatabase::OpenInMemory();
  return KeyDatabase::Open(*config.store_path, {.create = true});
}

}  // namespace

Validator::Validator(std::string config_path, Options options)
    : config_path_(std::move(config_path)),
      options_(std::move(options)),
      shared_(std::make_unique<Shared>()),
      participant_(shared_->epochs.Register()) {}

Validator::~Validator() {
  housekeeper_.reset();
  if (options_.housekeeping && feed_ != nullptr) {
    SaveUsage(options_.clock()).IgnoreError();  // nobody is left to tell
  }
}

absl::StatusOr<std::unique_ptr<Validator>> Validator::Open(
    const std::string& config_path) {
  return Open(config_path, Options());
}

absl::StatusOr<std::unique_ptr<Validator>> Validator::Open(
    const std::string& config_path, Options options) {
  auto validator =
      absl::WrapUnique(new Validator(config_path, std::move(options)));
  if (auto status = validator->Start(); !status.ok()) return status;
  return validator;
}

absl::Status Validator::Start() {
  auto config = LoadConfig(config_path_);
  if (!config.ok()) return config.status();
  store_path_ = config->store_path;
  auto rules = LoadKeyRules(*config);
  if (!rules.ok()) return rules.status();
  auto database = OpenStore(*config);
  if (!database.ok()) return database.status();
  database_ = *std::move(database);
  feed_ = std::make_unique<KeyFeed>(database_.get(), shared_.get());
  ledger_ = std::make_unique<KeyLedger>(database_.get(), *rules,
                                        [this] { return feed_->CatchUp(); });
  if (auto status = Publish(*config, *rules); !status.ok()) return status;
  if (auto status = feed_->Load(options_.clock()); !status.ok()) {
    return status;
  }
  if (options_.housekeeping) StartHousekeeping();
  return absl::OkStatus();
}

absl::Status Validator::Publish(const Config& config, const KeyRules& rules) {
  auto snapshot = Snapshot::Compile(
      config, rules,
      {&shared_->scopes, &shared_->policy_names, &shared_->limiter});
  if (!snapshot.ok()) return snapshot.status();
  absl::MutexLock lock(&mutex_);
  shared_->snapshot.Publish(participant_, *std::move(snapshot));
  participant_.Collect();
  return absl::OkStatus();
}

absl::Status Validator::Reload() {
  auto config = LoadConfig(config_path_);
  if (!config.ok()) return config.status();
  if (config->store_path != store_path_) {
    return absl::FailedPreconditionError(absl::StrCat(
        config_path_, ": store can not change while running; restart"));
  }
  auto rules = LoadKeyRules(*config);
  if (!rules.ok()) return rules.status();
  if (auto status = Publish(*config, *rules); !status.ok()) return status;
  ledger_->Configure(*std::move(rules));
  return absl::OkStatus();
}

void Validator::StartHousekeeping() {
  housekeeper_ =
      std::make_unique<Housekeeper>(kLookInterval, [this, looks = 0]() mutable {
        // An error shows again at the next call of an operator, who can act.
        Refresh().IgnoreError();
        if (++looks % kLooksPerSave == 0) {
          SaveUsage(options_.clock()).IgnoreError();
        }
      });
}

Validator::Worker Validator::RegisterWorker() { return Worker(shared_.get()); }

KeyLedger& Validator::keys() { return *ledger_; }

absl::Status Validator::Refresh() { return feed_->CatchUp(); }

absl::Status Validator::SaveUsage(Now now) { return feed_->SaveUsage(now); }

Validator::Memory Validator::memory() {
  absl::MutexLock lock(&mutex_);
  return {shared_->keys.size(), shared_->keys.MemoryBytes(participant_),
          shared_->epochs.Stats().retired_bytes};
}

}  // namespace tollgate
