#include "engine/config/policy_fields.h"

#include <optional>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "engine/base/ip_address.h"
#include "engine/base/limits.h"
#include "engine/config/hours_fields.h"
#include "engine/config/limit_fields.h"
#include "engine/model/scope.h"
#include "engine/policy/endpoint_pattern.h"

namespace tollgate {
namespace {

// Distinct scope tokens.
std::vector<std::string> ReadScopes(const Field& field, EmptyList empty) {
  std::vector<std::string> scopes = ReadStrings(field, empty);
  if (scopes.size() > limits::kScopesPerGrantMax) {
    field.Fail(
        absl::StrCat("more than ", limits::kScopesPerGrantMax, " scopes"));
  }
  absl::flat_hash_set<std::string_view> seen;
  for (size_t i = 0; i < scopes.size(); ++i) {
    if (!IsScopeToken(scopes[i])) {
      field.Item(i).Fail(absl::StrCat(
          "a scope is 1 to ", limits::kScopeBytesMax,
          " printable ASCII characters without space, quote or backslash"));
    }
    if (!seen.insert(scopes[i]).second) {
      field.Item(i).Fail("this scope is listed twice");
    }
  }
  return scopes;
}

absl::Status CheckAddresses(const std::string& text) {
  if (text == "any") return absl::OkStatus();
  return IpPrefix::Parse(text).status();
}

absl::Status CheckPattern(const std::string& text) {
  return EndpointPattern::Compile(text).status();
}

using CheckRule = absl::Status (*)(const std::string& text);

std::vector<std::string> ReadRules(const Field& field, CheckRule check) {
  std::vector<std::string> rules = ReadStrings(field, EmptyList::kRefused);
  for (size_t i = 0; i < rules.size(); ++i) {
    const absl::Status status = check(rules[i]);
    if (!status.ok()) field.Item(i).Fail(status.message());
  }
  return rules;
}

// The `allow:` and `deny:` lists of IP addresses and of endpoints.
template <typename Rules>
Rules ReadAllowDeny(const Field& field, CheckRule check) {
  Rules rules;
  const Fields fields(field, {"allow", "deny"});
  fields.Optional("allow",
                  [&](const Field& f) { rules.allow = ReadRules(f, check); });
  fields.Optional("deny",
                  [&](const Field& f) { rules.deny = ReadRules(f, check); });
  fields.RequireEither(
      "allow", "deny",
      "expected `allow` or `deny`; leave it out to restrict nothing");
  return rules;
}

std::optional<HoursOptions> ReadEitherHours(const Fields& fields) {
  std::optional<HoursOptions> hours;
  fields.Optional("hours", [&](const Field& f) { hours = ReadHours(f); });
  fields.Optional("allowed_hours", [&](const Field& f) {
    if (hours.has_value()) {
      f.Fail("both `hours` and `allowed_hours`; one of them is enough");
    }
    hours = HoursOptions{"UTC", ReadAllowedHours(f)};
  });
  fields.Optional("timezone", [&](const Field& f) {
    const std::string zone = ReadZone(f);
    if (!fields.Has("allowed_hours")) {
      f.Fail("`timezone` goes with `allowed_hours`; in `hours` write `zone`");
    } else {
      hours->zone = zone;
    }
  });
  return hours;
}

// [A-Za-z0-9][A-Za-z0-9_.-]*
bool IsPolicyName(std::string_view name) {
  if (name.empty() || name.size() > limits::kPolicyNameBytesMax) return false;
  if (!absl::ascii_isalnum(static_cast<unsigned char>(name[0]))) return false;
  for (const char c : name) {
    const bool allowed = absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                         c == '_' || c == '.' || c == '-';
    if (!allowed) return false;
  }
  return true;
}

EndpointRequirementOptions ReadEndpoint(const Field& field) {
  EndpointRequirementOptions endpoint;
  const Fields fields(field, {"match", "scopes"});
  fields.Required("match", [&](const Field& f) {
    endpoint.match = ReadString(f);
    const absl::Status status = CheckPattern(endpoint.match);
    if (!status.ok()) f.Fail(status.message());
  });
  fields.Required("scopes", [&](const Field& f) {
    endpoint.scopes = ReadScopes(f, EmptyList::kRefused);
  });
  return endpoint;
}

}  // namespace

PolicyOptions ReadPolicy(const Field& field, std::string_view name) {
  PolicyOptions policy;
  policy.name = std::string(name);
  const Fields fields(field, {"scopes", "rate_limits", "ip", "endpoints",
                              "hours", "allowed_hours", "timezone"});
  fields.Optional("scopes", [&](const Field& f) {
    policy.scopes = ReadScopes(f, EmptyList::kAllowed);
  });
  fields.Optional("rate_limits", [&](const Field& f) {
    policy.rate_limits = ReadRateLimits(f);
  });
  fields.Optional("ip", [&](const Field& f) {
    policy.ip = ReadAllowDeny<IpRuleOptions>(f, CheckAddresses);
  });
  fields.Optional("endpoints", [&](const Field& f) {
    policy.endpoints = ReadAllowDeny<EndpointRuleOptions>(f, CheckPattern);
  });
  policy.hours = ReadEitherHours(fields);
  return policy;
}

std::vector<PolicyOptions> ReadPolicies(const Field& field) {
  std::vector<PolicyOptions> policies;
  if (!IsMapping(field)) return policies;
  for (const YamlMember& member : field.node().members) {
    if (!IsPolicyName(member.key)) {
      field.context().Fail(
          member.key_position,
          absl::StrCat("`", Excerpt(member.key),
                       "` is no name for a policy: letters, digits, and _ . - "
                       "inside, at most ",
                       limits::kPolicyNameBytesMax, " in all"));
      continue;
    }
    policies.push_back(
        ReadPolicy(field.Child(member.key, member.value), member.key));
  }
  return policies;
}

std::vector<EndpointRequirementOptions> ReadEndpoints(const Field& field) {
  std::vector<EndpointRequirementOptions> endpoints;
  if (!IsSequence(field)) return endpoints;
  for (size_t i = 0; i < field.node().items.size(); ++i) {
    endpoints.push_back(ReadEndpoint(field.Item(i)));
  }
  return endpoints;
}

}  // namespace tollgate
