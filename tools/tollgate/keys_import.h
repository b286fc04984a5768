// tollgate keys import: keys from elsewhere, as JSON Lines.

#ifndef TOLLGATE_TOOLS_TOLLGATE_KEYS_IMPORT_H_
#define TOLLGATE_TOOLS_TOLLGATE_KEYS_IMPORT_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "engine/json/reader.h"
#include "engine/key_ledger.h"
#include "tools/tollgate/exit_status.h"

namespace tollgate::cli {

// Reads {"key_id", "secret" | "digest", "pepper_id"?, "principal", "scopes"?,
// "policy"?, "expires_at"?}. Unknown members are errors: a misspelt expiry
// would be none. Errors never show a value.
absl::StatusOr<ImportedKey> ReadImportedKey(const JsonObject& line);

ExitStatus ImportKeys(const std::string& config,
                      const std::optional<std::string>& input);

}  // namespace tollgate::cli

#endif  // TOLLGATE_TOOLS_TOLLGATE_KEYS_IMPORT_H_
