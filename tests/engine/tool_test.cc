// Signed tool definitions through the whole engine: publishers, approvals and
// revocations, and that nothing outlives what it was proved by.

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "engine/base/limits.h"
#include "engine/crypto/sha256.h"
#include "engine/store/key_database.h"
#include "engine/validator.h"
#include "engine/verify/tool_definition.h"
#include "gtest/gtest.h"
#include "tests/engine/gate_fixture.h"
#include "tests/support/run_sql.h"
#include "tests/support/tool_publisher.h"

namespace tollgate {
namespace {

constexpr std::string_view kConfig = R"(version: 1
store: { sqlite: tollgate.db }
tools:
  publishers:
    - { id: acme, jwks_file: acme.json }
    - { id: other, jwks_file: other.json }
  max_age: 1h
  pins: PINS
)";

constexpr std::string_view kWeather =
    R"({"name":"weather","version":"1.0.0","capabilities":["net"]})";
constexpr std::string_view kChanged =
    R"({"name":"weather","version":"1.0.0","capabilities":["net"],"x":1})";

class ToolTest : public GateTest {
 protected:
  void SetUp() override {
    GateTest::SetUp();
    Write("acme.json", acme_.Jwks());
    Write("other.json", other_.Jwks());
    Pins("require");
  }

  void Pins(std::string_view mode) {
    Configure(absl::StrReplaceAll(kConfig, {{"PINS", mode}}));
  }

  ToolDecision Ask(Validator::Worker& worker, const std::string& document,
                   double time = 1000) {
    return worker.VerifyToolDefinition({document}, At(time), &canonical_);
  }

  // Approves as another process would.
  void Approve(const std::string& publisher, std::string_view definition,
               bool withdrawn = false) {
    auto database =
        KeyDatabase::Open(folder_ + "/tollgate.db", {.create = true});
    ASSERT_TRUE(database.ok()) << database.status();
    Approval approval;
    approval.pin = {publisher,
                    "weather",
                    "1.0.0",
                    Sha256(CanonicalForm(definition)),
                    {{"net"}}};
    approval.withdrawn = withdrawn;
    ASSERT_TRUE((*database)->AddApproval(approval).ok());
  }

  const ToolPublisher acme_{"k1"};
  const ToolPublisher other_{"k2"};
  const std::string weather_ = acme_.Document(kWeather);
  std::string canonical_;
};

TEST_F(ToolTest, OnlyWhatWasApprovedIsGood) {
  Approve("acme", kWeather);
  const auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  for (int i = 0; i < 3; ++i) {
    const ToolDecision decision = Ask(worker, weather_);
    EXPECT_EQ(decision.reason, Reason::kOk);
    EXPECT_EQ(decision.verdict, Verdict::kAllow);
    EXPECT_TRUE(decision.proven);
    EXPECT_EQ(decision.publisher.text(), "acme");
    EXPECT_EQ(decision.tool.text(), "weather");
    EXPECT_EQ(decision.version.text(), "1.0.0");
    EXPECT_EQ(decision.digest, Sha256(CanonicalForm(kWeather)));
    EXPECT_EQ(canonical_, CanonicalForm(kWeather));
  }
  const ToolDecision changed = Ask(worker, acme_.Document(kChanged));
  EXPECT_EQ(changed.reason, Reason::kDefinitionChanged);
  EXPECT_EQ(changed.verdict, Verdict::kDeny);
  EXPECT_EQ(changed.http_status(), 403);
  EXPECT_TRUE(changed.proven);
  EXPECT_EQ(canonical_, "") << "what is refused is not handed on";
  EXPECT_EQ(Ask(worker, other_.Document(kWeather)).reason,
            Reason::kPublisherChanged);
  EXPECT_EQ(Ask(worker, acme_.Document(R"({"name":"Weather"})")).reason,
            Reason::kLookalikeName);
  EXPECT_EQ(Ask(worker, acme_.Document(R"({"name":"clock"})")).reason,
            Reason::kNotPinned);
}

TEST_F(ToolTest, WhatIsForgedIsRefusedAndNothingIsToldOfIt) {
  const auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  const ToolPublisher thief("k1");
  const ToolDecision decision = Ask(worker, thief.Document(kWeather));
  EXPECT_EQ(decision.reason, Reason::kBadSignature);
  EXPECT_EQ(decision.http_status(), 401);
  EXPECT_FALSE(decision.proven);
  EXPECT_EQ(decision.publisher.text(), "");
  EXPECT_EQ(Ask(worker, "junk").reason, Reason::kMalformedCredential);
}

TEST_F(ToolTest, WithoutPublishersNothingIsTaken) {
  Configure(kGateConfig);
  const auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker, weather_).reason, Reason::kPublisherUnknown);
}

