// What a refusal tells its client to do: the header WWW-Authenticate.

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "engine/response_headers.h"
#include "engine/validator.h"
#include "gtest/gtest.h"
#include "tests/engine/token_gate.h"
#include "tests/support/dpop_client.h"

namespace tollgate {
namespace {

constexpr std::string_view kMetadata =
    "https://api.example/.well-known/oauth-protected-resource";

std::string ChallengeOf(const Decision& decision) {
  for (const ResponseHeader& header : ResponseHeaders(decision)) {
    if (header.name == "WWW-Authenticate") return header.value;
  }
  return "none";
}

class ChallengeTest : public TokenGateTest {
 protected:
  void ConfigureMetadata(std::string_view url) {
    Configure(absl::StrReplaceAll(
        kTokenConfig,
        {{"jwt:\n", absl::StrCat("jwt:\n  resource_metadata: ", url, "\n")}}));
  }
};

// RFC 6750 section 3: no error where nothing was presented.
TEST_F(ChallengeTest, SaysWhatIsWrongWithACredential) {
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(ChallengeOf(TestRequest{}.Validate(worker, At(1000))),
            "Bearer realm=\"tollgate\"");
  EXPECT_EQ(ChallengeOf(Ask(worker, b_.Token(Claims()))),
            "Bearer realm=\"tollgate\", error=\"invalid_token\"");
  TestRequest two;
  two.headers = {{"Authorization", absl::StrCat("Bearer ", Token())}};
  EXPECT_EQ(ChallengeOf(Ask(worker, Token(), two)),
            "Bearer realm=\"tollgate\", error=\"invalid_request\"");
  TestRequest call;
  call.method = "POST";
  call.target = "/v1/tools/x";
  EXPECT_EQ(ChallengeOf(Ask(worker, Token(), call)),
            "Bearer realm=\"tollgate\", error=\"insufficient_scope\", "
            "scope=\"tools:call\"");
}

TEST_F(ChallengeTest, NamesAllScopesThatAreNeeded) {
  std::string config(kTokenConfig);
  std::string needed;
  for (char c = 'a'; c <= 't'; ++c) {
    absl::StrAppend(&config, "  - { match: \"POST /v1/tools/*\", scopes: [",
                    std::string(1, c), "] }\n");
    absl::StrAppend(&needed, std::string(1, c), " ");
  }
  Configure(config);
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  TestRequest call;
  call.method = "POST";
  call.target = "/v1/tools/x";
  EXPECT_EQ(ChallengeOf(Ask(worker, Token(), call)),
            absl::StrCat("Bearer realm=\"tollgate\", "
                         "error=\"insufficient_scope\", scope=\"",
                         needed, "tools:call\""));
}

// RFC 9110 section 15.6.4: it is our trouble, and soon over.
TEST_F(ChallengeTest, WhenItIsOurTroubleItSaysWhenToComeBack) {
  Configure(absl::StrCat(kTokenConfig,
                         "admission:\n"
                         "  failures: { limit: 9, per: 1m, lockout: 5m }\n"
                         "  verify_budget: { per_second: 1 }\n"));
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker, Token(R"(,"jti":"1")")).reason, Reason::kOk);
  const Decision refused = Ask(worker, Token(R"(,"jti":"2")"));
  EXPECT_EQ(refused.reason, Reason::kOverloaded);
  EXPECT_EQ(refused.http_status(), 503);
  const auto headers = ResponseHeaders(refused);
  ASSERT_EQ(headers.size(), 1u);
  EXPECT_EQ(headers.front().name, "Retry-After");
  EXPECT_EQ(headers.front().value, "1");
}

// RFC 6750 section 2: a key that is sent as a bearer token is one as well.
TEST_F(ChallengeTest, TwoBearerTokensAreOneTooMany) {
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  const std::string key = Issue(*gate, {.principal = "p"});
  TestRequest request;
  request.target = "/v1/tools?access_token=x";
  request.headers = {{"Authorization", absl::StrCat("Bearer ", key)}};
  const Decision refused = request.Validate(worker, At(1000));
  EXPECT_EQ(refused.reason, Reason::kMultipleCredentials);
  EXPECT_FALSE(refused.proven);
  EXPECT_EQ(ChallengeOf(refused),
            "Bearer realm=\"tollgate\", error=\"invalid_request\"");
  request.target = "/v1/tools?x=access_token";
  EXPECT_EQ(request.Validate(worker, At(1000)).reason, Reason::kOk);
  // Beside a header of its own it is the application's.
  request = {.key = key, .target = "/v1/tools?access_token=x"};
  EXPECT_EQ(request.Validate(worker, At(1000)).reason, Reason::kOk);
}

