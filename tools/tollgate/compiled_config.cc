#include "tools/tollgate/compiled_config.h"

#include <memory>

#include "engine/audit_trail.h"
#include "engine/issuers.h"
#include "engine/key_rules.h"
#include "engine/shared.h"
#include "engine/snapshot.h"
#include "engine/tool_trust.h"
#include "engine/trust.h"

namespace tollgate::cli {

absl::StatusOr<Config> LoadAndCompile(const std::string& path) {
  auto config = LoadConfig(path);
  if (!config.ok()) return config.status();
  auto rules = LoadKeyRules(*config);
  if (!rules.ok()) return rules.status();
  const auto shared = std::make_unique<Shared>(Shared::Cached{0, 0, 0});
  auto tokens = LoadTokenTrust(*config, nullptr, shared->policy_names,
                               {/*generation=*/1});
  if (!tokens.ok()) return tokens.status();
  auto trust = LoadTrust(*config, nullptr, {/*generation=*/1});
  if (!trust.ok()) return trust.status();
  auto tools = LoadToolTrust(*config, nullptr, {/*generation=*/1});
  if (!tools.ok()) return tools.status();
  const auto snapshot = Snapshot::Compile(
      *config,
      {*std::move(rules), *std::move(tokens), *std::move(trust),
       *std::move(tools)},
      {&shared->scopes, &shared->policy_names, &shared->limiter},
      /*generation=*/1);
  if (!snapshot.ok()) return snapshot.status();
  if (auto status = CheckAuditTrail(*config); !status.ok()) return status;
  return config;
}

}  // namespace tollgate::cli
