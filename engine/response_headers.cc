#include "engine/response_headers.h"

#include <algorithm>
#include <string_view>

#include "absl/container/btree_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

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

std::string Challenge(const Decision& decision) {
  constexpr std::string_view kScheme = "Bearer realm=\"tollgate\"";
  // What is wrong with a certificate is no error of the Bearer scheme.
  const bool other = decision.reason == Reason::kNoCredential ||
                     decision.strategy == Strategy::kMtls;
  if (other && decision.reason != Reason::kInsufficientScope) {
    return std::string(kScheme);
  }
  if (decision.reason == Reason::kInsufficientScope) {
    return absl::StrCat(kScheme, ", error=\"insufficient_scope\", scope=\"",
                        NeededScopes(decision), "\"");
  }
  return absl::StrCat(kScheme, decision.http_status() == 400
                                   ? ", error=\"invalid_request\""
                                   : ", error=\"invalid_token\"");
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
