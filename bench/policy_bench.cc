// Policy: what one request costs against a policy of a usual size, part by
// part. Requests differ from call to call; rules do not.

#include <memory>
#include <string>
#include <vector>

#include "bench/support/check.h"
#include "bench/support/consume.h"
#include "bench/support/credential_sequence.h"
#include "bench/support/request_stream.h"
#include "benchmark/benchmark.h"
#include "engine/policy/client_address.h"
#include "engine/policy/endpoint_table.h"
#include "engine/policy/ip_rules.h"
#include "engine/policy/path.h"
#include "engine/policy/policy.h"
#include "engine/policy/time_windows.h"

namespace tollgate::bench {
namespace {

// Monday, 10:00 in Berlin.
constexpr UnixSeconds kNow{1717401600};

PolicyOptions Options(bool hours) {
  PolicyOptions options;
  options.ip.allow = {{"10.0.0.0/8"}};
  options.ip.deny = {{"10.66.0.0/16"}};
  options.endpoints.allow = {{"GET /v1/**", "POST /v1/*/*"}};
  options.endpoints.deny = {{"/v1/admin/**"}};
  if (hours) {
    options.hours = HoursOptions{.zone = "Europe/Berlin",
                                 .windows = {{.weekday_mask = 0x1f,
                                              .from_minute = 8 * 60,
                                              .to_minute = 18 * 60}}};
  }
  return options;
}

// Requests, without anything to look up.
struct Requests {
  CredentialSequence sequence{KeyRing(64, 1), {.length = 64}};
  RequestStream stream{&sequence};
};

void BM_CanonicalPath_Parse(benchmark::State& state) {
  Requests requests;
  for (auto _ : state) {
    CanonicalPath path;
    Require(CanonicalPath::Parse(requests.stream.Next().target, path),
            "a path was refused");
    Consume(path.head());
  }
}
BENCHMARK(BM_CanonicalPath_Parse);

void BM_IpRules_Evaluate(benchmark::State& state) {
  const IpRules rules = RequireValue(IpRules::Compile(Options(false).ip));
  Requests requests;
  for (auto _ : state) {
    Consume(rules.Evaluate(requests.stream.Next().peer));
  }
}
BENCHMARK(BM_IpRules_Evaluate);

// Path and rules: all of the stage but the required scopes.
void BM_CompiledPolicy_Evaluate(benchmark::State& state) {
  const CompiledPolicy policy =
      RequireValue(CompiledPolicy::Compile(Options(state.range(0) != 0)));
  Requests requests;
  for (auto _ : state) {
    const RequestView& request = requests.stream.Next();
    CanonicalPath path;
    Require(CanonicalPath::Parse(request.target, path), "a path was refused");
    const Reason reason =
        policy.Evaluate({request.method, path, request.peer, kNow});
    Require(reason == Reason::kOk, "the policy refused");
  }
}
BENCHMARK(BM_CompiledPolicy_Evaluate)->ArgName("hours")->Arg(0)->Arg(1);

void BM_TimeWindows_IsOpen(benchmark::State& state) {
  const auto windows = RequireValue(TimeWindows::Compile(*Options(true).hours));
  for (auto _ : state) Consume(windows->IsOpen(kNow));
}
BENCHMARK(BM_TimeWindows_IsOpen);

void BM_EndpointTable_FirstUnmet(benchmark::State& state) {
  ScopeTable scopes;
  const ScopeSet* granted = RequireValue(scopes.Intern({{"tools:call"}}));
  const std::vector<EndpointRequirementOptions> entries = {
      {"POST /v1/tools/*", {"tools:call"}},
      {"POST /v1/reports/*", {"reports:run"}}};
  const EndpointTable table =
      RequireValue(EndpointTable::Compile(entries, scopes));
  CanonicalPath path;
  Require(CanonicalPath::Parse("/v1/tools/call", path), "a path was refused");
  for (auto _ : state) {
    Consume(table.FirstUnmet("POST", path, granted->mask()));
  }
}
BENCHMARK(BM_EndpointTable_FirstUnmet);

void BM_FindClientAddress(benchmark::State& state) {
  const std::vector<std::string> proxies = {"10.0.0.0/8"};
  const TrustedProxies trusted = RequireValue(TrustedProxies::Compile(proxies));
  const auto peer = IpAddress::Parse("10.1.2.3");
  Require(peer.has_value(), "a peer's address");
  const std::vector<std::string_view> fields = {"203.0.113.7, 10.9.8.7"};
  for (auto _ : state) {
    Consume(FindClientAddress(*peer, trusted,
                              {.x_forwarded_for = fields, .forwarded = {}}));
  }
}
BENCHMARK(BM_FindClientAddress);

}  // namespace
}  // namespace tollgate::bench
