// What an engine tells of itself: audit lines, counts, sightings, anomalies.

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/extract/api_key_text.h"
#include "engine/store/key_database.h"
#include "engine/validator.h"
#include "gtest/gtest.h"
#include "tests/engine/gate_fixture.h"

namespace tollgate {
namespace {

class ObservingTest : public GateTest {
 protected:
  void SetUp() override {
    GateTest::SetUp();
    Configure(absl::StrCat(kGateConfig, "audit: { file: audit.jsonl }\n"));
    auto gate = Validator::Open(
        config_path(),
        {.housekeeping = false, .clock = [this] { return now_; }});
    ASSERT_TRUE(gate.ok()) << gate.status();
    gate_ = *std::move(gate);
    worker_ = std::make_unique<Validator::Worker>(gate_->RegisterWorker());
    key_ = Issue(*gate_, {.principal = "ann", .policy = "free"});
  }
  Reason Ask(const std::string& key, std::string peer) {
    return TestRequest{.key = key, .peer = std::move(peer)}
        .Validate(*worker_, now_)
        .reason;
  }
  std::string Audit() {
    EXPECT_TRUE(gate_->FlushAudit().ok());
    std::ifstream file(folder_ + "/audit.jsonl");
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

  Now now_ = At(1000);
  std::unique_ptr<Validator> gate_;
  std::unique_ptr<Validator::Worker> worker_;
  std::string key_;
};

TEST_F(ObservingTest, ARefusalIsALine) {
  Ask("tg_live_x", "192.0.2.9");
  EXPECT_TRUE(absl::StrContains(
      Audit(),
      "{\"time\":\"1970-01-01T00:16:40Z\",\"event\":\"decision\","
      "\"decision\":\"deny\",\"reason\":\"malformed_credential\","
      "\"strategy\":\"api_key\",\"source\":\"192.0.2.9\","
      "\"configuration\":1}\n"))
      << Audit();
}

TEST_F(ObservingTest, WhatDoesNotFitIsCountedAndTold) {
  for (int i = 0; i < 3000; ++i) Ask("tg_live_x", "192.0.2.9");
  EXPECT_TRUE(absl::StrContains(
      Audit(), "\"event\":\"events_lost\",\"count\":\"1976\""));
  EXPECT_TRUE(absl::StrContains(gate_->Metrics(),
                                "tollgate_audit_events_lost_total 1976\n"));
}

TEST_F(ObservingTest, AReloadIsALineAndAMetric) {
  ASSERT_TRUE(gate_->Reload().ok());
  Configure("nonsense: 1\n");
  EXPECT_FALSE(gate_->Reload().ok());
  const std::string audit = Audit();
  EXPECT_TRUE(absl::StrContains(audit, "\"event\":\"configuration_reloaded\""));
  EXPECT_TRUE(absl::StrContains(audit, "\"event\":\"configuration_refused\""));
  const std::string metrics = gate_->Metrics();
  EXPECT_TRUE(absl::StrContains(
      metrics, "tollgate_config_reloads_total{result=\"refused\"} 1\n"));
  EXPECT_TRUE(
      absl::StrContains(metrics, "tollgate_config_last_reload_successful 0\n"));
}

// An operator who can not ask sees that a key file was read, or could not be.
TEST_F(ObservingTest, KeysThatAreReadAgainAreALine) {
  constexpr std::string_view kKeys =
      R"({"keys":[{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","kid":"k1",)"
      R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})";
  const auto write = [this](std::string_view text) {
    std::ofstream(folder_ + "/jwks.json") << text;
  };
  const auto count = [this](std::string_view name) {
    const std::vector<std::string> parts =
        absl::StrSplit(Audit(), absl::StrCat("\"event\":\"", name, "\""));
    return parts.size() - 1;
  };
  write(kKeys);
  Configure(absl::StrCat(kGateConfig,
                         "audit: { file: audit.jsonl }\n"
                         "jwt:\n  issuers:\n"
                         "    - issuer: https://idp.example\n"
                         "      audiences: [api]\n"
                         "      algorithms: [EdDSA]\n"
                         "      jwks_file: jwks.json\n"));
  ASSERT_TRUE(gate_->Reload().ok());
  ASSERT_TRUE(gate_->Refresh().ok());
  EXPECT_EQ(count("keys_reloaded"), 0u);
  write(absl::StrCat(kKeys, "\n"));
  ASSERT_TRUE(gate_->Refresh().ok());
  EXPECT_EQ(count("keys_reloaded"), 1u);
  write("no set of keys");
  EXPECT_FALSE(gate_->Refresh().ok());
  EXPECT_FALSE(gate_->Refresh().ok());
  EXPECT_EQ(count("keys_refused"), 1u) << Audit();
  write(kKeys);
  ASSERT_TRUE(gate_->Refresh().ok());
  EXPECT_EQ(count("keys_reloaded"), 2u);
}

TEST_F(ObservingTest, AnotherNetworkOfAKeyIsALine) {
  EXPECT_EQ(Ask(key_, "192.0.2.9"), Reason::kOk);
  EXPECT_EQ(Ask(key_, "192.0.2.77"), Reason::kOk);
  EXPECT_FALSE(absl::StrContains(Audit(), "new_network"));
  EXPECT_EQ(Ask(key_, "203.0.113.5"), Reason::kOk);
  EXPECT_TRUE(absl::StrContains(
      Audit(), absl::StrCat("\"event\":\"new_network\",\"key_id\":\"",
                            IdOf(key_), "\",\"source\":\"203.0.113.5\"")));
}

