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

int64_t CeilMillis(uint64_t micros) {
  return static_cast<int64_t>((micros + 999) / 1000);
}

std::optional<AdmissionRules> RulesOf(
    const std::optional<AdmissionOptions>& options) {
  if (!options.has_value()) return std::nullopt;
  return AdmissionRules{{.failures = options->failures,
                         .per_ms = CeilMillis(options->per_us),
                         .lockout_ms = CeilMillis(options->lockout_us)},
                        {.per_second = options->verify_per_second,
                         .per_source = options->verify_per_source}};
}

}  // namespace

absl::StatusOr<std::unique_ptr<const Snapshot>> Snapshot::Compile(
    const Config& config, Loaded loaded, const Interned& interned,
    uint64_t generation) {
  auto proxies = TrustedProxies::Compile(config.trusted_proxies);
  if (!proxies.ok()) return config.ErrorAt("trusted_proxies", proxies.status());
  auto endpoints = EndpointTable::Compile(config.endpoints, *interned.scopes);
  if (!endpoints.ok()) return config.ErrorAt("endpoints", endpoints.status());
  Extractor::Options extracted = {.keys = std::move(loaded.rules.text),
                                  .tokens = config.jwt.has_value(),
                                  .certificates = config.mtls.has_value()};
  if (config.api_keys.has_value()) {
    extracted.key_header = config.api_keys->header;
  }
  auto snapshot = absl::WrapUnique(new Snapshot(
      Extractor(std::move(extracted)), std::move(loaded.rules.peppers),
      *std::move(proxies), *std::move(endpoints)));
  snapshot->generation_ = generation;
  snapshot->tools_ = std::move(loaded.tools);
  snapshot->admission_ = RulesOf(config.admission);
  snapshot->audited_ = config.audit.has_value();
  if (snapshot->audited_ && config.audit->sample_allows != 0) {
    snapshot->audited_allows_ = config.audit->sample_allows;
  }
  absl::Status status = snapshot->AddPolicies(config, interned);
  if (status.ok()) {
    status = snapshot->AddTokens(std::move(loaded.tokens), interned);
  }
  if (status.ok()) {
    status = snapshot->AddTrust(config, std::move(loaded.trust), interned);
  }
  if (!status.ok()) return status;
  return snapshot;
}

absl::Status Snapshot::AddPolicies(const Config& config,
                                   const Interned& interned) {
  for (const PolicyOptions& options : config.policies) {
    auto entry = CompileEntry(options, interned);
    if (!entry.ok()) {
      return config.ErrorAt(absl::StrCat("policies.", options.name),
                            entry.status());
    }
    const auto index = interned.policy_names->Intern(options.name);
    if (!index.ok()) return index.status();
    Add(*index, entry->get());
    if (config.api_keys.has_value() &&
        options.name == config.api_keys->default_policy) {
      Add(NameTable::kEmptyName, entry->get());
    }
    entries_.push_back(*std::move(entry));
  }
  return absl::OkStatus();
}

// Returns the index of the policy of that name; of one that restricts nothing
// and grants nothing when there is no name.
absl::StatusOr<uint16_t> Snapshot::PolicyOrUnrestricted(
    const std::string& name, const Interned& interned) {
  const auto index = interned.policy_names->InternPolicy(name);
  if (!index.ok() || !name.empty() || policy(*index) != nullptr) return index;
  auto entry = CompileEntry({}, interned);
  if (!entry.ok()) return entry.status();
  Add(*index, entry->get());
  entries_.push_back(*std::move(entry));
  return index;
}

// The issuers have their policies' numbers already; here are the policies.
absl::Status Snapshot::AddTokens(SharedTokenTrust tokens,
                                 const Interned& interned) {
  if (tokens == nullptr) return absl::OkStatus();
  token_cache_seconds_ =
      static_cast<int64_t>(tokens->options.cache_max_age_us / 1'000'000);
  for (const JwtIssuerOptions& issuer : tokens->options.issuers) {
    const auto index = PolicyOrUnrestricted(issuer.policy, interned);
    if (!index.ok()) return index.status();
    issuer_names_.push_back(interned.texts->Intern(issuer.issuer));
  }
  if (const auto& url = tokens->options.resource_metadata; url.has_value()) {
    resource_metadata_ = interned.texts->Intern(*url);
  }
  tokens_ = std::move(tokens);
  return absl::OkStatus();
}

absl::Status Snapshot::AddTrust(const Config& config,
                                std::shared_ptr<const Trust> trust,
                                const Interned& interned) {
  if (trust == nullptr) return absl::OkStatus();
  const auto index = PolicyOrUnrestricted(config.mtls->policy, interned);
  if (!index.ok()) return index.status();
  certificate_policy_ = *index;
  forwarded_ = config.mtls->forwarded;
  trust_ = std::move(trust);
  return absl::OkStatus();
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
