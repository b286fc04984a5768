// Tokens through the whole engine.

#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "engine/base/limits.h"
#include "engine/key_ledger.h"
#include "engine/response_headers.h"
#include "engine/validator.h"
#include "gtest/gtest.h"
#include "tests/engine/token_gate.h"
#include "tests/support/token_issuer.h"

namespace tollgate {
namespace {

using TokenTest = TokenGateTest;

TEST_F(TokenTest, AllowsAGoodToken) {
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  for (int i = 0; i < 2; ++i) {  // proved, then found proved
    const Decision decision = Ask(worker, Token());
    EXPECT_EQ(decision.reason, Reason::kOk);
    EXPECT_EQ(decision.verdict, Verdict::kAllow);
    EXPECT_EQ(decision.strategy, Strategy::kJwt);
    EXPECT_EQ(decision.principal.text(), "ann");
    EXPECT_EQ(decision.scopes->display(), "tools:read");
    ASSERT_EQ(LimitsLeft(decision).size(), 1u);
    EXPECT_EQ(LimitsLeft(decision)[0].remaining, 4u - i);
  }
}

// RFC 6750 section 2: no more than one method in a request.
TEST_F(TokenTest, ATokenInTheQueryBesideOneInTheHeaderIsOneTooMany) {
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker, Token(), {.target = "/v1/x?access=1"}).reason,
            Reason::kOk);
  const Decision decision =
      Ask(worker, Token(), {.target = "/v1/x?a=1&access%5Ftoken=b"});
  EXPECT_EQ(decision.reason, Reason::kMultipleCredentials);
  EXPECT_EQ(decision.principal.text(), "");
}

TEST_F(TokenTest, APrincipalHasOneBucketWhateverItsTokens) {
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  for (int i = 0; i < 5; ++i) {
    const std::string token = Token(absl::StrCat(",\"jti\":\"", i, "\""));
    EXPECT_EQ(Ask(worker, token).reason, Reason::kOk) << i;
  }
  const Decision refused = Ask(worker, Token(R"(,"jti":"x")"));
  EXPECT_EQ(refused.reason, Reason::kRateLimited);
  EXPECT_EQ(refused.http_status(), 429);
  const std::string other =
      a_.Token(R"({"iss":"https://a.example","aud":"api","sub":"bob",)"
               R"("exp":5000})");
  EXPECT_EQ(Ask(worker, other).reason, Reason::kOk);
}

TEST_F(TokenTest, APrincipalIsItsIssuers) {
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  const std::string token = Token();
  const Decision of_a = Ask(worker, token);
  const Decision of_b = Ask(worker, b_.Token(Claims("", "https://b.example")));
  EXPECT_EQ(of_a.principal.text(), of_b.principal.text());
  ASSERT_NE(of_a.issuer, nullptr);
  ASSERT_NE(of_b.issuer, nullptr);
  EXPECT_EQ(*of_b.issuer, "https://b.example");
  // Of nobody unproved, nor of a key.
  EXPECT_EQ(Ask(worker, b_.Token(Claims())).issuer, nullptr);
  const std::string key = Issue(*gate, {.principal = "ann"});
  EXPECT_EQ(TestRequest{key}.Validate(worker, At(1000)).issuer, nullptr);
  // The same from the cache, after its keys were read again, and in whatever
  // order issuers are written.
  EXPECT_EQ(Ask(worker, token).issuer, of_a.issuer);
  Write("a.json", a_.Jwks() + "\n");
  ASSERT_TRUE(gate->Refresh().ok());
  EXPECT_EQ(Ask(worker, token).issuer, of_a.issuer);
  Configure(absl::StrReplaceAll(kTokenConfig, {{"a.example", "b.example"},
                                               {"b.example", "a.example"},
                                               {"a.json", "b.json"},
                                               {"b.json", "a.json"}}));
  ASSERT_TRUE(gate->Reload().ok());
  EXPECT_EQ(Ask(worker, token).issuer, of_a.issuer);
  // It outlives the configuration that it came with.
  Configure(kGateConfig);
  ASSERT_TRUE(gate->Reload().ok());
  ASSERT_TRUE(gate->Refresh().ok());
  EXPECT_EQ(*of_a.issuer, "https://a.example");
}

