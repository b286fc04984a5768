// API keys that were proved before: what changes about them ends at once what
// was known.

#include <string>
#include <vector>

#include "engine/key_ledger.h"
#include "engine/validator.h"
#include "gtest/gtest.h"
#include "tests/engine/gate_fixture.h"

namespace tollgate {
namespace {

constexpr std::string_view kConfig = R"(version: 1
store: { sqlite: tollgate.db }
api_keys: { pepper_file: pepper.key, policy: free }
policies: { free: {} }
)";

constexpr UnixSeconds kWall = {1000};

class ProvenKeyTest : public GateTest {
 protected:
  void SetUp() override {
    GateTest::SetUp();
    Configure(kConfig);
    gate_ = OpenGate();
    key_ = Issue(*gate_, {.principal = "p"});
    worker_.push_back(gate_->RegisterWorker());
    // The first is digested, the others are known.
    for (int i = 0; i < 3; ++i) ASSERT_EQ(Ask(), Reason::kOk);
  }

  Reason Ask(double time = 1000) { return AskWith(key_, time); }
  Reason AskWith(const std::string& key, double time = 1000) {
    return TestRequest{key}.Validate(worker_[0], At(time)).reason;
  }
  KeyLedger& keys() { return gate_->keys(); }

  std::unique_ptr<Validator> gate_;
  std::string key_;
  std::vector<Validator::Worker> worker_;
};

TEST_F(ProvenKeyTest, RotationEndsTheOldSecret) {
  auto rotated = keys().Rotate(IdOf(key_), 0, kWall);
  ASSERT_TRUE(rotated.ok());
  EXPECT_EQ(Ask(), Reason::kWrongSecret);
  const std::string fresh(rotated->text.text());
  for (int i = 0; i < 2; ++i) EXPECT_EQ(AskWith(fresh), Reason::kOk);
  EXPECT_EQ(Ask(), Reason::kWrongSecret);
}

TEST_F(ProvenKeyTest, AnOverlapEndsInTime) {
  auto rotated = keys().Rotate(IdOf(key_), 60, kWall);
  ASSERT_TRUE(rotated.ok());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Ask(1059), Reason::kOk);
  EXPECT_EQ(Ask(1060), Reason::kWrongSecret);
  // A second rotation ends the overlap.
  ASSERT_TRUE(keys().Rotate(IdOf(key_), 60, kWall).ok());
  EXPECT_EQ(Ask(1001), Reason::kWrongSecret);
}

TEST_F(ProvenKeyTest, DisablingAndRevokingEndIt) {
  ASSERT_TRUE(keys().Disable(IdOf(key_), kWall).ok());
  EXPECT_EQ(Ask(), Reason::kKeyDisabled);
  ASSERT_TRUE(keys().Enable(IdOf(key_), kWall).ok());
  EXPECT_EQ(Ask(), Reason::kOk);
  ASSERT_TRUE(keys().Revoke(IdOf(key_), kWall).ok());
  EXPECT_EQ(Ask(), Reason::kKeyRevoked);
}

TEST_F(ProvenKeyTest, ItExpires) {
  const std::string brief =
      Issue(*gate_, {.principal = "q", .expires_at = UnixSeconds{1010}});
  EXPECT_EQ(AskWith(brief, 1009), Reason::kOk);
  EXPECT_EQ(AskWith(brief, 1009), Reason::kOk);
  EXPECT_EQ(AskWith(brief, 1010), Reason::kKeyExpired);
}

TEST_F(ProvenKeyTest, ARevocationByAnotherEngineEndsIt) {
  auto other = OpenGate();
  ASSERT_TRUE(other->keys().Revoke(IdOf(key_), kWall).ok());
  ASSERT_TRUE(gate_->Refresh().ok());
  EXPECT_EQ(Ask(), Reason::kKeyRevoked);
}

TEST_F(ProvenKeyTest, AnotherPepperEndsIt) {
  Write("pepper.key", std::string(32, 'q'));
  ASSERT_TRUE(gate_->Reload().ok());
  EXPECT_EQ(Ask(), Reason::kWrongSecret);
  Write("pepper.key", std::string(32, 'p'));
  ASSERT_TRUE(gate_->Reload().ok());
  EXPECT_EQ(Ask(), Reason::kOk);
}

TEST_F(ProvenKeyTest, ItsSecretIsNoOtherKeys) {
  const std::string other = Issue(*gate_, {.principal = "q"});
  ASSERT_EQ(AskWith(other), Reason::kOk);
  const auto pair = [](const std::string& id, const std::string& secret) {
    TestRequest request;
    request.headers = {{"X-API-Key-Id", id}, {"X-API-Key-Secret", secret}};
    return request;
  };
  const std::string secret = key_.substr(20, 30);
  EXPECT_EQ(pair(IdOf(key_), secret).Validate(worker_[0], At(1000)).reason,
            Reason::kOk);
  EXPECT_EQ(pair(IdOf(other), secret).Validate(worker_[0], At(1000)).reason,
            Reason::kWrongSecret);
  EXPECT_EQ(pair("nobodynobody", secret).Validate(worker_[0], At(1000)).reason,
            Reason::kUnknownKey);
}

}  // namespace
}  // namespace tollgate
