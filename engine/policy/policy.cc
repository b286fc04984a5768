#include "engine/policy/policy.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/base/limits.h"

namespace tollgate {
namespace {

absl::StatusOr<std::vector<EndpointPattern>> CompilePatterns(
    const std::vector<std::string>& texts) {
  if (texts.empty()) {
    return absl::InvalidArgumentError(
        "an empty list of patterns; write [any] for all, or leave it out");
  }
  if (texts.size() > limits::kEndpointPatternsMax) {
    return absl::InvalidArgumentError(absl::StrCat(
        "more than ", limits::kEndpointPatternsMax, " endpoint patterns"));
  }
  std::vector<EndpointPattern> patterns;
  patterns.reserve(texts.size());
  for (const std::string& text : texts) {
    absl::StatusOr<EndpointPattern> pattern = EndpointPattern::Compile(text);
    if (!pattern.ok()) return pattern.status();
    patterns.push_back(*std::move(pattern));
  }
  return patterns;
}

// Moves what `compiled` holds to `out`, or says where it failed.
template <typename T, typename Out>
absl::Status Take(std::string_view where, absl::StatusOr<T> compiled,
                  Out& out) {
  if (!compiled.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(where, compiled.status().message()));
  }
  out = *std::move(compiled);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CompiledPolicy> CompiledPolicy::Compile(
    const PolicyOptions& options) {
  CompiledPolicy policy;
  absl::Status status = Take("", IpRules::Compile(options.ip), policy.ip_);
  if (status.ok() && options.endpoints.allow.has_value()) {
    status =
        Take("endpoints.allow: ", CompilePatterns(*options.endpoints.allow),
             policy.allow_);
  }
  if (status.ok() && options.endpoints.deny.has_value()) {
    status = Take("endpoints.deny: ", CompilePatterns(*options.endpoints.deny),
                  policy.deny_);
  }
  if (status.ok() && options.hours.has_value()) {
    status = Take("", TimeWindows::Compile(*options.hours), policy.hours_);
  }
  if (status.ok()) return policy;
  if (options.name.empty()) return status;
  return absl::InvalidArgumentError(
      absl::StrCat("policy \"", options.name, "\": ", status.message()));
}

inline CompiledPolicy::Outcome CompiledPolicy::DecideEndpoint(
    const Method& method, const CanonicalPath& path) const {
  for (const EndpointPattern& pattern : deny_) {
    if (pattern.MatchesAnyReading(method, path)) {
      return {Reason::kEndpointNotAllowed, &pattern.text()};
    }
  }
  if (!allow_.has_value()) return {Reason::kOk, nullptr};
  for (const EndpointPattern& pattern : *allow_) {
    if (pattern.MatchesExactly(method, path)) {
      return {Reason::kOk, &pattern.text()};
    }
  }
  return {Reason::kEndpointNotAllowed, nullptr};
}

inline CompiledPolicy::Outcome CompiledPolicy::Decide(
    const PolicyRequest& request) const {
  if (!request.method.IsToken() || !request.path.valid()) {
    return {Reason::kMalformedRequest, nullptr};
  }
  const IpRules::Outcome ip = ip_.Evaluate(request.client);
  if (!ip.allowed) return {Reason::kIpNotAllowed, ip.rule};
  const Outcome endpoint = DecideEndpoint(request.method, request.path);
  if (endpoint.reason != Reason::kOk) return endpoint;
  if (hours_ != nullptr && !hours_->IsOpen(request.now)) {
    return {Reason::kOutsideHours, nullptr};
  }
  return {Reason::kOk, endpoint.rule == nullptr ? ip.rule : endpoint.rule};
}

Reason CompiledPolicy::Evaluate(const PolicyRequest& request,
                                std::string_view* matched) const {
  const Outcome outcome = Decide(request);
  if (matched != nullptr) {
    *matched = outcome.rule == nullptr ? std::string_view() : *outcome.rule;
  }
  return outcome.reason;
}

}  // namespace tollgate
