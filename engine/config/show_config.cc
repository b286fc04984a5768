#include "engine/config/show_config.h"

#include <string_view>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "engine/config/hours_fields.h"
#include "engine/config/standard_limits.h"
#include "engine/config/yaml_reader.h"

namespace tollgate {
namespace {

// Needs no quotes anywhere: a letter, then letters, digits, _ . -
bool IsBareWord(std::string_view text) {
  if (text.empty() || ResolvePlain(text) != PlainType::kString) return false;
  if (!absl::ascii_isalpha(static_cast<unsigned char>(text[0]))) return false;
  for (const char c : text) {
    const bool bare = absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                      c == '_' || c == '.' || c == '-';
    if (!bare) return false;
  }
  return true;
}

// A double-quoted scalar; the text has no control characters.
std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

std::string Text(std::string_view text) {
  return IsBareWord(text) ? std::string(text) : Quoted(text);
}

std::string List(const std::vector<std::string>& items) {
  return absl::StrCat("[",
                      absl::StrJoin(items, ", ",
                                    [](std::string* out, const auto& item) {
                                      absl::StrAppend(out, Text(item));
                                    }),
                      "]");
}

std::string Clock(int minute) {
  return absl::StrFormat("\"%02d:%02d\"", minute / 60, minute % 60);
}

std::string Days(uint8_t mask) {
  std::vector<std::string> days;
  for (size_t i = 0; i < kWeekdays.size(); ++i) {
    if ((mask >> i & 1) != 0) days.emplace_back(kWeekdays[i]);
  }
  return List(days);
}

void ShowApiKeys(const ApiKeyOptions& keys, std::string& out) {
  absl::StrAppend(&out, "api_keys:\n  prefix: ", Text(keys.prefix),
                  "\n  environment: ", Text(keys.environment),
                  "\n  peppers:  # the contents are not shown\n");
  for (const PepperFileOptions& pepper : keys.peppers) {
    absl::StrAppend(&out, "    - { id: ", pepper.id,
                    ", file: ", Text(pepper.file), " }\n");
  }
  absl::StrAppend(&out, "  header: ", Text(keys.header), "\n");
  if (!keys.default_policy.empty()) {
    absl::StrAppend(&out, "  policy: ", Text(keys.default_policy), "\n");
  }
  if (!keys.verified_cache) {
    absl::StrAppend(&out, "  verified_cache: false\n");
  }
}

void ShowIssuer(const JwtIssuerOptions& issuer, std::string& out) {
  std::vector<std::string> algorithms;
  for (const Algorithm algorithm : issuer.algorithms) {
    algorithms.emplace_back(AlgorithmName(algorithm));
  }
  absl::StrAppend(&out, "    - issuer: ", Text(issuer.issuer),
                  "\n      audiences: ", List(issuer.audiences),
                  "\n      algorithms: ", List(algorithms), "\n");
  if (issuer.jwks_file.has_value()) {
    absl::StrAppend(&out, "      jwks_file: ", Text(*issuer.jwks_file), "\n");
  } else {
    absl::StrAppend(&out, "      secret_file: ", Text(*issuer.secret_file),
                    "  # the contents are not shown\n");
  }
  if (!issuer.kid.empty()) {
    absl::StrAppend(&out, "      kid: ", Text(issuer.kid), "\n");
  }
  absl::StrAppend(&out, "      leeway: ", FormatDuration(issuer.leeway_us),
                  "\n");
  if (issuer.max_lifetime_us.has_value()) {
    absl::StrAppend(&out, "      max_lifetime: ",
                    FormatDuration(*issuer.max_lifetime_us), "\n");
  }
  absl::StrAppend(&out, "      require: ", List(issuer.required), "\n");
  if (!issuer.type.empty()) {
    absl::StrAppend(&out, "      type: ", Text(issuer.type), "\n");
  }
  absl::StrAppend(&out, "      principal_claim: ", Text(issuer.principal_claim),
                  "\n");
  if (!issuer.policy.empty()) {
    absl::StrAppend(&out, "      policy: ", Text(issuer.policy), "\n");
  }
  if (issuer.one_time) absl::StrAppend(&out, "      one_time: true\n");
}

void ShowJwt(const JwtOptions& jwt, std::string& out) {
  absl::StrAppend(&out, "jwt:\n  cache: { entries: ", jwt.cache_entries,
                  ", max_age: ", FormatDuration(jwt.cache_max_age_us), " }\n");
  if (jwt.resource_metadata.has_value()) {
    absl::StrAppend(&out, "  resource_metadata: ", Text(*jwt.resource_metadata),
                    "\n");
  }
  absl::StrAppend(&out, "  issuers:\n");
  for (const JwtIssuerOptions& issuer : jwt.issuers) ShowIssuer(issuer, out);
}

void ShowFiles(std::string_view key, const std::vector<std::string>& files,
               std::string& out) {
  if (files.empty()) return;
  absl::StrAppend(&out, "  ", key, ": ", List(files), "\n");
}

void ShowForwarded(const ForwardedCertificateOptions& forwarded,
                   std::string& out) {
  absl::StrAppend(&out, "  forwarded: ", ForwardedStyleName(forwarded.style),
                  "\n");
  if (forwarded.style == ForwardedStyle::kEscapedPem) {
    absl::StrAppend(&out, "  forwarded_header: ", Text(forwarded.header), "\n");
  }
}

void ShowMtls(const MtlsOptions& mtls, std::string& out) {
  std::vector<std::string> identity;
  for (const IdentitySource source : mtls.identity) {
    identity.emplace_back(IdentitySourceName(source));
  }
  absl::StrAppend(&out, "mtls:\n");
  ShowFiles("trust_anchors", mtls.trust_anchors, out);
  ShowFiles("crls", mtls.crls, out);
  absl::StrAppend(
      &out, "  accept: ", AcceptanceName(mtls.accept),
      "\n  identity: ", List(identity), "\n  extended_key_usage: ",
      mtls.extended_key_usage_required ? "required" : "if_present",
      "\n  stale_crls: ", mtls.stale_crls_accepted ? "accept" : "refuse",
      "\n  cache: { entries: ", mtls.cache_entries,
      ", max_age: ", FormatDuration(mtls.cache_max_age_us), " }\n");
  if (!mtls.policy.empty()) {
    absl::StrAppend(&out, "  policy: ", Text(mtls.policy), "\n");
  }
  if (mtls.forwarded.has_value()) ShowForwarded(*mtls.forwarded, out);
  if (mtls.trust_domains.empty()) return;
  absl::StrAppend(&out, "  trust_domains:\n");
  for (const TrustDomainOptions& domain : mtls.trust_domains) {
    absl::StrAppend(&out, "    - { trust_domain: ", Text(domain.trust_domain),
                    ", trust_anchors: ", List(domain.trust_anchors), " }\n");
  }
}

void ShowTools(const ToolsOptions& tools, std::string& out) {
  absl::StrAppend(&out, "tools:\n  publishers:\n");
  for (const PublisherOptions& publisher : tools.publishers) {
    absl::StrAppend(&out, "    - { id: ", Text(publisher.id),
                    ", jwks_file: ", Text(publisher.jwks_file), " }\n");
  }
  const auto duration = [](int64_t micros) {
    return FormatDuration(static_cast<uint64_t>(micros));
  };
  absl::StrAppend(&out, "  max_age: ", duration(tools.rules.max_age_us),
                  "\n  skew: ", duration(tools.rules.skew_us),
                  "\n  pins: ", PinModeName(tools.pins),
                  "\n  profile: ", ToolProfileName(tools.rules.profile),
                  "\n  cache: { entries: ", tools.cache_entries,
                  ", max_age: ", FormatDuration(tools.cache_max_age_us),
                  " }\n");
  if (tools.one_time) absl::StrAppend(&out, "  one_time: true\n");
  if (!tools.rules.audience.empty()) {
    absl::StrAppend(&out, "  audience: ", Text(tools.rules.audience), "\n");
  }
  std::vector<std::string> allowed;
  for (const char32_t code : tools.rules.allowed_hidden) {
    allowed.push_back(absl::StrFormat("U+%04X", static_cast<uint32_t>(code)));
  }
  if (!allowed.empty()) {
    absl::StrAppend(&out, "  allow_hidden: ", List(allowed), "\n");
  }
}

void ShowLimit(const LimitSpec& spec, std::string& out) {
  for (const StandardLimit& standard : kStandardLimits) {
    if (standard.name != spec.name) continue;
    absl::StrAppend(&out, "      ", standard.key, ": { limit: ", spec.limit,
                    ", burst: ", spec.burst, " }\n");
    return;
  }
  absl::StrAppend(&out, "      ", Text(spec.name), ": { limit: ", spec.limit,
                  ", period: ", FormatDuration(spec.period_us),
                  ", burst: ", spec.burst, " }\n");
}

template <typename Rules>
void ShowAllowDeny(std::string_view key, const Rules& rules, std::string& out) {
  if (!rules.allow.has_value() && !rules.deny.has_value()) return;
  absl::StrAppend(&out, "    ", key, ":\n");
  if (rules.allow.has_value()) {
    absl::StrAppend(&out, "      allow: ", List(*rules.allow), "\n");
  }
  if (rules.deny.has_value()) {
    absl::StrAppend(&out, "      deny: ", List(*rules.deny), "\n");
  }
}

void ShowHours(const HoursOptions& hours, std::string& out) {
  absl::StrAppend(&out, "    hours:\n      zone: ", Text(hours.zone),
                  "\n      windows:\n");
  for (const TimeWindowOptions& window : hours.windows) {
    absl::StrAppend(&out, "        - { days: ", Days(window.weekday_mask),
                    ", from: ", Clock(window.from_minute),
                    ", to: ", Clock(window.to_minute), " }\n");
  }
}

void ShowPolicy(const PolicyOptions& policy, std::string& out) {
  absl::StrAppend(&out, "  ", Text(policy.name),
                  ":\n    scopes: ", List(policy.scopes), "\n");
  if (!policy.rate_limits.empty()) {
    absl::StrAppend(&out, "    rate_limits:\n");
    for (const LimitSpec& spec : policy.rate_limits) ShowLimit(spec, out);
  }
  ShowAllowDeny("ip", policy.ip, out);
  ShowAllowDeny("endpoints", policy.endpoints, out);
  if (policy.hours.has_value()) ShowHours(*policy.hours, out);
}

void ShowPolicies(const std::vector<PolicyOptions>& policies,
                  std::string& out) {
  if (policies.empty()) return;
  absl::StrAppend(&out, "policies:\n");
  for (const PolicyOptions& policy : policies) ShowPolicy(policy, out);
}

void ShowEndpoints(const std::vector<EndpointRequirementOptions>& endpoints,
                   std::string& out) {
  if (endpoints.empty()) return;
  absl::StrAppend(&out, "endpoints:\n");
  for (const EndpointRequirementOptions& endpoint : endpoints) {
    absl::StrAppend(&out, "  - { match: ", Text(endpoint.match),
                    ", scopes: ", List(endpoint.scopes), " }\n");
  }
}

void ShowAdmission(const AdmissionOptions& admission, std::string& out) {
  absl::StrAppend(&out, "admission:\n  failures: { limit: ", admission.failures,
                  ", per: ", FormatDuration(admission.per_us),
                  ", lockout: ", FormatDuration(admission.lockout_us), " }\n");
  std::vector<std::string> budget;
  if (admission.verify_per_second != 0) {
    budget.push_back(absl::StrCat("per_second: ", admission.verify_per_second));
  }
  if (admission.verify_per_source != 0) {
    budget.push_back(absl::StrCat("per_source: ", admission.verify_per_source));
  }
  if (budget.empty()) return;
  absl::StrAppend(&out, "  verify_budget: { ", absl::StrJoin(budget, ", "),
                  " }\n");
}

void ShowAudit(const AuditOptions& audit, std::string& out) {
  absl::StrAppend(&out, "audit:\n  file: ", Text(audit.file), "\n");
  if (audit.sample_allows != 0) {
    absl::StrAppend(&out, "  sample_allows: ", audit.sample_allows, "\n");
  }
  if (audit.chain_key_file.empty()) return;
  absl::StrAppend(&out, "  chain_key_file: ", Text(audit.chain_key_file), "\n");
  if (audit.signing_key_file.empty()) return;
  absl::StrAppend(&out, "  signing_key_file: ", Text(audit.signing_key_file),
                  "\n  checkpoint_lines: ", audit.checkpoint_lines, "\n");
}

void ShowAnomalies(const AnomalyOptions& anomalies, std::string& out) {
  absl::StrAppend(
      &out, "anomalies: { interval: ", FormatDuration(anomalies.interval_us),
      ", factor: ", anomalies.factor, ", minimum: ", anomalies.minimum, " }\n");
}

}  // namespace

std::string FormatDuration(uint64_t micros) {
  struct Unit {
    std::string_view name;
    uint64_t millis;
  };
  constexpr Unit kUnits[] = {
      {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}};
  const uint64_t millis = micros / 1000;
  for (const Unit& unit : kUnits) {
    if (millis != 0 && millis % unit.millis == 0) {
      return absl::StrCat(millis / unit.millis, unit.name);
    }
  }
  return absl::StrCat(millis, "ms");
}

std::string ShowConfig(const Config& config) {
  std::string out = "version: 1\n";
  if (config.store_path.has_value()) {
    absl::StrAppend(&out, "store:\n  sqlite: ", Text(*config.store_path), "\n");
  } else {
    absl::StrAppend(&out, "# store: none, keys are kept in memory only\n");
  }
  absl::StrAppend(&out, "trusted_proxies: ", List(config.trusted_proxies),
                  "\n");
  if (config.api_keys.has_value()) ShowApiKeys(*config.api_keys, out);
  if (config.jwt.has_value()) ShowJwt(*config.jwt, out);
  if (config.mtls.has_value()) ShowMtls(*config.mtls, out);
  if (config.tools.has_value()) ShowTools(*config.tools, out);
  ShowPolicies(config.policies, out);
  ShowEndpoints(config.endpoints, out);
  if (config.admission.has_value()) ShowAdmission(*config.admission, out);
  if (config.audit.has_value()) ShowAudit(*config.audit, out);
  ShowAnomalies(config.anomalies, out);
  return out;
}

}  // namespace tollgate
