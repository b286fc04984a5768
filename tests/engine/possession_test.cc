// Tokens that are of use only to who holds a key, and only once.

#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "engine/base/base64url.h"
#include "engine/crypto/sha256.h"
#include "engine/extract/client_chain.h"
#include "engine/validator.h"
#include "gtest/gtest.h"
#include "tests/engine/token_gate.h"
#include "tests/support/dpop_client.h"
#include "tools/mint/certificate_mint.h"
#include "tools/mint/client_chains.h"

namespace tollgate {
namespace {

class PossessionTest : public TokenGateTest {
 protected:
  std::string Bound(const DpopClient& client) const {
    return Token(
        absl::StrCat(R"(,"cnf":{"jkt":")", client.Thumbprint(), R"("})"));
  }

  static Reason AskWith(Validator::Worker& worker, std::string_view scheme,
                        std::string_view token, std::string_view proof,
                        double time = 1000) {
    TestRequest request;
    request.headers = {{"Authorization", absl::StrCat(scheme, " ", token)}};
    if (!proof.empty()) request.headers.push_back({"DPoP", std::string(proof)});
    return request.Validate(worker, At(time)).reason;
  }
};

// RFC 8705 section 3.1.
TEST_F(PossessionTest, ACertificateBoundTokenNeedsItsCertificate) {
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  const std::string certificate = "the DER of a certificate";
  const Sha256Digest digest = Sha256(certificate);
  const std::string thumbprint = EncodeBase64Url(
      {reinterpret_cast<const char*>(digest.data()), digest.size()});
  const std::string token = absl::StrCat(
      "Bearer ",
      Token(absl::StrCat(R"(,"cnf":{"x5t#S256":")", thumbprint, R"("})")));
  const HeaderView headers[] = {{"Authorization", token}};
  RequestView request = {"GET", "/v1/x", *IpAddress::Parse("192.0.2.1"),
                         headers};
  EXPECT_EQ(worker.Validate(request, At(1000)).reason,
            Reason::kProofOfPossessionFailed);
  const auto another = ClientChain::Of({"another"});
  request.client_chain = &*another;
  EXPECT_EQ(worker.Validate(request, At(1000)).reason,
            Reason::kProofOfPossessionFailed);
  const auto chain = ClientChain::Of({certificate});
  request.client_chain = &*chain;
  EXPECT_EQ(worker.Validate(request, At(1000)).reason, Reason::kOk);
}

// With chains that authorities issued: of the connection, and handed over by a
// proxy that terminates it.
class CertificateBoundTest : public PossessionTest {
 protected:
  void SetUp() override {
    PossessionTest::SetUp();
    const mint::ClientChainFiles files = Mint(mint::GoodRecipe());
    Write("ca.pem", mint::Pem(files.anchors.front()));
    chain_ = *ClientChain::Of(files.chain);
    Configure(absl::StrCat(kTokenConfig,
                           "trusted_proxies: [10.1.0.0/16]\n"
                           "mtls: { trust_anchors: [ca.pem], accept: anchored, "
                           "forwarded: client_cert }\n"));
  }

  // The decision about a token of the claims `more`, and a chain or headers.
  Reason AskAs(Validator::Worker& worker, std::string_view more,
               const ClientChain* chain, std::vector<HeaderView> headers = {},
               std::string_view peer = "192.0.2.1") const {
    const std::string token = absl::StrCat("Bearer ", Token(more));
    headers.push_back({"Authorization", token});
    return worker
        .Validate({"GET", "/v1/x", *IpAddress::Parse(peer), headers, chain},
                  At(1000))
        .reason;
  }

  static std::string BoundTo(const ClientChain& chain) {
    return absl::StrCat(R"(,"cnf":{"x5t#S256":")",
                        EncodeBase64Url(BytesOf(chain.end_entity_digest())),
                        R"("})");
  }

  ClientChain chain_ = *ClientChain::Of({"none yet"});
};

TEST_F(CertificateBoundTest, TheChainOfTheConnectionIsItsProof) {
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  const std::string bound = BoundTo(chain_);
  const auto other = ClientChain::Of(Mint(mint::GoodRecipe()).chain);
  EXPECT_EQ(AskAs(worker, bound, &chain_), Reason::kOk);
  EXPECT_EQ(AskAs(worker, bound, &chain_), Reason::kOk) << "known by now";
  EXPECT_EQ(AskAs(worker, bound, &*other), Reason::kProofOfPossessionFailed);
  EXPECT_EQ(AskAs(worker, bound, nullptr), Reason::kProofOfPossessionFailed);
  const auto swapped =
      ClientChain::Of({chain_.certificates()[1], chain_.certificates()[0]});
  EXPECT_EQ(AskAs(worker, bound, &*swapped), Reason::kProofOfPossessionFailed)
      << "the client is the first of its chain";
  const ClientChain unreadable = ClientChain::Unreadable();
  // Its digest is of no certificate, and no thumbprint either.
  const std::string zeros =
      absl::StrCat(R"(,"cnf":{"x5t#S256":")", std::string(43, 'A'), R"("})");
  for (const std::string& more : {bound, zeros, std::string()}) {
    EXPECT_EQ(AskAs(worker, more, &unreadable), Reason::kMultipleCredentials);
  }
}

TEST_F(CertificateBoundTest, AProxyHandsTheCertificateOver) {
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  const std::string bound = BoundTo(chain_);
  const std::string header =
      absl::StrCat(":", absl::Base64Escape(chain_.certificates()[0]), ":");
  constexpr std::string_view kProxy = "10.1.0.7";
  const std::vector<HeaderView> headers = {{"Client-Cert", header}};
  EXPECT_EQ(AskAs(worker, bound, nullptr, headers, kProxy), Reason::kOk);
  EXPECT_EQ(AskAs(worker, bound, nullptr, headers),
            Reason::kProofOfPossessionFailed)
      << "who is no proxy hands nothing over";
  EXPECT_EQ(AskAs(worker, bound, &chain_, {}, kProxy),
            Reason::kProofOfPossessionFailed)
      << "a proxy's own certificate is not its client's";
}

TEST_F(PossessionTest, ABindingThatNobodyHereKnowsIsNotOverlooked) {
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker, Token(R"(,"cnf":{"kid":"x"})")).reason,
            Reason::kProofOfPossessionFailed);
  EXPECT_EQ(Ask(worker, Token(R"(,"cnf":{"jkt":"x"})")).reason,
            Reason::kProofOfPossessionFailed);
}

// RFC 9449 section 7.
TEST_F(PossessionTest, ADpopBoundTokenNeedsAProofOfItsKey) {
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  const DpopClient client;
  const DpopClient thief;
  const std::string token = Bound(client);
  constexpr Reason kFailed = Reason::kProofOfPossessionFailed;
  EXPECT_EQ(AskWith(worker, "DPoP", token, client.Proof(token)), Reason::kOk);
  EXPECT_EQ(AskWith(worker, "DPoP", token, ""), kFailed);
  EXPECT_EQ(AskWith(worker, "DPoP", token, thief.Proof(token)), kFailed);
  const auto with = [&](DpopClient::Request request) {
    request.jti = "2";
    return AskWith(worker, "DPoP", token, client.Proof(token, request));
  };
  EXPECT_EQ(with({.method = "POST"}), kFailed);
  EXPECT_EQ(with({.uri = "https://gate.example/v1/other"}), kFailed);
  EXPECT_EQ(with({.uri = "https://other.example/v1/tools"}), kFailed);
  EXPECT_EQ(with({.issued_at = 500}), kFailed);
  EXPECT_EQ(AskWith(worker, "DPoP", token, client.Proof(Token())), kFailed)
      << "for another token";
  EXPECT_EQ(with({}), Reason::kOk);
}

// Section 7.1: nobody gets round the proof by another scheme, and a token that
// is bound to nothing is no DPoP token.
TEST_F(PossessionTest, TheSchemeIsThatOfTheToken) {
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  const DpopClient client;
  const std::string bound = Bound(client);
  constexpr Reason kFailed = Reason::kProofOfPossessionFailed;
  EXPECT_EQ(AskWith(worker, "Bearer", bound, client.Proof(bound)), kFailed);
  EXPECT_EQ(AskWith(worker, "Bearer", bound, ""), kFailed);
  EXPECT_EQ(AskWith(worker, "DPoP", Token(), client.Proof(Token())), kFailed);
}

// Section 11.1.
TEST_F(PossessionTest, AProofIsGoodOnce) {
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  auto another = gate->RegisterWorker();
  const DpopClient client;
  const std::string token = Bound(client);
  const std::string proof = client.Proof(token);
  EXPECT_EQ(AskWith(worker, "DPoP", token, proof), Reason::kOk);
  EXPECT_EQ(AskWith(worker, "DPoP", token, proof), Reason::kReplayed);
  EXPECT_EQ(AskWith(another, "DPoP", token, proof), Reason::kReplayed);
  EXPECT_EQ(AskWith(another, "DPoP", token, client.Proof(token)),
            Reason::kReplayed)
      << "the same jti, signed anew";
  EXPECT_EQ(AskWith(worker, "DPoP", token, client.Proof(token, {.jti = "2"})),
            Reason::kOk);
}

// The jti of one client is nothing to another.
TEST_F(PossessionTest, ClientsDoNotUseUpEachOthersIds) {
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  const DpopClient one;
  const DpopClient two;
  const std::string of_one = Bound(one);
  const std::string of_two = Bound(two);
  EXPECT_EQ(AskWith(worker, "DPoP", of_one, one.Proof(of_one)), Reason::kOk);
  EXPECT_EQ(AskWith(worker, "DPoP", of_two, two.Proof(of_two)), Reason::kOk);
}

// A proof is a signature that nobody has verified, though the token was proved.
TEST_F(PossessionTest, WhoIsLockedOutHasABudgetOfProofs) {
  Configure(
      absl::StrCat(kTokenConfig,
                   "admission:\n"
                   "  failures: { limit: 1, per: 1m, lockout: 5m }\n"
                   "  verify_budget: { per_second: 9, per_source: 3 }\n"));
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  const DpopClient client;
  const DpopClient thief;
  const std::string token = Bound(client);
  const auto ask = [&](std::string jti, double time) {
    return AskWith(worker, "DPoP", token,
                   client.Proof(token, {.jti = std::move(jti)}), time);
  };
  EXPECT_EQ(ask("1", 1000), Reason::kOk) << "the token's own signature";
  EXPECT_EQ(AskWith(worker, "DPoP", token, thief.Proof(token)),
            Reason::kProofOfPossessionFailed);
  EXPECT_EQ(ask("2", 1000), Reason::kOk) << "goes on, locked out";
  EXPECT_EQ(ask("3", 1000), Reason::kOk);
  EXPECT_EQ(ask("4", 1000), Reason::kVerifyBudgetSpent);
  EXPECT_EQ(ask("4", 1001), Reason::kOk);
}

class OneTimeTest : public TokenGateTest {
 protected:
  void SetUp() override {
    TokenGateTest::SetUp();
    Configure(absl::StrReplaceAll(
        kTokenConfig,
        {{"leeway: 1s\n", "leeway: 1s\n      one_time: true\n"}}));
  }
};

TEST_F(OneTimeTest, EachIdIsAcceptedOnce) {
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  auto another = gate->RegisterWorker();
  const std::string token = Token(R"(,"jti":"1")");
  EXPECT_EQ(Ask(worker, token).reason, Reason::kOk);
  EXPECT_EQ(Ask(worker, token).reason, Reason::kReplayed);
  EXPECT_EQ(Ask(another, token).reason, Reason::kReplayed);
  EXPECT_EQ(Ask(worker, token, {}, 5000).reason, Reason::kReplayed)
      << "to the end of its leeway";
  EXPECT_EQ(Ask(worker, Token(R"(,"jti":"1","x":1)")).reason, Reason::kReplayed)
      << "another token of this id";
  EXPECT_EQ(Ask(worker, Token(R"(,"jti":"2")")).reason, Reason::kOk);
  EXPECT_EQ(Ask(worker, Token()).reason, Reason::kMissingClaim);
}

// Five a minute, then one every twelve seconds.
TEST_F(OneTimeTest, WhomLimitsRefuseHasNotUsedItsToken) {
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  const auto token = [this](int i) {
    return Token(absl::StrCat(R"(,"jti":")", i, "\""));
  };
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(Ask(worker, token(i)).reason, Reason::kOk) << i;
  }
  const Decision refused = Ask(worker, token(5));
  EXPECT_EQ(refused.reason, Reason::kRateLimited);
  EXPECT_GT(refused.charge.retry_after_us, 0);
  EXPECT_EQ(Ask(worker, token(5), {}, 1012).reason, Reason::kOk);
  EXPECT_EQ(Ask(worker, token(5), {}, 1024).reason, Reason::kReplayed);
}

// A request that is refused for another reason has not used the token.
TEST_F(OneTimeTest, ARefusedRequestLeavesTheTokenGood) {
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  const std::string token = Token(R"(,"jti":"1")");
  EXPECT_EQ(Ask(worker, token, {.target = "/v2/x"}).reason,
            Reason::kEndpointNotAllowed);
  EXPECT_EQ(Ask(worker, token).reason, Reason::kOk);
}

TEST_F(OneTimeTest, IssuersDoNotUseUpEachOthersIds) {
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker, Token(R"(,"jti":"1")")).reason, Reason::kOk);
  const std::string of_b =
      b_.Token(Claims(R"(,"jti":"1")", "https://b.example"));
  EXPECT_EQ(Ask(worker, of_b).reason, Reason::kOk);
  EXPECT_EQ(Ask(worker, of_b).reason, Reason::kOk) << "b takes them often";
}

}  // namespace
}  // namespace tollgate
