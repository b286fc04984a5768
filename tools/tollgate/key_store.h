// The keys of a configuration's store, without loading them into an engine.
//
// Cost: opens the store, reads the peppers; a million keys cost no more than
// ten. Errors: printed, and returned as the exit status.

#ifndef TOLLGATE_TOOLS_TOLLGATE_KEY_STORE_H_
#define TOLLGATE_TOOLS_TOLLGATE_KEY_STORE_H_

#include <memory>
#include <string>
#include <variant>

#include "absl/status/status.h"
#include "engine/key_ledger.h"
#include "engine/observe/audit_event.h"
#include "engine/observe/audit_log.h"
#include "engine/store/key_database.h"
#include "tools/tollgate/exit_status.h"

namespace tollgate::cli {

struct OpenKeys {
  std::unique_ptr<KeyDatabase> database;
  std::unique_ptr<KeyLedger> ledger;  // borrows the database
  std::shared_ptr<AuditLog> audit;    // null: none is configured, or needed

  // Writes down what was changed; says so on stderr when that fails.
  void Record(const ControlEvent& event) const;
};

enum class Access { kRead, kChange };

// Opens the store of the configuration at `config_path`; kRead sees an empty
// one where none was made yet.
std::variant<OpenKeys, ExitStatus> OpenKeyStore(const std::string& config_path,
                                                Access access);

// Prints why a key was refused, or why the store failed, and returns kDenied
// or kIo.
ExitStatus FailKey(const absl::Status& status);

// Returns whether it is the key or what was asked that is at fault, rather than
// the store.
bool IsRefusal(const absl::Status& status);

}  // namespace tollgate::cli

#endif  // TOLLGATE_TOOLS_TOLLGATE_KEY_STORE_H_