TEST_F(ToolTest, ApprovalsOfOthersAreSeenAndEnd) {
  const auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker, weather_).reason, Reason::kNotPinned);
  Approve("acme", kWeather);
  ASSERT_TRUE(gate->Refresh().ok());
  EXPECT_EQ(Ask(worker, weather_).reason, Reason::kOk);
  Approve("acme", kWeather, /*withdrawn=*/true);
  ASSERT_TRUE(gate->Refresh().ok());
  EXPECT_EQ(Ask(worker, weather_).reason, Reason::kNotPinned);
}

TEST_F(ToolTest, TheFirstUseApprovesAndLasts) {
  Pins("first_use");
  {
    const auto gate = OpenGate();
    auto worker = gate->RegisterWorker();
    EXPECT_EQ(Ask(worker, weather_).reason, Reason::kOk);
    EXPECT_EQ(Ask(worker, acme_.Document(kChanged)).reason,
              Reason::kDefinitionChanged);
    EXPECT_EQ(Ask(worker, other_.Document(kWeather)).reason,
              Reason::kPublisherChanged);
  }
  const auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker, acme_.Document(kChanged)).reason,
            Reason::kDefinitionChanged);
  EXPECT_EQ(Ask(worker, weather_).reason, Reason::kOk);
}

// What was taken back is not approved by being used again.
TEST_F(ToolTest, AFirstUseAfterAWithdrawalIsNone) {
  Pins("first_use");
  const auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  ASSERT_EQ(Ask(worker, weather_).reason, Reason::kOk);
  Approve("acme", kWeather, /*withdrawn=*/true);
  ASSERT_TRUE(gate->Refresh().ok());
  EXPECT_EQ(Ask(worker, weather_).reason, Reason::kNotPinned);
  EXPECT_EQ(Ask(worker, other_.Document(kWeather)).reason, Reason::kNotPinned);
}

// Whoever was faster is the first.
TEST_F(ToolTest, AnotherProcessMayHaveBeenFaster) {
  Pins("first_use");
  const auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  Approve("acme", kChanged);
  EXPECT_EQ(Ask(worker, weather_).reason, Reason::kDefinitionChanged);
}

TEST_F(ToolTest, OffTakesWhatPublishersSign) {
  Pins("off");
  const auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker, weather_).reason, Reason::kOk);
  EXPECT_EQ(Ask(worker, acme_.Document(kChanged)).reason, Reason::kOk);
}

TEST_F(ToolTest, ADocumentMayBeGoodOnce) {
  Configure(absl::StrReplaceAll(
      kConfig, {{"pins: PINS", "pins: off\n  one_time: true"}}));
  const auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker, weather_).reason, Reason::kOk);
  EXPECT_EQ(Ask(worker, weather_).reason, Reason::kReplayed);
  EXPECT_EQ(canonical_, "") << "nothing is handed out";
  EXPECT_EQ(Ask(worker, acme_.Document(kChanged)).reason, Reason::kOk);
}

