#include "engine/snapshot.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace tollgate {
namespace {

absl::StatusOr<std::unique_ptr<const PolicyEntry>> CompileEntry(
    const PolicyOptions& options, const Snapshot::Interned& interned) {
  auto rules = CompiledPolicy::Compile(options);
  if (!rules.ok()) return rules.status();
  auto scopes = interned.scopes->Intern(options.scopes);
  if (!scopes.ok()) return scopes.status();
  for (const LimitSpec& limit : options.rate_limits) {
    if (auto status = CheckLimitSpec(limit); !status.ok()) return status;
  }
  const LimitSet* limits = options.rate_limits.empty()
                               ? nullptr
                               : interned.limiter->Intern(options.rate_limits);
  return std::make_unique<const PolicyEntry>(
      PolicyEntry{*std::move(rules), limits, *scopes});
}

}  // namespace

absl::StatusOr<std::unique_ptr<const Snapshot>> Snapshot::Compile(
    const Config& config, const KeyRules& rules, const Interned& interned) {
  auto proxies = TrustedProxies::Compile(config.trusted_proxies);
  if (!proxies.ok()) return config.ErrorAt("trusted_proxies", proxies.status());
  auto endpoints = EndpointTable::Compile(config.endpoints, *interned.scopes);
  if (!endpoints.ok()) return config.ErrorAt("endpoints", endpoints.status());
  auto snapshot = absl::WrapUnique(
      new Snapshot(Extractor(rules.text, config.api_keys->header),
                   rules.peppers, *std::move(proxies), *std::move(endpoints)));
  for (const PolicyOptions& options : config.policies) {
    auto entry = CompileEntry(options, interned);
    if (!entry.ok()) {
      return config.ErrorAt(absl::StrCat("policies.", options.name),
                            entry.status());
    }
    const auto index = interned.policy_names->Intern(options.name);
    if (!index.ok()) return index.status();
    snapshot->Add(*index, entry->get());
    if (options.name == config.api_keys->default_policy) {
      snapshot->Add(NameTable::kEmptyName, entry->get());
    }
    snapshot->entries_.push_back(*std::move(entry));
  }
  return snapshot;
}

void Snapshot::Add(uint16_t index, const PolicyEntry* entry) {
  if (policies_.size() <= index) policies_.resize(size_t{index} + 1);
  policies_[index] = entry;
}

Snapshot::Snapshot(Extractor extractor, std::shared_ptr<const Peppers> peppers,
                   TrustedProxies proxies, EndpointTable endpoints)
    : extractor_(std::move(extractor)),
      peppers_(std::move(peppers)),
      trusted_proxies_(std::move(proxies)),
      endpoints_(std::move(endpoints)) {}

}  // namespace tollgate
