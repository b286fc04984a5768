// How caches of what verifiers found were broken: a case each, through the
// whole engine. The cache itself has tests of its own.

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/types/span.h"
#include "engine/base/base64url.h"
#include "engine/crypto/sha256.h"
#include "engine/validator.h"
#include "gtest/gtest.h"
#include "tests/engine/token_known_failures.h"

namespace tollgate {
namespace {

using CacheKnownFailuresTest = OpenTokenGateTest;

// The other signature that ECDSA has for the same message: s becomes n - s.
std::string TwinOf(std::string_view token) {
  const std::string order = absl::HexStringToBytes(
      "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
  std::vector<std::string> parts = PartsOf(token);
  std::string signature(64, '\0');
  EXPECT_EQ(DecodeBase64Url(parts[2], absl::MakeSpan(signature)), 64u);
  int borrow = 0;
  for (size_t i = 32; i-- > 0;) {
    int digit = static_cast<uint8_t>(order[i]) -
                static_cast<uint8_t>(signature[32 + i]) - borrow;
    borrow = digit < 0 ? 1 : 0;
    signature[32 + i] = static_cast<char>(digit + 256 * borrow);
  }
  return absl::StrCat(parts[0], ".", parts[1], ".", EncodeBase64Url(signature));
}

TEST_F(CacheKnownFailuresTest, CacheKeyIsAPrefixOfTheToken) {
  const std::string token = Token();
  EXPECT_EQ(ReasonOf(token), Reason::kOk);
  const std::vector<std::string> parts = PartsOf(token);
  for (const std::string& other :
       {token.substr(0, token.size() - 2) +
            (token.ends_with("AA") ? "BA" : "AA"),
        parts[0] + "." + parts[1] + "." + std::string(86, 'A'),
        parts[0] + "." + EncodeBase64Url(Claims(R"(,"x":1)")) + "." + parts[2],
        token + "A", token + "="}) {
    EXPECT_NE(ReasonOf(other), Reason::kOk) << other;
  }
}

TEST_F(CacheKnownFailuresTest, VerdictCachedWithoutThePolicy) {
  const std::string token = Token();
  EXPECT_EQ(ReasonOf(token), Reason::kOk);
  EXPECT_EQ(Decide(token, {.target = "/v2/x"}).reason,
            Reason::kEndpointNotAllowed);
  EXPECT_EQ(Decide(token, {.method = "POST", .target = "/v1/tools/x"}).reason,
            Reason::kInsufficientScope);
  // And the audience of a new configuration holds for a proof of the old one.
  Configure(absl::StrReplaceAll(kTokenConfig,
                                {{"audiences: [api]", "audiences: [other]"}}));
  ASSERT_TRUE(gate_->Reload().ok());
  EXPECT_EQ(ReasonOf(token), Reason::kAudienceMismatch);
}

// Two issuers and subjects that read the same one after the other have buckets
// of their own.
TEST_F(CacheKnownFailuresTest, KeyJoinedWithoutADelimiter) {
  Configure(absl::StrReplaceAll(
      kTokenConfig,
      {{"    - issuer: https://b.example\n",
        "    - { issuer: https://a.examplea, audiences: [api], "
        "algorithms: [ES256], jwks_file: b.json, policy: standard }\n"
        "    - issuer: https://b.example\n"}}));
  ASSERT_TRUE(gate_->Reload().ok());
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ReasonOf(Token()), Reason::kOk);
  EXPECT_EQ(ReasonOf(Token()), Reason::kRateLimited);
  EXPECT_EQ(
      ReasonOf(b_.Token(R"({"iss":"https://a.examplea","sub":"nn","aud":"api",)"
                        R"("exp":5000})")),
      Reason::kOk);
}

// A flood neither takes memory nor the place of what is good.
TEST_F(CacheKnownFailuresTest, FloodOfForgedTokensEvictsTheGoodOnes) {
  constexpr int kGood = 20;
  constexpr int kForged = 2000;
  const auto numbered = [](int i) {
    return Claims(absl::StrCat(R"(,"jti":"j)", i, "\""));
  };
  auto worker = gate_->RegisterWorker();
  std::vector<std::string> good;
  for (int i = 0; i < kGood; ++i) {
    good.push_back(b_.Token(
        Claims(absl::StrCat(R"(,"jti":"g)", i, "\""), "https://b.example")));
    ASSERT_EQ(Ask(worker, good.back()).reason, Reason::kOk);
  }
  const Validator::Memory before = gate_->memory();
  EXPECT_EQ(before.cached_tokens, static_cast<size_t>(kGood));
  for (int i = 0; i < kForged; ++i) {
    EXPECT_EQ(Ask(worker, b_.Token(numbered(i))).reason, Reason::kBadSignature);
  }
  EXPECT_EQ(gate_->memory().cached_tokens, before.cached_tokens);
  EXPECT_EQ(gate_->memory().cached_token_bytes, before.cached_token_bytes);
  for (const std::string& token : good) {
    EXPECT_EQ(Ask(worker, token).reason, Reason::kOk);
  }
  EXPECT_EQ(gate_->memory().cached_tokens, before.cached_tokens);
}