// Whatever age the configuration lets documents have.
TEST_F(ToolTest, WhatIsGoodOnceIsSoOverReloads) {
  const auto configure = [this](std::string_view max_age) {
    Configure(absl::StrReplaceAll(
        kConfig, {{"pins: PINS", "pins: off\n  one_time: true"},
                  {"max_age: 1h", absl::StrCat("max_age: ", max_age)}}));
  };
  configure("2h");
  const auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker, weather_).reason, Reason::kOk);
  for (const std::string_view max_age : {"1h", "3h", "20d", "1h"}) {
    configure(max_age);
    ASSERT_TRUE(gate->Reload().ok());
    EXPECT_EQ(Ask(worker, weather_).reason, Reason::kReplayed) << max_age;
  }
  configure("20d");
  ASSERT_TRUE(gate->Reload().ok());
  EXPECT_EQ(Ask(worker, weather_, 1000 + 86'400).reason, Reason::kReplayed);
}

// A store that was put in the place of the one that is open.
TEST_F(ToolTest, AStoreThatIsNotTheOneThatWasOpenedApprovesNothing) {
  Approve("acme", kWeather);
  const auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker, weather_).reason, Reason::kOk);
  std::filesystem::copy_file(folder_ + "/tollgate.db", folder_ + "/copy.db");
  std::filesystem::rename(folder_ + "/copy.db", folder_ + "/tollgate.db");
  const absl::Status status = gate->Refresh();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
  EXPECT_EQ(Ask(worker, weather_).reason, Reason::kInternalUnavailable);
}

TEST_F(ToolTest, AKnownDefinitionStillAges) {
  Pins("off");
  const auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker, weather_).reason, Reason::kOk);
  EXPECT_EQ(Ask(worker, weather_, 1000 + 3600).reason, Reason::kOk);
  EXPECT_EQ(Ask(worker, weather_, 1001 + 3600).reason,
            Reason::kDefinitionExpired);
}

TEST_F(ToolTest, AKeyThatLeavesItsSetVouchesForNothing) {
  Pins("off");
  const auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker, weather_).reason, Reason::kOk);
  const ToolPublisher next("k9");
  Write("acme.json",
        absl::StrCat("{\"keys\":[", acme_.Jwk(), ",", next.Jwk(), "]}"));
  ASSERT_TRUE(gate->Refresh().ok());
  EXPECT_EQ(Ask(worker, weather_).reason, Reason::kOk);
  EXPECT_EQ(Ask(worker, next.Document(kWeather)).reason, Reason::kOk);
  Write("acme.json", next.Jwks());
  ASSERT_TRUE(gate->Refresh().ok());
  EXPECT_EQ(Ask(worker, weather_).reason, Reason::kPublisherUnknown);
  // What can not be read leaves what is known.
  Write("acme.json", "junk");
  EXPECT_FALSE(gate->Refresh().ok());
  EXPECT_EQ(Ask(worker, next.Document(kWeather)).reason, Reason::kOk);
}

TEST_F(ToolTest, RulesAreThoseOfTheLastReload) {
  Pins("off");
  const auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker, weather_).reason, Reason::kOk);
  Pins("require");
  ASSERT_TRUE(gate->Reload().ok());
  EXPECT_EQ(Ask(worker, weather_).reason, Reason::kNotPinned);
  Configure(absl::StrReplaceAll(
      kConfig, {{"PINS", "off"}, {"max_age: 1h", "max_age: 1s"}}));
  ASSERT_TRUE(gate->Reload().ok());
  EXPECT_EQ(Ask(worker, weather_, 1002).reason, Reason::kDefinitionExpired);
}

TEST_F(ToolTest, RevocationsEndWhatIsKnown) {
  Pins("off");
  const auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  const std::string changed = acme_.Document(kChanged);
  EXPECT_EQ(Ask(worker, weather_).reason, Reason::kOk);
  EXPECT_EQ(Ask(worker, changed).reason, Reason::kOk);
  ASSERT_TRUE(gate->Revoke({RevocationKind::kClaims,
                            RevocationIssuerOf("acme"),
                            "a8c4d8b7a7e8ab3d31fb3f4e0b05ddc7"
                            "a8c4d8b7a7e8ab3d31fb3f4e0b05ddc7",
                            {},
                            kRevokedForGood})
                  .ok());
  EXPECT_EQ(Ask(worker, weather_).reason, Reason::kOk);
  ASSERT_TRUE(gate->Revoke({RevocationKind::kClaims,
                            RevocationIssuerOf("acme"),
                            absl::BytesToHexString(
                                BytesOf(Sha256(CanonicalForm(kWeather)))),
                            {},
                            kRevokedForGood})
                  .ok());
  EXPECT_EQ(Ask(worker, weather_).reason, Reason::kDefinitionRevoked);
  EXPECT_EQ(Ask(worker, changed).reason, Reason::kOk);
  const Revocation key = {RevocationKind::kKeyId, RevocationIssuerOf("acme"),
                          "k1", 1000, kRevokedForGood};
  ASSERT_TRUE(gate->Revoke(key).ok());
  EXPECT_EQ(Ask(worker, changed).reason, Reason::kDefinitionRevoked);
  EXPECT_EQ(Ask(worker, acme_.Document(kChanged, 1001)).reason, Reason::kOk)
      << "signed after what is revoked";
  EXPECT_EQ(Ask(worker, other_.Document(kChanged)).reason, Reason::kOk);
}

