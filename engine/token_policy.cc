#include "engine/token_policy.h"

#include <string>
#include <utility>

#include "engine/base/limits.h"
#include "engine/config/config.h"
#include "engine/json/write_value.h"

namespace tollgate {
namespace {

absl::StatusOr<std::vector<std::string>> ReadRules(const JsonValue& value) {
  const auto list = value.Array();
  if (!list.ok()) return list.status();
  if (list->size() > limits::kTokenPolicyItemsMax) {
    return value.Error("has too many items");
  }
  std::vector<std::string> rules;
  for (const JsonValue item : *list) {
    const auto text = item.String();
    if (!text.ok()) return text.status();
    rules.emplace_back(*text);
  }
  return rules;
}

absl::Status ReadIpMap(const JsonValue& value, IpRuleOptions& out) {
  const auto object = value.Object();
  if (!object.ok()) return value.Error("must be a list, or {allow, deny}");
  for (const JsonMember member : *object) {
    auto rules = ReadRules(member.value);
    if (!rules.ok()) return rules.status();
    if (member.name == "allow") {
      out.allow = *std::move(rules);
    } else if (member.name == "deny") {
      out.deny = *std::move(rules);
    } else {
      return member.value.Error("is not known");
    }
  }
  return absl::OkStatus();
}

absl::Status ReadIpRules(const JsonValue& value, IpRuleOptions& out) {
  if (value.kind() != JsonKind::kArray) return ReadIpMap(value, out);
  auto rules = ReadRules(value);
  if (!rules.ok()) return rules.status();
  if (!rules->empty()) out.allow = *std::move(rules);
  return absl::OkStatus();
}

absl::Status ReadRateLimits(const JsonValue& value,
                            std::vector<LimitSpec>& out) {
  auto limits = ParseRateLimits(JsonText(value));
  if (!limits.ok()) return value.Error("is not a list of rate limits");
  out = *std::move(limits);
  return absl::OkStatus();
}

absl::Status ReadPart(const JsonMember& part, PolicyOptions& options) {
  if (part.name == "allowed_endpoints") {
    auto rules = ReadRules(part.value);
    if (!rules.ok()) return rules.status();
    options.endpoints.allow = *std::move(rules);
    return absl::OkStatus();
  }
  if (part.name == "ip_restrictions")
    return ReadIpRules(part.value, options.ip);
  if (part.name == "rate_limits") {
    return ReadRateLimits(part.value, options.rate_limits);
  }
  return part.value.Error("is not known");
}

}  // namespace

absl::StatusOr<TokenPolicy> ReadTokenPolicy(const JsonValue& claim) {
  const auto parts = claim.Object();
  if (!parts.ok()) return parts.status();
  PolicyOptions options;
  for (const JsonMember part : *parts) {
    if (auto status = ReadPart(part, options); !status.ok()) return status;
  }
  auto rules = CompiledPolicy::Compile(options);
  if (!rules.ok()) return rules.status();
  return TokenPolicy{*std::move(rules), std::move(options.rate_limits)};
}

}  // namespace tollgate
