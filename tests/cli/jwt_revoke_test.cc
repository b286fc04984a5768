// `tollgate jwt revoke`: what is refused by `check` from then on, and what not.

#include <string>
#include <string_view>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/cli/site.h"

namespace tollgate::cli {
namespace {

constexpr const char* kIssuer = "https://idp.example";

constexpr std::string_view kConfig = R"(version: 1
store: { sqlite: keys.db }
jwt:
  issuers:
    - issuer: https://idp.example
      audiences: [api]
      algorithms: [ES256]
      jwks_file: jwks.json
)";

class JwtRevokeTest : public testing::Test {
 protected:
  JwtRevokeTest() {
    site_.WriteFile("tollgate.yaml", kConfig);
    site_.WriteFile("jwks.json",
                    RunTollgate({"jwt", "mint", "--new-key", "ES256", "--key",
                                 site_.Path("private.jwk")})
                        .output);
  }

  std::string Mint(const Arguments& more = {}) const {
    Arguments arguments = {
        "jwt",      "mint",  "--key",      site_.Path("private.jwk"),
        "--issuer", kIssuer, "--audience", "api"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    std::string token = RunTollgate(arguments).output;
    if (!token.empty() && token.back() == '\n') token.pop_back();
    return token;
  }

  std::string ReasonFor(std::string_view token) const {
    const std::string line =
        absl::StrCat(R"({"method":"GET","path":"/","ip":"10.0.0.1",)",
                     R"("headers":{"Authorization":"Bearer )", token, "\"}}\n");
    return Field(site_.Check(line).output, "reason");
  }

  Outcome Revoke(const Arguments& more, std::string_view input = "") const {
    return site_.Run({"jwt", "revoke"}, more, input);
  }

  const Site site_;
};

TEST_F(JwtRevokeTest, ATokenOnStandardInputByItsJti) {
  const std::string token = Mint({"--subject", "ann"});
  const std::string other = Mint({"--subject", "ann"});
  EXPECT_EQ(ReasonFor(token), "ok");
  const Outcome outcome = Revoke({"--token"}, token + "\n");
  EXPECT_EQ(outcome.status, 0) << outcome.error;
  EXPECT_TRUE(absl::StrContains(outcome.output, "jti")) << outcome.output;
  EXPECT_EQ(ReasonFor(token), "token_revoked");
  EXPECT_EQ(ReasonFor(other), "ok");
}

// Its jti is longer than the list takes: its claims name it.
TEST_F(JwtRevokeTest, ATokenOfALongJtiByItsClaims) {
  const std::string token =
      Mint({"--subject", "ann", "--jti", std::string(2000, 'j')});
  EXPECT_EQ(ReasonFor(token), "ok");
  EXPECT_EQ(Revoke({"--token"}, token).status, 0);
  EXPECT_EQ(ReasonFor(token), "token_revoked");
}

TEST_F(JwtRevokeTest, AllOfWhomAnOptionNames) {
  const std::string ann = Mint({"--subject", "ann", "--client-id", "one"});
  const std::string bob = Mint({"--subject", "bob", "--client-id", "two"});
  const std::string cid = Mint({"--subject", "cid", "--client-id", "three"});
  EXPECT_EQ(Revoke({"--issuer", kIssuer, "--subject", "ann"}).status, 0);
  EXPECT_EQ(Revoke({"--issuer", kIssuer, "--client", "two"}).status, 0);
  EXPECT_EQ(ReasonFor(ann), "token_revoked");
  EXPECT_EQ(ReasonFor(bob), "token_revoked");
  EXPECT_EQ(ReasonFor(cid), "ok");
  EXPECT_EQ(Revoke({"--issuer", kIssuer, "--all"}).status, 0);
  EXPECT_EQ(ReasonFor(cid), "token_revoked");
}

TEST_F(JwtRevokeTest, WhatIsNoTokenIsAnErrorInOneLine) {
  const std::string_view kInputs[] = {"", "\n", "garbage\n", "a.b.c\n",
                                      "e30.e30.AA"};
  for (const std::string_view input : kInputs) {
    const Outcome outcome = Revoke({"--token"}, input);
    ExpectOneLine(outcome, 1, input);
    EXPECT_TRUE(absl::StartsWith(outcome.error, "tollgate: standard input: "))
        << outcome.error;
  }
  EXPECT_EQ(Revoke({"--token"}, std::string(2 << 20, 'x')).status, 1);
}

TEST_F(JwtRevokeTest, AnIssuerThatIsNotConfiguredIsAnError) {
  EXPECT_EQ(Revoke({"--issuer", "https://nobody.example", "--all"}).status, 1);
  EXPECT_EQ(Revoke({"--all"}).status, 1);
}

}  // namespace
}  // namespace tollgate::cli
