// A whole engine over a configuration in a temporary folder, for tests.

#ifndef TOLLGATE_TESTS_ENGINE_GATE_FIXTURE_H_
#define TOLLGATE_TESTS_ENGINE_GATE_FIXTURE_H_

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/key_ledger.h"
#include "engine/validator.h"
#include "gtest/gtest.h"

namespace tollgate {

inline constexpr std::string_view kGateConfig = R"(version: 1
store: { sqlite: tollgate.db }
trusted_proxies: [10.1.0.0/16]
api_keys: { pepper_file: pepper.key, policy: standard }
policies:
  standard:
    scopes: [tools:read, tools:call]
    rate_limits: { per_minute: 5, per_hour: 1000, per_day: 10000 }
    ip: { allow: [any], deny: [198.51.100.0/24] }
    endpoints: { allow: ["GET /v1/**", "POST /v1/tools/*"], deny: ["/v1/admin/**"] }
  narrow:
    scopes: [tools:read]
    hours: { zone: UTC, windows: [{ days: [thu], from: "00:00", to: "01:00" }] }
  free:
    scopes: [tools:read]
endpoints:
  - { match: "POST /v1/tools/*", scopes: [tools:call] }
)";

// 1970-01-01 was a Thursday; the tests live 1,000 seconds later.
inline Now At(double seconds) {
  return {UnixSeconds{static_cast<int64_t>(seconds)},
          MonotonicNanos{static_cast<int64_t>(seconds * 1e9)}};
}

class GateTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "/gate.XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    Write("pepper.key", std::string(32, 'p'));
    chmod((folder_ + "/pepper.key").c_str(), 0600);
    Configure(kGateConfig);
  }

  void Write(const std::string& file, std::string_view text) {
    std::ofstream(folder_ + "/" + file, std::ios::binary) << text;
  }
  void Configure(std::string_view text) { Write("tollgate.yaml", text); }
  std::string config_path() const { return folder_ + "/tollgate.yaml"; }

  // Opens an engine of its own, without a housekeeping thread.
  std::unique_ptr<Validator> OpenGate(Now start = At(1000)) {
    auto gate = Validator::Open(
        config_path(), {.housekeeping = false, .clock = [=] { return start; }});
    EXPECT_TRUE(gate.ok()) << gate.status();
    return gate.ok() ? *std::move(gate) : nullptr;
  }

  static std::string Issue(Validator& gate, KeyGrant grant) {
    auto issued = gate.keys().Issue(grant, UnixSeconds{1000});
    EXPECT_TRUE(issued.ok()) << issued.status();
    return issued.ok() ? std::string(issued->text.text()) : "";
  }

  static std::string IdOf(std::string_view key) {
    return std::string(key.substr(8, 12));
  }

  std::string folder_;
};

// A request that owns its texts.
struct TestRequest {
  std::string key = "";
  std::string method = "GET";
  std::string target = "/v1/tools";
  std::string peer = "192.0.2.1";
  std::vector<std::pair<std::string, std::string>> headers = {};

  Decision Validate(Validator::Worker& worker, Now now) const {
    std::vector<HeaderView> views = {{"Host", "gate.example"}};
    if (!key.empty()) views.push_back({"X-API-Key", key});
    for (const auto& [name, value] : headers) views.push_back({name, value});
    return worker.Validate(
        {method, target, IpAddress::Parse(peer).value_or(IpAddress()), views},
        now);
  }
};

}  // namespace tollgate

#endif  // TOLLGATE_TESTS_ENGINE_GATE_FIXTURE_H_
