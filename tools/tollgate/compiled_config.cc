#include "tools/tollgate/compiled_config.h"

#include <memory>

#include "engine/key_rules.h"
#include "engine/shared.h"
#include "engine/snapshot.h"

namespace tollgate::cli {

absl::StatusOr<Config> LoadAndCompile(const std::string& path) {
  auto config = LoadConfig(path);
  if (!config.ok()) return config.status();
  const auto rules = LoadKeyRules(*config);
  if (!rules.ok()) return rules.status();
  const auto shared = std::make_unique<Shared>();
  const auto snapshot = Snapshot::Compile(
      *config, *rules,
      {&shared->scopes, &shared->policy_names, &shared->limiter});
  if (!snapshot.ok()) return snapshot.status();
  return config;
}

}  // namespace tollgate::cli