TEST_F(ToolTest, ADamagedStoreApprovesNothing) {
  Approve("acme", kWeather);
  const auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker, weather_).reason, Reason::kOk);
  Approve("acme", kWeather);
  RunSqlOn(folder_ + "/tollgate.db",
           "UPDATE approvals SET digest=zeroblob(32)");
  EXPECT_FALSE(gate->Refresh().ok());
  EXPECT_EQ(Ask(worker, weather_).reason, Reason::kInternalUnavailable);
  EXPECT_EQ(canonical_, "");
}

TEST_F(ToolTest, AWholeListIsVerifiedAtOnce) {
  Pins("off");
  const auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  const std::string clock = other_.Document(R"({"name":"clock"})");
  const std::string same_name = other_.Document(kWeather);
  const ToolDocumentText texts[] = {
      {weather_}, {clock}, {"junk"}, {same_name}, {weather_}};
  std::vector<ToolDecision> decisions(5);
  std::vector<std::string> canonicals(5, "old");
  worker.VerifyToolDefinitions(texts, At(1000), absl::MakeSpan(decisions),
                               absl::MakeSpan(canonicals));
  EXPECT_EQ(decisions[0].reason, Reason::kOk);
  EXPECT_EQ(decisions[1].reason, Reason::kOk);
  EXPECT_EQ(decisions[2].reason, Reason::kMalformedCredential);
  EXPECT_EQ(decisions[3].reason, Reason::kLookalikeName);
  EXPECT_EQ(decisions[3].verdict, Verdict::kDeny);
  EXPECT_EQ(decisions[4].reason, Reason::kLookalikeName);
  EXPECT_EQ(canonicals,
            (std::vector<std::string>{CanonicalForm(kWeather),
                                      R"({"name":"clock"})", "", "", ""}));
}

TEST_F(ToolTest, LongDocumentsAreKnownAgainToo) {
  Pins("off");
  const auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  const std::string definition =
      absl::StrCat(R"({"name":"long","description":")",
                   std::string(2 * limits::kTokenBytesMax, 'x'), R"("})");
  std::string document = acme_.Document(definition);
  EXPECT_EQ(Ask(worker, document).reason, Reason::kOk);
  EXPECT_EQ(Ask(worker, document).reason, Reason::kOk);
  EXPECT_EQ(canonical_.size(), CanonicalForm(definition).size());
  document[document.find("xxx")] = 'y';
  EXPECT_EQ(Ask(worker, document).reason, Reason::kBadSignature);
}

TEST_F(ToolTest, DetachedPayloadsAreVerifiedEachTime) {
  Pins("off");
  const auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  const std::string payload = ToolPublisher::Payload(kWeather);
  const std::string jws = acme_.Jws(payload, true);
  const std::string other = ToolPublisher::Payload(kChanged);
  EXPECT_EQ(worker.VerifyToolDefinition({jws, payload}, At(1000)).reason,
            Reason::kOk);
  EXPECT_EQ(worker.VerifyToolDefinition({jws, other}, At(1000)).reason,
            Reason::kBadSignature);
  EXPECT_EQ(worker.VerifyToolDefinition({jws}, At(1000)).reason,
            Reason::kMalformedCredential);
}

// The engine goes on with tokens and keys beside.
TEST_F(ToolTest, APublishersFileThatIsMissingIsAnErrorWithItsPlace) {
  Configure(absl::StrReplaceAll(
      kConfig, {{"PINS", "off"}, {"other.json", "none.json"}}));
  const auto gate = Validator::Open(config_path(), {.housekeeping = false});
  EXPECT_NE(std::string(gate.status().message()).find("tollgate.yaml:6:"),
            std::string::npos)
      << gate.status();
}

}  // namespace
}  // namespace tollgate
