#include "engine/key_rules.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/config/pepper_file.h"

namespace tollgate {
namespace {

// Where a configuration names its peppers.
std::string_view PlaceOfPeppers(const Config& config) {
  constexpr std::string_view kOne = "api_keys.pepper_file";
  return config.positions.contains(kOne) ? kOne : "api_keys.peppers";
}

absl::StatusOr<Peppers> LoadPeppers(const Config& config,
                                    const ApiKeyOptions& options) {
  std::vector<Peppers::Entry> entries;
  for (const PepperFileOptions& file : options.peppers) {
    auto loaded = LoadPepper(file.file);
    if (!loaded.ok()) {
      return config.ErrorAt(PlaceOfPeppers(config), loaded.status());
    }
    auto pepper = Pepper::Create(loaded->bytes.span());
    if (!pepper.ok()) return pepper.status();
    entries.push_back({file.id, *std::move(pepper)});
  }
  return Peppers::Create(std::move(entries), options.verified_cache
                                                 ? Peppers::Remember::kYes
                                                 : Peppers::Remember::kNo);
}

}  // namespace

absl::StatusOr<KeyRules> LoadKeyRules(const Config& config) {
  if (!config.api_keys.has_value() && !config.jwt.has_value() &&
      !config.mtls.has_value() && !config.tools.has_value()) {
    return absl::InvalidArgumentError(absl::StrCat(
        config.file_name,
        ": neither api_keys, jwt, mtls nor tools; without one of them no "
        "credential can be proved"));
  }
  KeyRules rules;
  for (const PolicyOptions& policy : config.policies) {
    rules.policies.push_back(policy.name);
  }
  if (!config.api_keys.has_value()) return rules;
  const ApiKeyOptions& options = *config.api_keys;
  auto peppers = LoadPeppers(config, options);
  if (!peppers.ok()) return peppers.status();
  rules.text.emplace(options.prefix, options.environment);
  rules.peppers = std::make_shared<const Peppers>(*std::move(peppers));
  return rules;
}

}  // namespace tollgate
