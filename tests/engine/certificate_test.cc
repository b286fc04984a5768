// Client certificates through the whole engine: who they are, what they may,
// and that nothing outlives what it was proved by.

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "tests/engine/certificate_gate.h"

namespace tollgate {
namespace {

using CertificateTest = CertificateGateTest;

TEST_F(CertificateTest, AnAnchoredClientIsWhoItsCertificateSays) {
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  const Decision decision = Ask(worker);
  EXPECT_EQ(decision.reason, Reason::kOk);
  EXPECT_EQ(decision.verdict, Verdict::kAllow);
  EXPECT_EQ(decision.strategy, Strategy::kMtls);
  EXPECT_TRUE(decision.proven);
  EXPECT_EQ(decision.principal.text(), "urn:client:one");
  ASSERT_EQ(decision.scopes->names().size(), 1u);
  EXPECT_EQ(decision.scopes->names()[0], "certificates");
}

TEST_F(CertificateTest, WhatIsWrongWithTheChainIsTheReason) {
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  Recipe recipe = recipe_;
  recipe.leaf.not_after = kGoodTime - 1;
  const auto expired = ClientChain::Of(Mint(recipe).chain);
  EXPECT_EQ(Ask(worker, &*expired).reason, Reason::kCertificateExpired);
  EXPECT_EQ(Ask(worker, &*expired).http_status(), 401);
  const auto strange = ClientChain::Of(Mint(GoodRecipe()).chain);
  EXPECT_NE(Ask(worker, &*strange).verdict, Verdict::kAllow);
  const auto garbage = ClientChain::Of({"garbage"});
  EXPECT_EQ(Ask(worker, &*garbage).reason, Reason::kMalformedCredential);
  EXPECT_EQ(Ask(worker, nullptr).reason, Reason::kNoCredential);
}

TEST_F(CertificateTest, WhereTooMuchFailedOnlyWhatWasProvedIsTaken) {
  Guard("failures: { limit: 2, per: 1m, lockout: 5m }");
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  Recipe recipe = recipe_;
  recipe.leaf.not_after -= 1;
  const auto newcomer = ClientChain::Of(Mint(recipe).chain);
  const auto strange = ClientChain::Of(Mint(GoodRecipe()).chain);
  EXPECT_EQ(Ask(worker).reason, Reason::kOk);
  for (int i = 0; i < 2; ++i) {
    EXPECT_NE(Ask(worker, &*strange).reason, Reason::kLockedOut);
  }
  EXPECT_EQ(Ask(worker, &*strange).reason, Reason::kLockedOut);
  EXPECT_EQ(Ask(worker, &*newcomer).reason, Reason::kLockedOut);
  EXPECT_EQ(Ask(worker).reason, Reason::kOk) << "it was proved before";
  EXPECT_EQ(Ask(worker, &*newcomer, {}, "192.0.2.2").reason, Reason::kOk);
}

// A chain costs as many operations as it has certificates, here two; one that
// failed is known again for a while, and costs none.
TEST_F(CertificateTest, ChainsThatAreNotProvedHaveABudget) {
  Guard(
      "failures: { limit: 1000, per: 1m, lockout: 5m }, "
      "verify_budget: { per_source: 4 }");
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  ASSERT_EQ(chain_.certificates().size(), 2u);
  EXPECT_EQ(Ask(worker).reason, Reason::kOk);
  const auto strange = ClientChain::Of(Mint(GoodRecipe()).chain);
  const Reason failed = Ask(worker, &*strange).reason;
  EXPECT_TRUE(IsFailedProof(failed)) << ReasonName(failed);
  EXPECT_EQ(Ask(worker, &*strange).reason, failed);
  Recipe recipe = recipe_;
  recipe.leaf.not_after -= 1;
  const auto newcomer = ClientChain::Of(Mint(recipe).chain);
  EXPECT_EQ(Ask(worker, &*newcomer).reason, Reason::kVerifyBudgetSpent);
  EXPECT_EQ(Ask(worker).reason, Reason::kOk) << "is not asked about";
}

TEST_F(CertificateTest, AnExtendedKeyUsageIsRequiredUnlessConfiguredOtherwise) {
  Recipe recipe = recipe_;
  std::erase_if(recipe.leaf.extensions,
                [](const auto& e) { return e.oid == "2.5.29.37"; });
  Use(Mint(recipe));
  {
    const auto gate = Open();
    auto worker = gate->RegisterWorker();
    EXPECT_EQ(Ask(worker).reason, Reason::kWrongUsage);
  }
  Accept("anchored", "\n  extended_key_usage: if_present");
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker).reason, Reason::kOk);
}

TEST_F(CertificateTest, WithoutANameOfTheKindsConfiguredItIsNobody) {
  Recipe recipe = GoodRecipe({.uri = "", .dns = "", .email = ""});
  Use(Mint(recipe));
  {
    const auto gate = Open();
    auto worker = gate->RegisterWorker();
    EXPECT_EQ(Ask(worker).reason, Reason::kIdentityNotAccepted);
  }
  Accept("anchored", "\n  identity: [cn]");
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker).principal.text(), "client one");
}