TEST_F(ObservingTest, ABurstOfFailuresIsAnAnomaly) {
  Audit();
  for (int i = 0; i < 30; ++i) Ask("tg_live_x", "192.0.2.9");
  now_ = At(1011);
  const std::string audit = Audit();
  EXPECT_TRUE(absl::StrContains(
      audit, "\"event\":\"anomaly\",\"kind\":\"failures\",\"events\":\"30\""))
      << audit;
  const std::string metrics = gate_->Metrics();
  EXPECT_TRUE(absl::StrContains(
      metrics, "tollgate_anomalies_total{kind=\"failures\"} 1\n"));
  EXPECT_TRUE(absl::StrContains(
      metrics, "tollgate_anomaly_active{kind=\"failures\"} 1\n"));
  now_ = At(1022);
  EXPECT_TRUE(absl::StrContains(Audit(), "\"event\":\"anomaly_over\""));
}

TEST_F(ObservingTest, EachKindOfAnomalyIsTold) {
  Configure(absl::StrCat(
      kGateConfig, "audit: { file: audit.jsonl }\n",
      "admission: { failures: { limit: 1, per: 1m, lockout: 5m } }\n",
      "anomalies: { interval: 10s, factor: 4, minimum: 5 }\n"));
  ASSERT_TRUE(gate_->Reload().ok());
  const std::string ended = Issue(*gate_, {.principal = "bob"});
  ASSERT_TRUE(gate_->keys().Revoke(IdOf(ended), UnixSeconds{1000}).ok());
  Audit();
  const ApiKeyText text("tg", "live");
  for (int i = 0; i < 60; ++i) {
    const std::string unknown =
        text.Compose(*KeyId::Parse(absl::StrCat("zzzzzzzzzz", 10 + i)),
                     std::string(30, 'w'));
    const std::string own = absl::StrCat("10.9.", i, ".1");
    EXPECT_EQ(Ask(key_, own), Reason::kOk);
    EXPECT_EQ(Ask(ended, own), Reason::kKeyRevoked);
    EXPECT_EQ(Ask(unknown, own), Reason::kUnknownKey);
    EXPECT_EQ(Ask(unknown, own), Reason::kLockedOut);
  }
  now_ = At(1011);
  const std::string audit = Audit();
  const std::string metrics = gate_->Metrics();
  for (const char* kind :
       {"failures", "unknown_ids", "lockouts", "revoked_use", "new_networks"}) {
    EXPECT_TRUE(absl::StrContains(
        audit, absl::StrCat("\"event\":\"anomaly\",\"kind\":\"", kind, "\"")))
        << kind << audit.substr(audit.size() - 2000);
    EXPECT_TRUE(absl::StrContains(
        metrics,
        absl::StrCat("tollgate_anomalies_total{kind=\"", kind, "\"} 1\n")))
        << kind;
  }
}

// Whether somebody waits for a lock of a file.
bool SomebodyWaits() {
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    if (absl::StrContains(line, "-> FLOCK")) return true;
  }
  return false;
}

// known-failures.md asks that nothing stale is accepted: a disk that hangs
// under the audit must not keep a revocation from being followed.
TEST_F(ObservingTest, AFileThatHangsHoldsUpNothingElse) {
  EXPECT_EQ(Ask(key_, "192.0.2.9"), Reason::kOk);
  Ask("tg_live_x", "192.0.2.9");
  const int held = open((folder_ + "/audit.jsonl").c_str(), O_RDONLY);
  ASSERT_EQ(flock(held, LOCK_EX), 0);
  std::thread writer([this] { EXPECT_TRUE(gate_->FlushAudit().ok()); });
  while (!SomebodyWaits()) std::this_thread::yield();
  EXPECT_EQ(Ask(key_, "192.0.2.9"), Reason::kOk);
  EXPECT_TRUE(absl::StrContains(gate_->Metrics(), "tollgate_keys 1\n"));
  EXPECT_TRUE(gate_->SaveUsage(now_).ok());
  auto other = KeyDatabase::Open(folder_ + "/tollgate.db", {});
  ASSERT_TRUE(other.ok()) << other.status();
  ASSERT_TRUE((*other)
                  ->Update(IdOf(key_),
                           [](StoredKey& key) {
                             key.state = KeyState::kRevoked;
                             return absl::OkStatus();
                           })
                  .ok());
  EXPECT_TRUE(gate_->Refresh().ok());
  EXPECT_EQ(Ask(key_, "192.0.2.9"), Reason::kKeyRevoked);
  ASSERT_EQ(flock(held, LOCK_UN), 0);
  writer.join();
  close(held);
  EXPECT_TRUE(absl::StrContains(Audit(), "\"reason\":\"key_revoked\""));
}

TEST_F(ObservingTest, CountsOutliveTheirWorkers) {
  Ask(key_, "192.0.2.9");
  worker_.reset();
  worker_ = std::make_unique<Validator::Worker>(gate_->RegisterWorker());
  Ask(key_, "192.0.2.9");
  EXPECT_TRUE(absl::StrContains(
      gate_->Metrics(),
      "tollgate_validations_total{strategy=\"api_key\",decision=\"allow\","
      "reason=\"ok\"} 2\n"));
}

TEST_F(ObservingTest, SomeValidationsAreTimed) {
  for (int i = 0; i < 64; ++i) Ask(key_, "192.0.2.9");
  EXPECT_TRUE(absl::StrContains(
      gate_->Metrics(),
      "tollgate_validation_duration_seconds_count{strategy=\"api_key\","
      "decision=\"allow\"} 1\n"));
}

}  // namespace
}  // namespace tollgate
