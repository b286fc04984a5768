#include "tools/tollgate/key_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/audit_trail.h"
#include "engine/config/config.h"
#include "engine/key_rules.h"

namespace tollgate::cli {
namespace {

absl::StatusOr<std::unique_ptr<KeyDatabase>> OpenDatabase(
    const std::string& path, Access access) {
  if (access == Access::kChange) {
    return KeyDatabase::Open(path, {.create = true});
  }
  auto database = KeyDatabase::Open(path, {.read_only = true});
  if (absl::IsNotFound(database.status())) return KeyDatabase::OpenInMemory();
  return database;
}

void RecordIn(AuditLog& audit, const ControlEvent& event) {
  // The change is durable by now, whatever becomes of the line about it.
  const absl::Status recorded = audit.Record(event);
  if (!recorded.ok()) {
    PrintMessage(absl::StrCat("not in the audit: ", recorded.message()));
  }
}

}  // namespace

void OpenKeys::Record(const ControlEvent& event) const {
  if (audit != nullptr) RecordIn(*audit, event);
}

std::variant<OpenKeys, ExitStatus> OpenKeyStore(const std::string& config_path,
                                                Access access) {
  const auto config = LoadConfig(config_path);
  if (!config.ok()) return Fail(ExitStatus::kConfiguration, config.status());
  if (!config->store_path.has_value()) {
    return Fail(ExitStatus::kConfiguration,
                absl::StrCat(config_path,
                             ": no store is configured, so keys would be gone "
                             "at once; add store: { sqlite: tollgate.db }"));
  }
  auto rules = LoadKeyRules(*config);
  if (!rules.ok()) return Fail(ExitStatus::kConfiguration, rules.status());
  if (access == Access::kChange) {
    const absl::Status audit = CheckAuditTrail(*config);
    if (!audit.ok()) return Fail(ExitStatus::kConfiguration, audit);
  }
  auto database = OpenDatabase(*config->store_path, access);
  if (!database.ok()) return Fail(ExitStatus::kIo, database.status());
  OpenKeys keys;
  keys.database = *std::move(database);
  keys.ledger = std::make_unique<KeyLedger>(keys.database.get(),
                                            *std::move(rules), nullptr);
  if (access == Access::kRead) return keys;
  auto audit = OpenAuditTrail(*config);
  if (!audit.ok()) return Fail(ExitStatus::kIo, audit.status());
  keys.audit = *std::move(audit);
  if (keys.audit != nullptr) {
    keys.ledger->SetAudit([audit = keys.audit](const ControlEvent& event) {
      RecordIn(*audit, event);
    });
  }
  return keys;
}

bool IsRefusal(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
      return true;
    default:
      return false;
  }
}

ExitStatus FailKey(const absl::Status& status) {
  return Fail(IsRefusal(status) ? ExitStatus::kDenied : ExitStatus::kIo,
              status);
}

}  // namespace tollgate::cli
