// A configuration taken as far as an engine would take it, without a store:
// everything that can be wrong with its text or the files it names has been
// found.
//
// Ownership: values. Cost: reads files, prepares keys.

#ifndef TOLLGATE_TOOLS_TOLLGATE_COMPILED_CONFIG_H_
#define TOLLGATE_TOOLS_TOLLGATE_COMPILED_CONFIG_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/config/config.h"
#include "engine/issuers.h"
#include "engine/tool_trust.h"

namespace tollgate::cli {

struct CompiledConfig {
  Config config;
  SharedTokenTrust tokens;                 // null: no tokens are taken
  std::shared_ptr<const ToolTrust> tools;  // null: no definitions are

  // Returns a line for each thing a person should know of, with its place: what
  // the configuration says, and keys of its files that are of no use.
  std::vector<std::string> Warnings() const;
};

// Reads the configuration at `path`, its peppers and the keys of its audit, and
// compiles it all. Errors: file:line:column, what, hint.
absl::StatusOr<CompiledConfig> LoadAndCompile(const std::string& path);

}  // namespace tollgate::cli

#endif  // TOLLGATE_TOOLS_TOLLGATE_COMPILED_CONFIG_H_
