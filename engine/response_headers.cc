#include "engine/response_headers.h"

#include <algorithm>
#include <string_view>

#include "absl/container/btree_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/crypto/algorithm.h"

namespace tollgate {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int kUnavailableRetrySeconds = 1;

uint64_t CeilSeconds(uint64_t micros) {
  return (micros + kMicrosPerSecond - 1) / kMicrosPerSecond;
}

// Returns all scopes that the endpoint asks for, joined by spaces.
std::string NeededScopes(const Decision& decision) {
  absl::btree_set<std::string_view> names;
  for (size_t i = 0; i < decision.needed_scopes_count; ++i) {
    const auto part = decision.needed_scopes[i]->names();
    names.insert(part.begin(), part.end());
  }
  return absl::StrJoin(names, " ");
}

// Returns the attributes of RFC 6750 section 3 that say what is wrong.
std::string BearerError(const Decision& decision) {
  if (decision.reason == Reason::kInsufficientScope) {
    return absl::StrCat(", error=\"insufficient_scope\", scope=\"",
                        NeededScopes(decision), "\"");
  }
  // What is wrong with a certificate or a tool definition is no error of the
  // Bearer scheme.
  if (decision.reason == Reason::kNoCredential ||
      decision.strategy == Strategy::kMtls ||
      decision.strategy == Strategy::kSignedTool) {
    return "";
  }
  return decision.http_status() == 400 ? ", error=\"invalid_request\""
                                       : ", error=\"invalid_token\"";
}

std::string DpopChallenge() {
  std::string algorithms;
  for (const Algorithm algorithm : kAlgorithms) {
    if (IsSymmetric(algorithm)) continue;  // no proof is signed with a secret
    absl::StrAppend(&algorithms, algorithms.empty() ? "" : " ",
                    AlgorithmName(algorithm));
  }
  return absl::StrCat("DPoP algs=\"", algorithms,
                      "\", error=\"invalid_dpop_proof\"");
}

std::string Challenge(const Decision& decision) {
  std::string challenge =
      absl::StrCat("Bearer realm=\"tollgate\"", BearerError(decision));
  // A URI has no quotes.
  if (decision.resource_metadata != nullptr) {
    absl::StrAppend(&challenge, ", resource_metadata=\"",
                    *decision.resource_metadata, "\"");
  }
  if (decision.needs_dpop) {
    absl::StrAppend(&challenge, ", ", DpopChallenge());
  }
  return challenge;
}

bool NeedsChallenge(const Decision& decision) {
  return decision.http_status() == 401 || decision.http_status() == 400 ||
         decision.reason == Reason::kInsufficientScope;
}

void AppendLimits(const Decision& decision,
                  std::vector<ResponseHeader>& headers) {
  std::string policy;
  std::string left;
  for (const LimitWindow& window : decision.limits->windows()) {
    absl::StrAppend(&policy, policy.empty() ? "" : ", ", "\"", window.name,
                    "\";q=", window.limit,
                    ";w=", CeilSeconds(window.period_us));
  }
  for (const LimitLeft& limit : LimitsLeft(decision)) {
    absl::StrAppend(&left, left.empty() ? "" : ", ", "\"", limit.name,
                    "\";r=", limit.remaining, ";t=", limit.reset_seconds);
  }
  headers.push_back({"RateLimit-Policy", policy});
  headers.push_back({"RateLimit", left});
}

}  // namespace

std::vector<LimitLeft> LimitsLeft(const Decision& decision) {
  std::vector<LimitLeft> left;
  if (decision.limits == nullptr) return left;
  size_t i = 0;
  for (const LimitWindow& window : decision.limits->windows()) {
    left.push_back(ComputeLimitLeft(window, decision.charge.slack[i++]));
  }
  return left;
}

std::vector<ResponseHeader> ResponseHeaders(const Decision& decision) {
  std::vector<ResponseHeader> headers;
  if (NeedsChallenge(decision)) {
    headers.push_back({"WWW-Authenticate", Challenge(decision)});
  }
  if (decision.limits != nullptr) AppendLimits(decision, headers);
  if (decision.verdict == Verdict::kThrottle) {
    const uint64_t seconds = CeilSeconds(static_cast<uint64_t>(
        std::max<int64_t>(decision.charge.retry_after_us, 1)));
    headers.push_back({"Retry-After", absl::StrCat(seconds)});
  } else if (decision.verdict == Verdict::kUnavailable) {
    headers.push_back({"Retry-After", absl::StrCat(kUnavailableRetrySeconds)});
  }
  return headers;
}

}  // namespace tollgate