TEST_F(CertificateTest, LimitsAreThoseOfTheIdentity) {
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Ask(worker).reason, Reason::kOk);
  EXPECT_EQ(Ask(worker).reason, Reason::kRateLimited);
  // The same name in another certificate is the same client.
  Recipe renewed = recipe_;
  renewed.leaf.serial = "\x55";
  const auto other = ClientChain::Of(Mint(renewed).chain);
  EXPECT_EQ(Ask(worker, &*other).reason, Reason::kRateLimited);
}

TEST_F(CertificateTest, LimitsFollowAReloadWithTheirUsage) {
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Ask(worker).reason, Reason::kOk);
  Configure(absl::StrReplaceAll(
      kCertificateConfig,
      {{"ACCEPT", "anchored"}, {"per_minute: 3", "per_minute: 4"}}));
  ASSERT_TRUE(gate->Reload().ok());
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Ask(worker).reason, Reason::kOk);
  EXPECT_EQ(Ask(worker).reason, Reason::kRateLimited);
}

TEST_F(CertificateTest, ARevocationListThatIsReadAnewRevokes) {
  recipe_.send_crls = true;
  Use(Mint(recipe_));
  Accept("anchored", "\n  crls: [ca.crl]");
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker).reason, Reason::kOk);
  recipe_.intermediate_crl.revoked = {{recipe_.leaf.serial, {}}};
  const ClientChain same = chain_;
  Use(Mint(recipe_));
  ASSERT_TRUE(gate->Refresh().ok());
  EXPECT_EQ(Ask(worker, &same).reason, Reason::kCertificateRevoked);
}

TEST_F(CertificateTest, AListThatCanNotBeReadLeavesThoseThatAreKnown) {
  recipe_.send_crls = true;
  Use(Mint(recipe_));
  Accept("anchored", "\n  crls: [ca.crl]");
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  Write("ca.crl", "garbage");
  EXPECT_FALSE(gate->Refresh().ok());
  EXPECT_EQ(Ask(worker).reason, Reason::kOk);
}

TEST_F(CertificateTest, AnAnchorThatIsGoneVouchesForNobody) {
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker).reason, Reason::kOk);
  const ClientChain same = chain_;
  Use(Mint(GoodRecipe()));
  ASSERT_TRUE(gate->Refresh().ok());
  EXPECT_NE(Ask(worker, &same).verdict, Verdict::kAllow);
  EXPECT_EQ(gate->JudgeCertificates(same.certificates()),
            Reason::kBadSignature);
  EXPECT_EQ(gate->JudgeCertificates(chain_.certificates()), Reason::kOk);
}

TEST_F(CertificateTest, AProofIsOfNoUseWhenTheCertificateIsOver) {
  recipe_.leaf.not_after = kGoodTime + 100;
  Use(Mint(recipe_));
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker).reason, Reason::kOk);
  EXPECT_EQ(Ask(worker, &chain_, {}, "192.0.2.1", At(kGoodTime + 100)).reason,
            Reason::kOk);
  EXPECT_EQ(Ask(worker, &chain_, {}, "192.0.2.1", At(kGoodTime + 101)).reason,
            Reason::kCertificateExpired);
}

TEST_F(CertificateTest, AKeyBesideACertificateIsTwoCredentials) {
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  const std::string key = Issue(*gate, {.principal = "k"});
  EXPECT_EQ(Ask(worker, &chain_, {{"X-API-Key", key}}).reason,
            Reason::kMultipleCredentials);
  EXPECT_EQ(Ask(worker, nullptr, {{"X-API-Key", key}}).reason, Reason::kOk);
  EXPECT_EQ(Ask(worker, &chain_, {{"X-API-Key", "junk"}}).reason,
            Reason::kMalformedCredential);
}

TEST_F(CertificateTest, CertificatesThatCanNotBeReadAreACredential) {
  const ClientChain unreadable = ClientChain::Unreadable();
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  const std::string key = Issue(*gate, {.principal = "k"});
  const Decision alone = Ask(worker, &unreadable);
  EXPECT_EQ(alone.reason, Reason::kMalformedCredential);
  EXPECT_EQ(alone.strategy, Strategy::kMtls);
  EXPECT_EQ(Ask(worker, &unreadable, {{"X-API-Key", key}}).reason,
            Reason::kMultipleCredentials);
}

TEST_F(CertificateTest, WhetherThereIsACredentialIsToldWithoutATrace) {
  Guard("failures: { limit: 1, per: 1m, lockout: 1h }");
  const ClientChain unreadable = ClientChain::Unreadable();
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  const std::string before = gate->Metrics();
  RequestView request;
  request.peer = *IpAddress::Parse("192.0.2.1");
  EXPECT_FALSE(worker.HasCredential(request));
  for (const char* value : {"tg_live_junk", ""}) {
    const std::vector<HeaderView> headers = {{"X-API-Key", value}};
    request.headers = headers;
    EXPECT_TRUE(worker.HasCredential(request)) << value;
  }
  request.headers = {};
  const ClientChain* const chains[] = {&chain_, &unreadable};
  for (const ClientChain* chain : chains) {
    request.client_chain = chain;
    EXPECT_TRUE(worker.HasCredential(request));
  }
  EXPECT_EQ(gate->Metrics(), before);
  EXPECT_EQ(Ask(worker).reason, Reason::kOk) << "not locked out";
}

