// A configuration taken as far as an engine would take it, without a store:
// everything that can be wrong with its text or the files it names has been
// found.

#ifndef TOLLGATE_TOOLS_TOLLGATE_COMPILED_CONFIG_H_
#define TOLLGATE_TOOLS_TOLLGATE_COMPILED_CONFIG_H_

#include <string>

#include "absl/status/statusor.h"
#include "engine/config/config.h"

namespace tollgate::cli {

// Reads the configuration at `path`, its peppers and the keys of its audit, and
// compiles it all. Errors: file:line:column, what, hint.
absl::StatusOr<Config> LoadAndCompile(const std::string& path);

}  // namespace tollgate::cli

#endif  // TOLLGATE_TOOLS_TOLLGATE_COMPILED_CONFIG_H_