// Nobody waits for somebody else's answer: each token is decided for itself.
TEST_F(CacheKnownFailuresTest, SingleFlightSharesTheAnswer) {
  std::vector<std::string> texts;
  for (int i = 0; i < 32; ++i) {
    texts.push_back(absl::StrCat(
        "Bearer ", b_.Token(absl::StrCat(
                       R"({"iss":"https://b.example","aud":"api","sub":"s)", i,
                       R"(","exp":5000})"))));
  }
  std::vector<std::vector<HeaderView>> headers;
  for (const std::string& text : texts) {
    headers.push_back({{"Authorization", text}});
  }
  std::vector<RequestView> requests;
  for (const auto& fields : headers) {
    requests.push_back(
        {"GET", "/v1/x", *IpAddress::Parse("192.0.2.1"), fields});
  }
  std::vector<Decision> decisions(requests.size());
  auto worker = gate_->RegisterWorker();
  worker.ValidateBatch(requests, At(1000), absl::MakeSpan(decisions));
  for (size_t i = 0; i < decisions.size(); ++i) {
    EXPECT_EQ(decisions[i].reason, Reason::kOk);
    EXPECT_EQ(decisions[i].principal.text(), absl::StrCat("s", i));
  }
}

// Keys are read beside the requests: who comes while they can not be read, or
// all at once with one new token, is decided by the keys that are known.
TEST_F(CacheKnownFailuresTest, StampedeWhileAKeyFetchIsOpen) {
  Write("b.json", "{\"keys\":[");
  EXPECT_FALSE(gate_->Refresh().ok());
  const std::string token = b_.Token(Claims("", "https://b.example"));
  const size_t before = gate_->memory().cached_tokens;
  std::atomic<int> accepted = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      auto worker = gate_->RegisterWorker();
      accepted += Ask(worker, token).reason == Reason::kOk;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(accepted, 4);
  EXPECT_EQ(gate_->memory().cached_tokens, before + 1);
}

TEST_F(CacheKnownFailuresTest, NegativeCachePoisoned) {
  const std::string early = Token(R"(,"nbf":2000)");
  EXPECT_EQ(ReasonOf(early), Reason::kTokenNotYetValid);
  EXPECT_EQ(Decide(early, {}, 2000).reason, Reason::kOk);
  const TokenIssuer next("k2");
  const std::string of_next = next.Token(Claims(R"(,"jti":"n")"));
  EXPECT_EQ(ReasonOf(of_next), Reason::kUnknownKid);
  Write("a.json", absl::StrCat("{\"keys\":[", a_.Jwk(), ",", next.Jwk(), "]}"));
  ASSERT_TRUE(gate_->Refresh().ok());
  EXPECT_EQ(ReasonOf(of_next), Reason::kOk);
}

TEST_F(CacheKnownFailuresTest, StaleAcceptAfterExpiry) {
  const std::string token = Token();
  EXPECT_EQ(Decide(token, {}, 5000).reason, Reason::kOk) << "leeway";
  EXPECT_EQ(Decide(token, {}, 5001).reason, Reason::kTokenExpired);
}

TEST_F(CacheKnownFailuresTest, MalleableTwinEscapesRevocation) {
  const std::string token = Token(R"(,"jti":"t")");
  const std::string twin = TwinOf(token);
  ASSERT_NE(twin, token);
  EXPECT_EQ(ReasonOf(twin), Reason::kOk) << "as good as the other";
  ASSERT_TRUE(
      gate_
          ->Revoke(
              {RevocationKind::kTokenId, "https://a.example", "t", {}, 9000})
          .ok());
  EXPECT_EQ(ReasonOf(token), Reason::kTokenRevoked);
  EXPECT_EQ(ReasonOf(twin), Reason::kTokenRevoked);
  for (const std::string& spelling :
       {token + "=",
        token + "==", absl::StrReplaceAll(token, {{"_", "/"}}) + "+",
        " " + token.substr(0, 10) + "\n" + token.substr(10)}) {
    EXPECT_NE(ReasonOf(spelling), Reason::kOk);
  }
}

}  // namespace
}  // namespace tollgate
