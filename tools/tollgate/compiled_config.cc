#include "tools/tollgate/compiled_config.h"

#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/audit_trail.h"
#include "engine/key_rules.h"
#include "engine/lookup/jwks.h"
#include "engine/shared.h"
#include "engine/snapshot.h"
#include "engine/trust.h"

namespace tollgate::cli {
namespace {

// Appends why keys of the file at `where` are left out, and whether any is not.
void AppendKeyWarnings(std::string_view where, std::string_view file,
                       const KeySet& keys, std::vector<std::string>& warnings) {
  for (const std::string& why : keys.skipped()) {
    warnings.push_back(
        absl::StrCat(where, ": ", file, ": ", why, "; this key is left out"));
  }
  if (keys.entries().empty()) {
    warnings.push_back(absl::StrCat(
        where, ": ", file, ": has no key to verify with: all is refused"));
  }
}

// Appends what weakens the checks of certificates, or lets no check succeed.
void AppendTrustWarnings(const Config& config,
                         std::vector<std::string>& warnings) {
  const auto warn = [&](std::string_view path, std::string_view what) {
    warnings.push_back(absl::StrCat(config.Where(path), ": ", what));
  };
  const bool has_store = config.store_path.has_value();
  if (config.mtls.has_value()) {
    if (config.mtls->stale_crls_accepted) {
      warn("mtls.stale_crls", "revocation lists are believed after their end");
    }
    if (!config.mtls->extended_key_usage_required) {
      warn("mtls.extended_key_usage",
           "certificates that say nothing of clients are accepted");
    }
    if (config.mtls->accept == CertificateAcceptance::kRegistered &&
        !has_store) {
      warn("mtls.accept", "without a store nothing can be registered");
    }
  }
  if (config.tools.has_value() && config.tools->pins != PinMode::kOff &&
      !has_store) {
    warn("tools.pins", "without a store nothing can be approved");
  }
}

}  // namespace

std::vector<std::string> CompiledConfig::Warnings() const {
  std::vector<std::string> warnings = config.Warnings();
  AppendTrustWarnings(config, warnings);
  for (size_t i = 0; tokens != nullptr && i < tokens->issuers.size(); ++i) {
    const auto& file = tokens->options.issuers[i].jwks_file;
    if (!file.has_value()) continue;
    AppendKeyWarnings(
        config.Where(absl::StrCat("jwt.issuers[", i, "].jwks_file")), *file,
        tokens->issuers[i].keys, warnings);
  }
  for (size_t i = 0; tools != nullptr && i < tools->publishers.all().size();
       ++i) {
    AppendKeyWarnings(
        config.Where(absl::StrCat("tools.publishers[", i, "].jwks_file")),
        tools->options.publishers[i].jwks_file, tools->publishers.all()[i].keys,
        warnings);
  }
  return warnings;
}

absl::StatusOr<CompiledConfig> LoadAndCompile(const std::string& path) {
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
      *config, {*std::move(rules), *tokens, *std::move(trust), *tools},
      {&shared->scopes, &shared->policy_names, &shared->texts,
       &shared->limiter},
      /*generation=*/1);
  if (!snapshot.ok()) return snapshot.status();
  if (auto status = CheckAuditTrail(*config); !status.ok()) return status;
  return CompiledConfig{*std::move(config), *std::move(tokens),
                        *std::move(tools)};
}

}  // namespace tollgate::cli
