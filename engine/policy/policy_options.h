// A policy as an operator wrote it: plain values, checked for shape by the
// configuration reader and for meaning by CompiledPolicy::Compile.
//
// An absent part (std::nullopt) restricts nothing; a part that is present and
// empty is an error, never "everything" or "nothing". This is the one place
// that says so.

#ifndef TOLLGATE_ENGINE_POLICY_POLICY_OPTIONS_H_
#define TOLLGATE_ENGINE_POLICY_POLICY_OPTIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/model/limit_spec.h"

namespace tollgate {

// Addresses or CIDR prefixes; "any" stands for every address. Deny wins.
struct IpRuleOptions {
  std::optional<std::vector<std::string>> allow = std::nullopt;
  std::optional<std::vector<std::string>> deny = std::nullopt;
};

// Endpoint patterns ("GET /v1/**", "/v1/*/x", "any"). Deny wins.
struct EndpointRuleOptions {
  std::optional<std::vector<std::string>> allow = std::nullopt;
  std::optional<std::vector<std::string>> deny = std::nullopt;
};

// One daily window, half-open, in local minutes. `from` > `to` runs overnight
// and belongs to the weekday on which it starts; `to` may be 24:00 (1440).
struct TimeWindowOptions {
  uint8_t weekday_mask = 0x7f;  // bit 0 is Monday
  int from_minute = 0;
  int to_minute = 24 * 60;
};

struct HoursOptions {
  std::string zone = "UTC";  // an IANA name
  std::vector<TimeWindowOptions> windows;
};

struct PolicyOptions {
  std::string name;
  std::vector<std::string> scopes;
  std::vector<LimitSpec> rate_limits;
  IpRuleOptions ip;
  EndpointRuleOptions endpoints;
  std::optional<HoursOptions> hours;
};

// What an endpoint asks of whoever calls it.
struct EndpointRequirementOptions {
  std::string match;
  std::vector<std::string> scopes;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_POLICY_POLICY_OPTIONS_H_