TEST_F(CertificateTest, WhatTheCallerRefusesIsARefusalLikeOthers) {
  Guard("failures: { limit: 1, per: 1m, lockout: 1h }");
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  RequestView request;
  request.peer = *IpAddress::Parse("192.0.2.1");
  const auto refuse = [&](Reason reason) {
    return worker.Refuse(request, Strategy::kSignedTool, reason, At(kGoodTime));
  };
  const Decision refused = refuse(Reason::kMultipleCredentials);
  EXPECT_EQ(refused.reason, Reason::kMultipleCredentials);
  EXPECT_EQ(refused.verdict, Verdict::kDeny);
  EXPECT_EQ(refused.strategy, Strategy::kSignedTool);
  EXPECT_TRUE(absl::StrContains(gate->Metrics(),
                                "{strategy=\"signed_tool\",decision=\"deny\","
                                "reason=\"multiple_credentials\"} 1\n"));
  EXPECT_EQ(refuse(Reason::kOk).verdict, Verdict::kUnavailable);
  // Credentials that failed lock their source out.
  EXPECT_EQ(refuse(Reason::kMalformedCredential).reason,
            Reason::kMalformedCredential);
  EXPECT_EQ(refuse(Reason::kMalformedCredential).reason, Reason::kLockedOut);
  // A key that stands beside it has not failed: another guess at it is
  // answered.
  request.peer = *IpAddress::Parse("192.0.2.2");
  const std::string id = IdOf(Issue(*gate, {.principal = "k"}));
  const std::vector<HeaderView> guess = {{"X-API-Key-Id", id},
                                         {"X-API-Key-Secret", "guess"}};
  request.headers = guess;
  EXPECT_EQ(refuse(Reason::kMalformedCredential).reason,
            Reason::kMalformedCredential);
  EXPECT_EQ(Ask(worker, nullptr, guess, "192.0.2.3").reason,
            Reason::kWrongSecret);
  request.peer = IpAddress();
  EXPECT_EQ(refuse(Reason::kMalformedCredential).reason,
            Reason::kMalformedRequest);
}

TEST_F(CertificateTest, WithoutMtlsACertificateIsRefusedNotOverlooked) {
  Configure(kGateConfig);
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker).reason, Reason::kMalformedCredential);
  EXPECT_EQ(gate->JudgeCertificates(chain_.certificates()),
            Reason::kMalformedCredential);
}

// CVE-2026-35616, and what Contour and Traefik had: certificates in headers.
class ForwardedTest : public CertificateGateTest {
 protected:
  void SetUp() override {
    CertificateTest::SetUp();
    Accept("anchored", "\n  forwarded: client_cert");
    header_ =
        absl::StrCat(":", absl::Base64Escape(chain_.certificates()[0]), ":");
    more_ =
        absl::StrCat(":", absl::Base64Escape(chain_.certificates()[1]), ":");
  }

  std::vector<HeaderView> Headers() const {
    return {{"Client-Cert", header_}, {"Client-Cert-Chain", more_}};
  }

  static constexpr std::string_view kProxy = "10.1.0.7";

  std::string header_, more_;
};

TEST_F(ForwardedTest, ATrustedProxyHandsOverItsClientsCertificate) {
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  const Decision decision = Ask(worker, nullptr, Headers(), kProxy);
  EXPECT_EQ(decision.reason, Reason::kOk);
  EXPECT_EQ(decision.principal.text(), "urn:client:one");
}

TEST_F(ForwardedTest, NobodyElseIsBelieved) {
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker, nullptr, Headers(), "192.0.2.1").reason,
            Reason::kNoCredential);
}

TEST_F(ForwardedTest, WithoutTheOptionHeadersAreNothing) {
  Accept("anchored");
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker, nullptr, Headers(), kProxy).reason,
            Reason::kNoCredential);
}

TEST_F(ForwardedTest, AProxysOwnCertificateIsNotItsClients) {
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker, &chain_, {}, kProxy).reason, Reason::kNoCredential);
  EXPECT_EQ(Ask(worker, &chain_, {}, "192.0.2.1").reason, Reason::kOk);
  // It may not be the proxy's.
  const ClientChain unreadable = ClientChain::Unreadable();
  EXPECT_EQ(Ask(worker, &unreadable, Headers(), kProxy).reason,
            Reason::kMalformedCredential);
}

TEST_F(ForwardedTest, WhatIsMalformedIsRefusedWhateverStandsBeside) {
  const auto gate = Open();
  auto worker = gate->RegisterWorker();
  const std::string key = Issue(*gate, {.principal = "k"});
  EXPECT_EQ(Ask(worker, nullptr, {{"Client-Cert", "junk"}, {"X-API-Key", key}},
                kProxy)
                .reason,
            Reason::kMalformedCredential);
}

}  // namespace
}  // namespace tollgate
