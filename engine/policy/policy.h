// A policy, compiled: pure rules over the facts of a request.
//
//   auto policy = CompiledPolicy::Compile(options);
//   Reason reason = policy->Evaluate({method, path, client, now.wall});
//
// Rules are tried in this order, and the first refusal is the answer: the
// request's own form (a method that is a token, a path), client address,
// endpoint (deny before allow), hours. A part that the options leave out
// restricts nothing. Scopes that endpoints ask for are in endpoint_table.h,
// limits in engine/limit.
//
// Thread-safety: immutable (time_windows.h keeps a cache). Ownership: `matched`
// views the policy. Cost: about 20 ns for three patterns and two prefixes
// (BM_CompiledPolicy_Evaluate, which parses the path as well); patterns are
// tried one by one, 1 to 5 ns each. No allocation. Errors: Compile returns
// InvalidArgument with the part, the rule and a hint; Evaluate always answers.

#ifndef TOLLGATE_ENGINE_POLICY_POLICY_H_
#define TOLLGATE_ENGINE_POLICY_POLICY_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/attributes.h"
#include "absl/status/statusor.h"
#include "engine/base/clock.h"
#include "engine/base/ip_address.h"
#include "engine/model/reason.h"
#include "engine/policy/endpoint_pattern.h"
#include "engine/policy/ip_rules.h"
#include "engine/policy/method.h"
#include "engine/policy/path.h"
#include "engine/policy/policy_options.h"
#include "engine/policy/time_windows.h"

namespace tollgate {

// What rules are about. The path comes from the request target alone; no
// header is able to replace it.
struct PolicyRequest {
  const Method& method;  // as sent
  const CanonicalPath& path;
  const IpAddress& client;  // the client's, see client_address.h; not a proxy's
  UnixSeconds now;
};

class CompiledPolicy {
 public:
  static absl::StatusOr<CompiledPolicy> Compile(const PolicyOptions& options);

  // Returns kOk, kMalformedRequest, kIpNotAllowed, kEndpointNotAllowed or
  // kOutsideHours. Sets `*matched` to the text of the rule that decided: the
  // one that refused, or else the endpoint pattern, or else the IP rule, that
  // allowed; to an empty view when no single rule did.
  [[nodiscard]] Reason Evaluate(const PolicyRequest& request,
                                std::string_view* matched = nullptr) const
      ABSL_ATTRIBUTE_LIFETIME_BOUND;

 private:
  struct Outcome {
    Reason reason;
    const std::string* rule;  // null: no single one
  };

  CompiledPolicy() = default;

  Outcome Decide(const PolicyRequest& request) const;
  Outcome DecideEndpoint(const Method& method, const CanonicalPath& path) const;

  IpRules ip_;
  std::optional<std::vector<EndpointPattern>> allow_;
  std::vector<EndpointPattern> deny_;
  std::unique_ptr<const TimeWindows> hours_;  // null: at any time
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_POLICY_POLICY_H_