TEST_F(TokenTest, RefusesEachForItsReason) {
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  const auto reason = [&](const std::string& token) {
    return Ask(worker, token).reason;
  };
  EXPECT_EQ(reason("eyJ.a.b"), Reason::kMalformedCredential);
  EXPECT_EQ(reason(a_.Token(Claims("", "https://c.example"))),
            Reason::kUnknownIssuer);
  EXPECT_EQ(reason(a_.Token(Claims("", "https://b.example"))),
            Reason::kBadSignature)
      << "the same kid, another issuer's key";
  EXPECT_EQ(reason(b_.Token(Claims())), Reason::kBadSignature);
  EXPECT_EQ(reason(a_.Token(R"({"iss":"https://a.example","aud":"api",)"
                            R"("exp":5000})")),
            Reason::kMissingClaim)
      << "nobody's";
  EXPECT_EQ(Ask(worker, Token(), {.target = "/v2/x"}).reason,
            Reason::kEndpointNotAllowed);
  EXPECT_EQ(
      Ask(worker, Token(), {.method = "POST", .target = "/v1/tools/x"}).reason,
      Reason::kInsufficientScope);
  EXPECT_EQ(Ask(worker, Token(R"(,"scope":"tools:call")"),
                {.method = "POST", .target = "/v1/tools/x"})
                .reason,
            Reason::kOk);
  EXPECT_EQ(Ask(worker, Token(R"(,"scope":"")")).scopes->display(), "")
      << "its own, and none";
}

TEST_F(TokenTest, ACachedProofEndsWithItsToken) {
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  const std::string token = Token();
  EXPECT_EQ(Ask(worker, token, {}, 4999).reason, Reason::kOk);
  EXPECT_EQ(Ask(worker, token, {}, 5000.5).reason, Reason::kOk) << "leeway";
  EXPECT_EQ(Ask(worker, token, {}, 5001).reason, Reason::kTokenExpired);
}

// The clock is set back, or each line of an input brings a time of its own.
TEST_F(TokenTest, ACachedProofIsNoneBeforeItsTokenIsValid) {
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  for (const std::string_view claim : {R"(,"nbf":2000)", R"(,"iat":2000)"}) {
    const std::string token = Token(claim);
    EXPECT_EQ(Ask(worker, token, {}, 2000).reason, Reason::kOk) << claim;
    EXPECT_EQ(Ask(worker, token, {}, 1998).reason, Reason::kTokenNotYetValid)
        << claim;
    EXPECT_EQ(Ask(worker, token, {}, 2001).reason, Reason::kOk) << claim;
  }
}

// A list's item that holds a space is no scope; joined, it looks like two.
TEST_F(TokenTest, NoTokenHasTheScopesOfAnother) {
  const std::string one_item = Token(R"(,"scp":["tools:read tools:call"])");
  const std::string two = Token(R"(,"scope":"tools:read tools:call")");
  for (const bool two_first : {false, true}) {
    auto gate = OpenGate();
    auto worker = gate->RegisterWorker();
    const std::string& first = two_first ? two : one_item;
    const std::string& second = two_first ? one_item : two;
    const size_t scopes = Ask(worker, first).scopes->names().size();
    EXPECT_EQ(scopes, two_first ? 2u : 0u);
    EXPECT_EQ(Ask(worker, second).scopes->names().size(), 2 - scopes);
  }
}

// Tokens have used up their share of names: what one more says counts as soon
// as a configuration asks for it.
TEST_F(TokenTest, AScopeThatWasNotKnownIsKnownOnceItIsAskedFor) {
  Configure(absl::StrReplaceAll(
      kTokenConfig, {{"    rate_limits: { per_minute: 5 }\n", ""}}));
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  for (size_t i = 0; i < limits::kForeignScopesMax; ++i) {
    Ask(worker, Token(absl::StrCat(R"(,"scope":"s)", i, "\"")));
  }
  EXPECT_EQ(
      Ask(worker, Token(R"(,"scope":"late","jti":"1")")).scopes->display(), "");
  Configure(absl::StrReplaceAll(kTokenConfig,
                                {{"    rate_limits: { per_minute: 5 }\n", ""},
                                 {"[tools:call]", "[late]"}}));
  ASSERT_TRUE(gate->Reload().ok());
  EXPECT_EQ(
      Ask(worker, Token(R"(,"scope":"late","jti":"2")")).scopes->display(),
      "late");
}

