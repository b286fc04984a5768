// Any bytes as a configuration: an error of one line with a position, or
// options within their bounds that, shown as YAML, read back the same.

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "engine/base/limits.h"
#include "engine/config/config.h"
#include "engine/config/show_config.h"
#include "tests/fuzz/fuzz_check.h"

namespace tollgate {
namespace {

template <typename T>
void CheckError(const absl::StatusOr<T>& result, std::string_view file) {
  if (result.ok()) return;
  FUZZ_CHECK(absl::StartsWith(result.status().message(), file));
  FUZZ_CHECK(!absl::StrContains(result.status().message(), "\n"));
  FUZZ_CHECK(result.status().code() == absl::StatusCode::kInvalidArgument);
}

void CheckLimit(const LimitSpec& spec) {
  FUZZ_CHECK(!spec.name.empty());
  FUZZ_CHECK(spec.limit >= 1 && spec.limit <= limits::kLimitPermitsMax);
  FUZZ_CHECK(spec.burst >= 1 && spec.burst <= limits::kLimitPermitsMax);
  FUZZ_CHECK(spec.period_us >= 1'000 &&
             spec.period_us <= limits::kLimitPeriodMicrosMax);
}

template <typename List>
void CheckNotEmpty(const List& list) {
  FUZZ_CHECK(!list.has_value() || !list->empty());
}

void CheckPolicy(const PolicyOptions& policy) {
  for (const LimitSpec& spec : policy.rate_limits) CheckLimit(spec);
  CheckNotEmpty(policy.ip.allow);
  CheckNotEmpty(policy.ip.deny);
  CheckNotEmpty(policy.endpoints.allow);
  CheckNotEmpty(policy.endpoints.deny);
  if (!policy.hours.has_value()) return;
  FUZZ_CHECK(!policy.hours->windows.empty());
  for (const TimeWindowOptions& window : policy.hours->windows) {
    FUZZ_CHECK(window.weekday_mask != 0 && window.weekday_mask < 0x80);
    FUZZ_CHECK(window.from_minute >= 0 && window.from_minute < 24 * 60);
    FUZZ_CHECK(window.to_minute >= 0 && window.to_minute <= 24 * 60);
    FUZZ_CHECK(window.from_minute != window.to_minute);
  }
}

void CheckReadsBack(const Config& config) {
  const std::string shown = ShowConfig(config);
  const auto again = ParseConfig(shown, "t.yaml");
  FUZZ_CHECK(again.ok());
  FUZZ_CHECK(again->policies.size() == config.policies.size());
  FUZZ_CHECK(again->endpoints.size() == config.endpoints.size());
  FUZZ_CHECK(ShowConfig(*again) == shown);
}

void Run(std::string_view text) {
  const auto config = ParseConfig(text, "t.yaml");
  CheckError(config, "t.yaml:");
  if (config.ok()) {
    for (const PolicyOptions& policy : config->policies) CheckPolicy(policy);
    CheckReadsBack(*config);
  }
  const auto policy = ParsePolicy(text, "p");
  CheckError(policy, "policy:");
  if (policy.ok()) CheckPolicy(*policy);
  CheckError(ParseEndpoints(text), "endpoints:");
  const auto limits = ParseRateLimits(text);
  CheckError(limits, "rate_limits:");
  if (limits.ok()) {
    for (const LimitSpec& spec : *limits) CheckLimit(spec);
  }
}

}  // namespace
}  // namespace tollgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tollgate::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
