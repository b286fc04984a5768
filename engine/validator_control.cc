// The control path of the validator: opening, reloading, keeping house.

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "engine/audit_trail.h"
#include "engine/config/config.h"
#include "engine/housekeeper.h"
#include "engine/issuers.h"
#include "engine/key_feed.h"
#include "engine/key_file.h"
#include "engine/key_ledger.h"
#include "engine/key_rules.h"
#include "engine/shared.h"
#include "engine/snapshot.h"
#include "engine/store/key_database.h"
#include "engine/tool_trust.h"
#include "engine/trust.h"
#include "engine/validator.h"

namespace tollgate {
namespace {

// What another process changes is visible within a second: two looks and time
// to apply.
constexpr absl::Duration kLookInterval = absl::Milliseconds(250);

// A crash forgets at most this much usage of the long limits.
constexpr int kLooksPerSave = 120;

absl::StatusOr<std::unique_ptr<KeyDatabase>> OpenStore(const Config& config,
                                                       bool read_only) {
  if (!config.store_path.has_value()) return KeyDatabase::OpenInMemory();
  if (read_only) {
    auto database = KeyDatabase::Open(*config.store_path, {.read_only = true});
    // What was never made has nothing in it.
    return absl::IsNotFound(database.status()) ? KeyDatabase::OpenInMemory()
                                               : std::move(database);
  }
  return KeyDatabase::Open(*config.store_path, {.create = true});
}

Shared::Cached CachedBy(const Config& config) {
  return {
      .tokens = config.jwt.has_value() ? config.jwt->cache_entries : 0,
      .certificates = config.mtls.has_value() ? config.mtls->cache_entries : 0,
      .definitions =
          config.tools.has_value() ? config.tools->cache_entries : 0};
}

AnomalyRules RulesOf(const AnomalyOptions& options) {
  return {.interval_ms = static_cast<int64_t>(options.interval_us / 1000),
          .factor = static_cast<double>(options.factor),
          .minimum = options.minimum};
}

}  // namespace

// What is in force: a configuration, and what stands in files of its own. Kept
// so that keys can be read again without the rest, whose files may by now be
// others, or broken.
struct Validator::InForce {
  Config config;
  KeyRules rules;
  SharedTokenTrust tokens;
  std::vector<KeyFile> key_files;  // of the issuers, in their order
  std::shared_ptr<const Trust> trust;
  std::vector<KeyFile> trust_files;
  std::shared_ptr<const ToolTrust> tools;
  std::vector<KeyFile> tool_files;
  std::shared_ptr<AuditLog> audit;  // null: none is asked for
};

ProofStamp Validator::NextTrustStamp() { return {++trust_generation_}; }

absl::StatusOr<std::unique_ptr<const Validator::InForce>> Validator::Read(
    Config config) {
  std::vector<KeyFile> key_files = IssuerFiles(config);
  std::vector<KeyFile> trust_files = TrustFiles(config);
  std::vector<KeyFile> tool_files = ToolTrustFiles(config);
  auto rules = LoadKeyRules(config);
  if (!rules.ok()) return rules.status();
  auto tokens =
      LoadTokenTrust(config, in_force_ != nullptr ? in_force_->tokens : nullptr,
                     shared_->policy_names, NextTrustStamp());
  if (!tokens.ok()) return tokens.status();
  auto trust =
      LoadTrust(config, in_force_ != nullptr ? in_force_->trust : nullptr,
                NextTrustStamp());
  if (!trust.ok()) return trust.status();
  auto tools =
      LoadToolTrust(config, in_force_ != nullptr ? in_force_->tools : nullptr,
                    NextTrustStamp());
  if (!tools.ok()) return tools.status();
  // The file stays open, and its chain in mind, while the same is asked for.
  const bool same_audit =
      in_force_ != nullptr && in_force_->config.audit == config.audit;
  absl::StatusOr<std::shared_ptr<AuditLog>> audit(nullptr);
  if (same_audit) {
    audit = in_force_->audit;
  } else if (!options_.dry_run) {
    audit = OpenAuditTrail(config);
  }
  if (!audit.ok()) return audit.status();
  return std::make_unique<const InForce>(
      InForce{std::move(config), *std::move(rules), *std::move(tokens),
              std::move(key_files), *std::move(trust), std::move(trust_files),
              *std::move(tools), std::move(tool_files), *std::move(audit)});
}

Validator::Validator(std::string config_path, Options options,
                     const Config& config)
    : config_path_(std::move(config_path)),
      options_(std::move(options)),
      shared_(std::make_unique<Shared>(CachedBy(config))),
      participant_(shared_->epochs.Register()) {}

Validator::~Validator() {
  housekeeper_.reset();
  drainer_.reset();
  FlushAudit().IgnoreError();
  if (options_.housekeeping && !options_.dry_run && feed_ != nullptr) {
    SaveUsage(options_.clock()).IgnoreError();  // nobody is left to tell
  }
}

absl::StatusOr<std::unique_ptr<Validator>> Validator::Open(
    const std::string& config_path) {
  return Open(config_path, Options());
}

absl::StatusOr<std::unique_ptr<Validator>> Validator::Open(
    const std::string& config_path, Options options) {
  auto config = LoadConfig(config_path);
  if (!config.ok()) return config.status();
  auto validator =
      absl::WrapUnique(new Validator(config_path, std::move(options), *config));
  if (auto status = validator->Start(*std::move(config)); !status.ok()) {
    return status;
  }
  return validator;
}

absl::Status Validator::Start(Config config) {
  absl::MutexLock lock(&reload_mutex_);
  store_path_ = config.store_path;
  auto read = Read(std::move(config));
  if (!read.ok()) return read.status();
  auto database = OpenStore((*read)->config, options_.dry_run);
  if (!database.ok()) return database.status();
  database_ = *std::move(database);
  feed_ = std::make_unique<KeyFeed>(database_.get(), shared_.get());
  ledger_ = std::make_unique<KeyLedger>(
      database_.get(), (*read)->rules,
      [this] { return feed_->CatchUp(options_.clock().wall); });
  ledger_->SetAudit(
      [this](const ControlEvent& event) { shared_->observer.Record(event); });
  shared_->approve_first = [this](const VerifiedDefinition& definition,
                                  UnixSeconds now) {
    const auto approved = feed_->ApproveFirst(definition, now);
    if (approved.ok() && *approved) {
      shared_->observer.Record({.name = "tool_pinned",
                                .time = now,
                                .fields = {{"publisher", definition.publisher},
                                           {"tool", definition.tool},
                                           {"version", definition.version},
                                           {"by", "first use"}}});
    }
    return approved.status();
  };
  if (auto status = Publish(*std::move(read)); !status.ok()) return status;
  if (auto status = feed_->Load(options_.clock()); !status.ok()) {
    return status;
  }
  const UnixSeconds now = options_.clock().wall;
  reloaded_at_.store(now.value, std::memory_order_relaxed);
  shared_->observer.Record({.name = "engine_started", .time = now});
  if (options_.housekeeping) StartHousekeeping();
  return absl::OkStatus();
}

absl::Status Validator::Publish(std::unique_ptr<const InForce> next) {
  {
    absl::MutexLock lock(&mutex_);
    auto snapshot = Snapshot::Compile(
        next->config, {next->rules, next->tokens, next->trust, next->tools},
        {&shared_->scopes, &shared_->policy_names, &shared_->texts,
         &shared_->limiter},
        ++generation_);
    if (!snapshot.ok()) return snapshot.status();
    shared_->snapshot.Publish(participant_, *std::move(snapshot));
    participant_.Collect();
  }
  in_force_ = std::move(next);
  shared_->observer.Configure(in_force_->audit,
                              RulesOf(in_force_->config.anomalies));
  absl::MutexLock lock(&trust_mutex_);
  trust_ = in_force_->trust;
  return absl::OkStatus();
}

absl::Status Validator::Reload() {
  const absl::Status status = ReloadUnobserved();
  const UnixSeconds now = options_.clock().wall;
  // Relaxed, here and in Metrics: each says something by itself.
  (status.ok() ? reloads_ : reloads_refused_)
      .fetch_add(1, std::memory_order_relaxed);
  last_reload_good_.store(status.ok(), std::memory_order_relaxed);
  if (status.ok()) reloaded_at_.store(now.value, std::memory_order_relaxed);
  ControlEvent event = {
      .name = status.ok() ? "configuration_reloaded" : "configuration_refused",
      .time = now};
  if (!status.ok()) {
    event.fields.emplace_back("why", std::string(status.message()));
  }
  shared_->observer.Record(event);
  return status;
}

absl::Status Validator::ReloadUnobserved() {
  // One at a time: what was read first is published first.
  absl::MutexLock lock(&reload_mutex_);
  auto config = LoadConfig(config_path_);
  if (!config.ok()) return config.status();
  if (config->store_path != store_path_) {
    return absl::FailedPreconditionError(absl::StrCat(
        config_path_, ": store can not change while running; restart"));
  }
  auto read = Read(*std::move(config));
  if (!read.ok()) return read.status();
  if (auto status = Publish(*std::move(read)); !status.ok()) return status;
  ledger_->Configure(in_force_->rules);
  return absl::OkStatus();
}

// Reads keys again that have changed, each issuer's by themselves: what can not
// be read leaves those that are known of its issuer, and holds up no other.
absl::Status Validator::RefreshKeys() {
  bool changed = false, failed_anew = false;
  absl::Status status;
  {
    absl::MutexLock lock(&reload_mutex_);
    status = RefreshKeysUnobserved(changed);
    // Told once, since it is tried again at every look.
    failed_anew = !status.ok() && status.message() != keys_refused_;
    keys_refused_ = std::string(status.message());
  }
  const UnixSeconds now = options_.clock().wall;
  if (changed) {
    shared_->observer.Record({.name = "keys_reloaded", .time = now});
  }
  if (failed_anew) {
    shared_->observer.Record(
        {.name = "keys_refused",
         .time = now,
         .fields = {{"why", std::string(status.message())}}});
  }
  return status;
}

absl::Status Validator::RefreshKeysUnobserved(bool& changed) {
  absl::Status first_error;
  std::unique_ptr<InForce> next;
  for (size_t i = 0; i < in_force_->key_files.size(); ++i) {
    KeyFile file(in_force_->key_files[i].path());
    if (file == in_force_->key_files[i]) continue;
    const InForce& newest = next != nullptr ? *next : *in_force_;
    auto tokens =
        RefreshIssuer(newest.config, i, newest.tokens, NextTrustStamp());
    if (!tokens.ok()) {
      first_error.Update(tokens.status());
      continue;
    }
    if (next == nullptr) next = std::make_unique<InForce>(*in_force_);
    next->tokens = *std::move(tokens);
    next->key_files[i] = std::move(file);
  }
  RefreshTrust(next, first_error);
  RefreshToolTrust(next, first_error);
  if (next == nullptr) return first_error;
  const absl::Status published = Publish(std::move(next));
  changed = published.ok();
  first_error.Update(published);
  return first_error;
}

// Anchors and revocation lists are read again together, when one has changed:
// what can not be read leaves those that are known, until they are over.
void Validator::RefreshTrust(std::unique_ptr<InForce>& next,
                             absl::Status& first_error) {
  std::vector<KeyFile> files = TrustFiles(in_force_->config);
  if (files == in_force_->trust_files) return;
  auto trust = LoadTrust(in_force_->config, in_force_->trust, NextTrustStamp());
  if (!trust.ok()) {
    first_error.Update(trust.status());
    return;
  }
  if (next == nullptr) next = std::make_unique<InForce>(*in_force_);
  next->trust = *std::move(trust);
  next->trust_files = std::move(files);
}

// The keys of all publishers likewise.
void Validator::RefreshToolTrust(std::unique_ptr<InForce>& next,
                                 absl::Status& first_error) {
  std::vector<KeyFile> files = ToolTrustFiles(in_force_->config);
  if (files == in_force_->tool_files) return;
  auto tools =
      LoadToolTrust(in_force_->config, in_force_->tools, NextTrustStamp());
  if (!tools.ok()) {
    first_error.Update(tools.status());
    return;
  }
  if (next == nullptr) next = std::make_unique<InForce>(*in_force_);
  next->tools = *std::move(tools);
  next->tool_files = std::move(files);
}

void Validator::StartHousekeeping() {
  housekeeper_ =
      std::make_unique<Housekeeper>(kLookInterval, [this, looks = 0]() mutable {
        // An error shows again at the next call of an operator, who can act.
        Refresh().IgnoreError();
        if (options_.dry_run) return;
        if (++looks % kLooksPerSave == 0) {
          SaveUsage(options_.clock()).IgnoreError();
          feed_->DropExpiredRevocations(options_.clock().wall).IgnoreError();
        }
      });
  drainer_ = std::make_unique<Housekeeper>(
      absl::Milliseconds(Observer::kDrainMillis), [this] {
        // What could not be written is counted, and told by the next line.
        FlushAudit().IgnoreError();
      });
}

absl::Status Validator::FlushAudit() {
  return shared_->observer.Drain(options_.clock());
}

absl::Status Validator::ReopenAudit() {
  absl::Status status = FlushAudit();
  status.Update(shared_->observer.ReopenAudit());
  return status;
}

KeyLedger& Validator::keys() { return *ledger_; }

absl::Status Validator::Refresh() {
  absl::Status status = feed_->CatchUp(options_.clock().wall);
  status.Update(RefreshKeys());
  feed_->Collect();
  return status;
}

absl::Status Validator::Revoke(const Revocation& revocation) {
  const UnixSeconds now = options_.clock().wall;
  const absl::Status revoked = feed_->Revoke(revocation, now);
  if (revoked.ok()) shared_->observer.Record(EventOf(revocation, now));
  return revoked;
}

Reason Validator::JudgeCertificates(absl::Span<const std::string> chain) {
  std::shared_ptr<const Trust> trust;
  {
    absl::ReaderMutexLock lock(&trust_mutex_);
    trust = trust_;
  }
  if (trust == nullptr) return Reason::kMalformedCredential;
  VerifiedCertificate verified;
  return trust->verifier->Verify(chain, options_.clock().wall, verified);
}

absl::Status Validator::SaveUsage(Now now) { return feed_->SaveUsage(now); }

Validator::Memory Validator::memory() {
  absl::MutexLock lock(&mutex_);
  return {shared_->keys.size(), shared_->keys.MemoryBytes(participant_),
          shared_->epochs.Stats().retired_bytes,
          shared_->tokens.Stats().entries, shared_->tokens.MemoryBytes()};
}

}  // namespace tollgate