// known-failures: rotated-out key still accepted from cache.
TEST_F(TokenTest, AKeyThatLeftTheSetProvesNothingFromThenOn) {
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  const std::string token = Token();
  EXPECT_EQ(Ask(worker, token).reason, Reason::kOk);
  const TokenIssuer next("k2");
  Write("a.json", absl::StrCat("{\"keys\":[", a_.Jwk(), ",", next.Jwk(), "]}"));
  ASSERT_TRUE(gate->Refresh().ok());
  EXPECT_EQ(Ask(worker, token).reason, Reason::kOk) << "while it is there";
  EXPECT_EQ(Ask(worker, next.Token(Claims())).reason, Reason::kOk);
  Write("a.json", next.Jwks());
  ASSERT_TRUE(gate->Refresh().ok());
  EXPECT_EQ(Ask(worker, token).reason, Reason::kUnknownKid);
  EXPECT_EQ(Ask(worker, next.Token(Claims())).reason, Reason::kOk);
}

TEST_F(TokenTest, KeysThatCannotBeReadLeaveThoseThatAreKnown) {
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  Write("a.json", "{\"keys\":[");
  EXPECT_FALSE(gate->Refresh().ok());
  EXPECT_EQ(Ask(worker, Token()).reason, Reason::kOk);
}

// The configuration in force is what keys are read for, not the one that
// somebody is writing.
TEST_F(TokenTest, AKeyThatLeftIsGoneThoughOtherFilesAreBroken) {
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  const std::string token = Token();
  EXPECT_EQ(Ask(worker, token).reason, Reason::kOk);
  const TokenIssuer next("k2");
  Configure("version: 1\njwt: [");
  Write("pepper.key", "");
  Write("a.json", next.Jwks());
  EXPECT_TRUE(gate->Refresh().ok());
  EXPECT_EQ(Ask(worker, token).reason, Reason::kUnknownKid);
  EXPECT_EQ(Ask(worker, next.Token(Claims())).reason, Reason::kOk);
}

TEST_F(TokenTest, KeysOfOneIssuerThatCannotBeReadHoldUpNoOther) {
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  const std::string token = Token();
  const std::string of_b = b_.Token(Claims("", "https://b.example"));
  EXPECT_EQ(Ask(worker, token).reason, Reason::kOk);
  EXPECT_EQ(Ask(worker, of_b, {.target = "/x"}).reason, Reason::kOk);
  const TokenIssuer next("k2");
  Write("b.json", "{\"keys\":[");
  Write("a.json", next.Jwks());
  EXPECT_FALSE(gate->Refresh().ok());
  EXPECT_EQ(Ask(worker, token).reason, Reason::kUnknownKid);
  EXPECT_EQ(Ask(worker, of_b, {.target = "/x"}).reason, Reason::kOk);
  Write("b.json", next.Jwks());
  EXPECT_TRUE(gate->Refresh().ok());
  EXPECT_EQ(Ask(worker, of_b, {.target = "/x"}).reason, Reason::kUnknownKid);
}

