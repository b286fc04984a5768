// No request sees half of a configuration and half of the next: four threads
// validate, singly and in batches, while two configurations replace each other.
// Run under ThreadSanitizer and AddressSanitizer.
//
// Each configuration allows everything by its own means: its policy's scope is
// what its endpoint asks for, and fits no part of the other. Whoever mixes them
// refuses. Limits alone may be the next configuration's already: a key's bucket
// has those of the newest that charged it (engine/README.md).

#include <atomic>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/types/span.h"
#include "engine/key_ledger.h"
#include "engine/validator.h"
#include "gtest/gtest.h"
#include "tests/engine/gate_fixture.h"
#include "tests/support/token_issuer.h"

namespace tollgate {
namespace {

constexpr int kThreads = 4;
constexpr int kReloads = 60;

constexpr std::string_view kConfig = R"(version: 1
api_keys: { pepper_file: pepper.key, policy: standard }
jwt:
  resource_metadata: https://NAME.example/x
  issuers:
    - { issuer: i, audiences: [api], algorithms: [ES256], jwks_file: keys.json, policy: tokens }
policies:
  standard:
    scopes: [NAME:use]
    rate_limits: { NAME: { limit: 1000000000, period: 1h } }
    endpoints: { allow: ["GET /NAME/**", "GET /both"] }
    ip: { allow: [192.0.2.0/24] }
  tokens:
    scopes: [NAME:token]
    rate_limits: { NAME: { limit: 1000000000, period: 1h } }
endpoints:
  - { match: "GET /both", scopes: [NAME:use] }
  - { match: "GET /token", scopes: [NAME:token] }
)";

class ReloadStressTest : public GateTest {
 protected:
  void ConfigureAs(std::string_view name) {
    Configure(absl::StrReplaceAll(kConfig, {{"NAME", name}}));
  }

  // The one configuration that `decision` was made under; empty: several.
  static std::string_view SourceOf(const Decision& decision) {
    if (decision.reason != Reason::kOk || decision.scopes == nullptr) return "";
    const std::string_view scope = decision.scopes->names().front();
    return scope.substr(0, scope.find(':'));
  }

  const TokenIssuer issuer_{"k"};
};

TEST_F(ReloadStressTest, ARequestIsDecidedByOneConfiguration) {
  Write("keys.json", issuer_.Jwks());
  ConfigureAs("odd");
  const auto gate = OpenGate();
  const std::string key = Issue(*gate, {.principal = "p"});
  const std::string token = absl::StrCat(
      "Bearer ",
      issuer_.Token(R"({"iss":"i","aud":"api","sub":"s","exp":5000})"));
  const IpAddress peer = *IpAddress::Parse("192.0.2.1");
  std::atomic<bool> over = false;
  std::atomic<int> mixed = 0;
  std::atomic<int> seen[2] = {};  // odd, even
  const auto judge = [&](const Decision& decision) {
    const std::string_view source = SourceOf(decision);
    if (source.empty()) {
      ++mixed;
    } else {
      ++seen[source == "even"];
    }
    return source;
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      auto worker = gate->RegisterWorker();
      const HeaderView with_key[] = {{"X-API-Key", key}};
      const HeaderView with_token[] = {{"Authorization", token}};
      const RequestView one = {"GET", "/both", peer, with_key};
      const RequestView other = {"GET", "/token", peer, with_token};
      const std::vector<RequestView> batch(16, one);
      std::vector<Decision> decisions(batch.size());
      while (!over.load()) {
        judge(worker.Validate(one, At(1000)));
        judge(worker.Validate(other, At(1000)));
        // A batch as well is decided by one of them.
        worker.ValidateBatch(batch, At(1000), absl::MakeSpan(decisions));
        const std::string_view first = judge(decisions.front());
        for (const Decision& decision : decisions) {
          if (judge(decision) != first) ++mixed;
        }
        // What is refused names the refusing configuration's metadata.
        const RequestView wrong = {"GET", "/odd/x", peer, with_key};
        const Decision refused = worker.Validate(wrong, At(1000));
        if (refused.reason != Reason::kOk &&
            refused.resource_metadata->find("even") == std::string::npos) {
          ++mixed;
        }
      }
    });
  }
  for (int i = 0; mixed == 0 && (i < kReloads || seen[0] == 0 || seen[1] == 0);
       ++i) {
    ConfigureAs(i % 2 == 0 ? "even" : "odd");
    const absl::Status status = gate->Reload();
    EXPECT_TRUE(status.ok()) << status;
    if (!status.ok()) break;
    std::this_thread::yield();
  }
  over = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(mixed, 0);
}

}  // namespace
}  // namespace tollgate
