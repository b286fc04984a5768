// What a configuration says of API keys, ready for use: the text format, the
// prepared peppers, the policies a key may carry.
//
// Thread-safety: an immutable value. Ownership: the peppers are shared by the
// snapshot that proves keys and the ledger that issues them.
// Cost: reads the pepper files; control path. Errors: file:line:column, or the
// pepper file and what is wrong with it.

#ifndef TOLLGATE_ENGINE_KEY_RULES_H_
#define TOLLGATE_ENGINE_KEY_RULES_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/config/config.h"
#include "engine/extract/api_key_text.h"
#include "engine/verify/peppers.h"

namespace tollgate {

struct KeyRules {
  // Absent and null when the configuration has no `api_keys`: then no key is
  // proved and none is made.
  std::optional<ApiKeyText> text;
  std::shared_ptr<const Peppers> peppers;
  std::vector<std::string> policies;
};

absl::StatusOr<KeyRules> LoadKeyRules(const Config& config);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_KEY_RULES_H_