TEST_F(TokenTest, ATokensPolicyHoldsBesideTheServers) {
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  const std::string token = Token(
      R"(,"policy":{"allowed_endpoints":["GET /v1/a/**","GET /v2/**"],)"
      R"("ip_restrictions":["192.0.2.0/24"],"rate_limits":{"per_minute":2}})");
  EXPECT_EQ(Ask(worker, token, {.target = "/v1/b"}).reason,
            Reason::kEndpointNotAllowed)
      << "by the token";
  EXPECT_EQ(Ask(worker, token, {.target = "/v2/a"}).reason,
            Reason::kEndpointNotAllowed)
      << "by the server";
  EXPECT_EQ(
      Ask(worker, token, {.target = "/v1/a/x", .peer = "10.0.0.1"}).reason,
      Reason::kIpNotAllowed);
  const TestRequest good = {.target = "/v1/a/x"};
  EXPECT_EQ(Ask(worker, token, good).reason, Reason::kOk);
  EXPECT_EQ(Ask(worker, token, good).reason, Reason::kOk);
  EXPECT_EQ(Ask(worker, token, good).reason, Reason::kRateLimited);
  // What the token's limits refused was not charged to the principal.
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Ask(worker, Token(), good).reason, Reason::kOk) << i;
  }
  EXPECT_EQ(Ask(worker, Token(), good).reason, Reason::kRateLimited);
}

TEST_F(TokenTest, TokensWithoutAJtiHaveEachTheirOwnLimits) {
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  const auto token = [&](std::string_view more) {
    return Token(
        absl::StrCat(R"(,"policy":{"rate_limits":{"per_minute":1}})", more));
  };
  const std::string one = token(R"(,"x":1)");
  EXPECT_EQ(Ask(worker, one).reason, Reason::kOk);
  EXPECT_EQ(Ask(worker, one).reason, Reason::kRateLimited);
  EXPECT_EQ(Ask(worker, token(R"(,"x":2)")).reason, Reason::kOk);
  // The same claims under another signature are the same token.
  EXPECT_EQ(Ask(worker, token(R"(,"x":1)")).reason, Reason::kRateLimited);
}

TEST_F(TokenTest, AMalformedPolicyDenies) {
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  for (const std::string_view policy :
       {"7", "null", "[]", R"({"allowed_endpoints":[]})",
        R"({"allowed_endpoints":"any"})", R"({"allowed_endpoints":["v1"]})",
        R"({"allowed_endpoints":[7]})",
        R"({"ip_restrictions":["10.0.0.0/33"]})",
        R"({"ip_restrictions":{"alow":["any"]}})",
        R"({"ip_restrictions":{"allow":[]}})",
        R"({"rate_limits":{"per_minute":0}})", R"({"rate_limits":[5]})",
        R"({"rate_limits":{"per_minute":"5"}})", R"({"blocked":["/v1"]})"}) {
    EXPECT_EQ(Ask(worker, Token(absl::StrCat(",\"policy\":", policy))).reason,
              Reason::kMalformedCredential)
        << policy;
  }
  EXPECT_EQ(Ask(worker, Token(R"(,"policy":{"ip_restrictions":[]})")).reason,
            Reason::kOk);
}

TEST_F(TokenTest, ATokenBesideAKeyIsTwoCredentials) {
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  const std::string key = Issue(*gate, {.principal = "p"});
  EXPECT_EQ(Ask(worker, Token(), {.key = key}).reason,
            Reason::kMultipleCredentials);
}

TEST_F(TokenTest, LimitsFollowAReloadWithTheirUsage) {
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Ask(worker, Token()).reason, Reason::kOk);
  }
  std::string text(kTokenConfig);
  text.replace(text.find("per_minute: 5"), 13, "per_minute: 4");
  Configure(text);
  ASSERT_TRUE(gate->Reload().ok());
  EXPECT_EQ(Ask(worker, Token()).reason, Reason::kOk);
  EXPECT_EQ(Ask(worker, Token()).reason, Reason::kRateLimited);
}

// Whether the last validation found its proof in the cache.
class ProofsFound {
 public:
  explicit ProofsFound(Validator& gate) : gate_(gate), before_(Count()) {}

  bool Another() {
    const std::string now = Count();
    return std::exchange(before_, now) != now;
  }

 private:
  std::string Count() {
    const std::string metrics = gate_.Metrics();
    constexpr std::string_view kLine =
        "tollgate_cache_hits_total{strategy=\"jwt\"}";
    const size_t at = metrics.find(kLine);
    EXPECT_NE(at, std::string::npos) << metrics;
    return metrics.substr(at, metrics.find('\n', at) - at);
  }

  Validator& gate_;
  std::string before_;
};

// Keys and rules of issuers are what a proof stands on; nothing else ends it.
TEST_F(TokenTest, AReloadThatChangesNothingOfTokensEndsNoProof) {
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  const std::string token = Token();
  ProofsFound found(*gate);
  EXPECT_EQ(Ask(worker, token).reason, Reason::kOk);
  EXPECT_FALSE(found.Another());
  EXPECT_EQ(Ask(worker, token).reason, Reason::kOk);
  EXPECT_TRUE(found.Another());
  ASSERT_TRUE(gate->Reload().ok());
  EXPECT_EQ(Ask(worker, token).reason, Reason::kOk);
  EXPECT_TRUE(found.Another()) << "after a reload of the same";
  Write("a.json", a_.Jwks());
  ASSERT_TRUE(gate->Refresh().ok());
  EXPECT_EQ(Ask(worker, token).reason, Reason::kOk);
  EXPECT_TRUE(found.Another()) << "the file was written anew, with the same";
  std::string text(kTokenConfig);
  text.replace(text.find("GET /v1/**"), 10, "GET /v9/**");
  Configure(text);
  ASSERT_TRUE(gate->Reload().ok());
  EXPECT_EQ(Ask(worker, token).reason, Reason::kEndpointNotAllowed)
      << "policies are judged anew";
  EXPECT_TRUE(found.Another());
}

TEST_F(TokenTest, AReloadThatChangesKeysOrRulesEndsEveryProof) {
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  const std::string token = Token();
  ProofsFound found(*gate);
  double time = 1000;  // each within the limits
  const auto ask = [&] { return Ask(worker, token, {}, time += 100).reason; };
  EXPECT_EQ(ask(), Reason::kOk);
  const auto expect_anew = [&](std::string_view why, Reason reason) {
    const absl::Status reloaded = gate->Reload();
    ASSERT_TRUE(reloaded.ok()) << why << ": " << reloaded;
    EXPECT_EQ(ask(), reason) << why;
    EXPECT_FALSE(found.Another()) << why;
  };
  std::string text(kTokenConfig);
  const auto change = [&](std::string_view what, std::string_view to) {
    text = std::string(kTokenConfig);
    text.replace(text.find(what), what.size(), to);
    Configure(text);
  };
  change("leeway: 1s", "leeway: 2s");
  expect_anew("leeway", Reason::kOk);
  change("audiences: [api]", "audiences: [other]");
  expect_anew("audience", Reason::kAudienceMismatch);
  change("      policy: standard", "      policy: free");
  expect_anew("policy", Reason::kOk);
  change("      leeway: 1s\n", "      leeway: 1s\n      require: [jti]\n");
  expect_anew("a claim", Reason::kMissingClaim);
  change("algorithms: [ES256]", "algorithms: [EdDSA]");
  expect_anew("algorithms", Reason::kAlgorithmNotAllowed);
  Configure(kTokenConfig);
  expect_anew("back again", Reason::kOk);
  const TokenIssuer next("k2");
  Write("b.json", next.Jwks());
  ASSERT_TRUE(gate->Refresh().ok());
  EXPECT_EQ(ask(), Reason::kOk);
  EXPECT_FALSE(found.Another()) << "another issuer's keys";
  Write("a.json", next.Jwks());
  expect_anew("its own keys", Reason::kUnknownKid);
}

// A set is bound by the algorithms that it was read for.
TEST_F(TokenTest, KeysAreReadAgainForOtherAlgorithms) {
  std::string text(kTokenConfig);
  const std::string_view taken = "algorithms: [ES256]";
  text.replace(text.find(taken), taken.size(), "algorithms: [EdDSA]");
  Configure(text);
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker, Token()).reason, Reason::kAlgorithmNotAllowed);
  Configure(kTokenConfig);
  ASSERT_TRUE(gate->Reload().ok());
  EXPECT_EQ(Ask(worker, Token()).reason, Reason::kOk);
}

TEST_F(TokenTest, AnEngineForTokensAloneTakesNoKeys) {
  std::string text(kTokenConfig);
  const size_t begin = text.find("api_keys:");
  text.erase(begin, text.find("jwt:") - begin);
  Configure(text);
  auto gate = OpenGate();
  auto worker = gate->RegisterWorker();
  EXPECT_EQ(Ask(worker, Token()).reason, Reason::kOk);
  EXPECT_EQ(TestRequest{"tg_live_x"}.Validate(worker, At(1000)).reason,
            Reason::kMalformedCredential);
  EXPECT_FALSE(gate->keys().Issue({.principal = "p"}, UnixSeconds{1000}).ok());
}

}  // namespace
}  // namespace tollgate
