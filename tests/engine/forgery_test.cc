// Floods of forged tokens, chains and documents: what they cost, and whom they
// do not touch.

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/engine/token_gate.h"

namespace tollgate {
namespace {

class ForgeryTest : public TokenGateTest {
 protected:
  void Open(std::string_view admission) {
    worker_.reset();
    Configure(absl::StrCat(kTokenConfig, "admission:\n", admission));
    gate_ = OpenGate();
    ASSERT_NE(gate_, nullptr);
    worker_ = std::make_unique<Validator::Worker>(gate_->RegisterWorker());
  }
  Reason Ask(const std::string& token, std::string_view peer,
             double time = 1000) {
    return TokenGateTest::Ask(*worker_, token, {.peer = std::string(peer)},
                              time)
        .reason;
  }
  // A token of the other issuer's key, under this one's name.
  std::string Forged(int n) const {
    return b_.Token(Claims(absl::StrCat(R"(,"jti":"f)", n, "\"")));
  }
  std::string Good(int n) const {
    return Token(absl::StrCat(R"(,"jti":"g)", n, "\""));
  }

  std::unique_ptr<Validator> gate_;
  std::unique_ptr<Validator::Worker> worker_;
};

TEST_F(ForgeryTest, WhoForgesIsLockedOutAndWhoIsProvedIsNot) {
  Open("  failures: { limit: 3, per: 1m, lockout: 5m }\n");
  const std::string proved = Good(1);
  EXPECT_EQ(Ask(proved, "192.0.2.9"), Reason::kOk);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Ask(Forged(i), "192.0.2.9"), Reason::kBadSignature);
  }
  EXPECT_EQ(Ask(Forged(9), "192.0.2.9"), Reason::kLockedOut);
  EXPECT_EQ(Ask(Good(2), "192.0.2.9"), Reason::kLockedOut);
  EXPECT_EQ(Ask(proved, "192.0.2.9"), Reason::kOk);
  EXPECT_EQ(Ask(Good(2), "192.0.2.10"), Reason::kOk);
  EXPECT_EQ(Ask(Good(3), "192.0.2.9", 1300), Reason::kOk) << "it is over";
}

TEST_F(ForgeryTest, ATokenThatIsRevokedIsRefusedThoughItWasProved) {
  Open("  failures: { limit: 1, per: 1m, lockout: 5m }\n");
  const std::string proved = Good(1);
  EXPECT_EQ(Ask(proved, "192.0.2.9"), Reason::kOk);
  Ask(Forged(1), "192.0.2.9");
  ASSERT_TRUE(gate_
                  ->Revoke({.kind = RevocationKind::kTokenId,
                            .issuer = "https://a.example",
                            .value = "g1",
                            .issued_until = std::nullopt,
                            .expires_at = kRevokedForGood})
                  .ok());
  EXPECT_EQ(Ask(proved, "192.0.2.9"), Reason::kTokenRevoked);
}

TEST_F(ForgeryTest, ExpiredTokensAreNoForgeries) {
  Open("  failures: { limit: 2, per: 1m, lockout: 5m }\n");
  for (int i = 0; i < 9; ++i) {
    EXPECT_EQ(Ask(Good(i), "192.0.2.9", 9000), Reason::kTokenExpired);
  }
}

TEST_F(ForgeryTest, ASourceHasABudgetOfSignatures) {
  Open(
      "  failures: { limit: 1000, per: 1m, lockout: 5m }\n"
      "  verify_budget: { per_second: 100, per_source: 2 }\n");
  const std::string proved = Good(1);
  EXPECT_EQ(Ask(proved, "192.0.2.9"), Reason::kOk);
  EXPECT_EQ(Ask(Forged(1), "192.0.2.9"), Reason::kBadSignature);
  EXPECT_EQ(Ask(Forged(2), "192.0.2.9"), Reason::kVerifyBudgetSpent);
  EXPECT_EQ(Ask(Good(2), "192.0.2.9"), Reason::kVerifyBudgetSpent);
  EXPECT_EQ(Ask(proved, "192.0.2.9"), Reason::kOk) << "is proved";
  EXPECT_EQ(Ask(Good(3), "192.0.2.10"), Reason::kOk) << "has its own";
  EXPECT_EQ(Ask(Good(2), "192.0.2.9", 1001), Reason::kOk) << "a second later";
}

TEST_F(ForgeryTest, AllTogetherHaveABudgetOfSignatures) {
  Open(
      "  failures: { limit: 1000, per: 1m, lockout: 5m }\n"
      "  verify_budget: { per_second: 5 }\n");
  const std::string proved = Good(1);
  EXPECT_EQ(Ask(proved, "192.0.2.9"), Reason::kOk);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(Ask(Forged(i), absl::StrCat("198.18.0.", i)),
              Reason::kBadSignature);
  }
  EXPECT_EQ(Ask(Forged(5), "198.18.0.5"), Reason::kOverloaded);
  EXPECT_EQ(HttpStatus(Reason::kOverloaded), 503);
  EXPECT_EQ(Ask(proved, "192.0.2.9"), Reason::kOk);
}

TEST_F(ForgeryTest, CheapRefusalsCostNoBudget) {
  Open(
      "  failures: { limit: 1000, per: 1m, lockout: 5m }\n"
      "  verify_budget: { per_second: 1 }\n");
  for (int i = 0; i < 9; ++i) {
    EXPECT_EQ(Ask("no.token.here", "192.0.2.9"), Reason::kMalformedCredential);
    EXPECT_EQ(Ask(Good(i), "192.0.2.9", 9000), Reason::kTokenExpired);
  }
  EXPECT_EQ(Ask(Good(1), "192.0.2.9"), Reason::kOk);
}

TEST_F(ForgeryTest, TheSameForgeryCostsOneSignature) {
  Open(
      "  failures: { limit: 1000, per: 1m, lockout: 5m }\n"
      "  verify_budget: { per_second: 1 }\n");
  EXPECT_EQ(Ask(Forged(1), "192.0.2.9"), Reason::kBadSignature);
  const std::string forged = Forged(2);
  EXPECT_EQ(Ask(forged, "192.0.2.9", 1001), Reason::kBadSignature);
  for (int i = 0; i < 9; ++i) {
    EXPECT_EQ(Ask(forged, "192.0.2.9", 1001), Reason::kBadSignature)
        << "without another";
  }
  EXPECT_EQ(Ask(Forged(3), "192.0.2.9", 1001), Reason::kOverloaded);
  EXPECT_EQ(Ask(forged, "192.0.2.9", 1011), Reason::kBadSignature) << "anew";
  EXPECT_EQ(Ask(Forged(4), "192.0.2.9", 1011), Reason::kOverloaded);
}

// What was refused is known under the keys that refused it only.
TEST_F(ForgeryTest, AKeyThatComesMakesItsTokensGoodAtOnce) {
  Open("  failures: { limit: 1000, per: 1m, lockout: 5m }\n");
  const TokenIssuer next("k1");
  const std::string early = next.Token(Claims());
  EXPECT_EQ(Ask(early, "192.0.2.9"), Reason::kBadSignature);
  EXPECT_EQ(Ask(early, "192.0.2.9"), Reason::kBadSignature);
  Write("a.json", next.Jwks());
  ASSERT_TRUE(gate_->Reload().ok());
  EXPECT_EQ(Ask(early, "192.0.2.9"), Reason::kOk);
}

}  // namespace
}  // namespace tollgate