// RFC 9728 section 5.1.
TEST_F(ChallengeTest, TellsWhereIssuersAreFoundIfThatIsConfigured) {
  ConfigureMetadata(kMetadata);
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  const std::string told =
      absl::StrCat(", resource_metadata=\"", kMetadata, "\"");
  const Decision nothing = TestRequest{}.Validate(worker, At(1000));
  EXPECT_EQ(ChallengeOf(nothing), "Bearer realm=\"tollgate\"" + told);
  EXPECT_EQ(ChallengeOf(Ask(worker, b_.Token(Claims()))),
            "Bearer realm=\"tollgate\", error=\"invalid_token\"" + told);
  TestRequest call;
  call.method = "POST";
  call.target = "/v1/tools/x";
  EXPECT_EQ(ChallengeOf(Ask(worker, Token(), call)),
            "Bearer realm=\"tollgate\", error=\"insufficient_scope\", "
            "scope=\"tools:call\"" +
                told);
  EXPECT_EQ(ChallengeOf(Ask(worker, Token())), "none") << "allowed";
  TestRequest elsewhere;
  elsewhere.target = "/v2";
  EXPECT_EQ(ChallengeOf(Ask(worker, Token(), elsewhere)), "none")
      << "another token is of no use there";

  // What a decision says stays, whatever is configured afterwards.
  ConfigureMetadata("https://elsewhere.example/x");
  ASSERT_TRUE(gate->Reload().ok());
  EXPECT_EQ(ChallengeOf(nothing), "Bearer realm=\"tollgate\"" + told);
  EXPECT_EQ(ChallengeOf(TestRequest{}.Validate(worker, At(1000))),
            "Bearer realm=\"tollgate\", "
            "resource_metadata=\"https://elsewhere.example/x\"");
  Configure(kTokenConfig);
  ASSERT_TRUE(gate->Reload().ok());
  EXPECT_EQ(ChallengeOf(TestRequest{}.Validate(worker, At(1000))),
            "Bearer realm=\"tollgate\"");
}

// RFC 9449 section 7.1.
TEST_F(ChallengeTest, AsksForTheProofOfATokenThatIsBound) {
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  constexpr std::string_view kAsked =
      "Bearer realm=\"tollgate\", error=\"invalid_token\", "
      "DPoP algs=\"RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 "
      "EdDSA\", error=\"invalid_dpop_proof\"";
  const DpopClient client;
  const std::string token =
      Token(absl::StrCat(R"(,"cnf":{"jkt":")", client.Thumbprint(), R"("})"));
  const std::string proof = client.Proof(token);
  const auto ask = [&](std::string_view scheme, std::string_view shown) {
    TestRequest request;
    request.headers = {{"Authorization", absl::StrCat(scheme, " ", token)}};
    if (!shown.empty()) request.headers.push_back({"DPoP", std::string(shown)});
    return ChallengeOf(request.Validate(worker, At(1000)));
  };
  EXPECT_EQ(ask("Bearer", ""), kAsked);
  EXPECT_EQ(ask("DPoP", ""), kAsked);
  EXPECT_EQ(ask("DPoP", DpopClient().Proof(token)), kAsked);
  EXPECT_EQ(ask("DPoP", proof), "none");
  EXPECT_EQ(ask("DPoP", proof), kAsked) << "replayed";

  // A token that is bound to a certificate is not helped by one.
  EXPECT_EQ(ChallengeOf(Ask(worker, Token(R"(,"cnf":{"x5t#S256":"x"})"))),
            "Bearer realm=\"tollgate\", error=\"invalid_token\"");
}

}  // namespace
}  // namespace tollgate
