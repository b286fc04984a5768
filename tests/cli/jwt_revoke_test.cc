// `tollgate jwt revoke`: what is refused by `check` and `jwt verify` from then
// on, and what not.

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/cli/jwt_site.h"
#include "tests/cli/process.h"

namespace tollgate::cli {
namespace {

class JwtRevokeTest : public JwtSiteTest {
 protected:
  Outcome Revoke(const Arguments& more, std::string_view input = "") const {
    return site_.Run({"jwt", "revoke"}, more, input);
  }

  // What both say.
  std::string Reason(std::string_view token) const {
    const std::string reason = ReasonFor(token);
    EXPECT_EQ(Verified(token), reason);
    return reason;
  }
};

TEST_F(JwtRevokeTest, ATokenOnStandardInputByItsJti) {
  const std::string token = Mint({"--subject", "ann"});
  const std::string other = Mint({"--subject", "ann"});
  EXPECT_EQ(Reason(token), "ok");
  const Outcome outcome = Revoke({"--token"}, token + "\n");
  EXPECT_EQ(outcome.status, 0) << outcome.error;
  EXPECT_TRUE(absl::StrContains(outcome.output, "jti")) << outcome.output;
  EXPECT_EQ(Reason(token), "token_revoked");
  EXPECT_EQ(Reason(other), "ok");
  const std::string audit = site_.ReadFile("audit.jsonl");
  EXPECT_TRUE(absl::StrContains(
      audit, R"("reason":"token_revoked","strategy":"jwt",)"
             R"("principal":"ann","issuer":"https://idp.example")"))
      << audit;
}

// Its jti is longer than the list takes: its claims name it.
TEST_F(JwtRevokeTest, ATokenOfALongJtiByItsClaims) {
  const std::string token =
      Mint({"--subject", "ann", "--jti", std::string(2000, 'j')});
  EXPECT_EQ(Reason(token), "ok");
  EXPECT_EQ(Revoke({"--token"}, token).status, 0);
  EXPECT_EQ(Reason(token), "token_revoked");
}

// The store is made by the first revocation, and taken away at the end.
TEST_F(JwtRevokeTest, WhoVerifiesMeanwhileSeesIt) {
  const std::string ann = Mint({"--subject", "ann"});
  const std::string bob = Mint({"--subject", "bob"});
  const auto verify = [](Process& process, const std::string& token) {
    process.Write(absl::StrCat(R"({"id":1,"token":")", token, "\"}\n"));
    return Field(process.ReadLine(), "reason");
  };
  Process process({"jwt", "verify", "--config", site_.config()});
  EXPECT_EQ(verify(process, ann), "ok");
  EXPECT_EQ(
      Revoke({"--issuer", kIssuer, "--subject", "ann", "--keep", "1h"}).status,
      0);
  EXPECT_EQ(verify(process, ann), "token_revoked");
  EXPECT_EQ(verify(process, bob), "ok");
  EXPECT_EQ(Revoke({"--issuer", kIssuer, "--subject", "bob"}).status, 0);
  EXPECT_EQ(verify(process, bob), "token_revoked");
  const std::string cid = Mint({"--subject", "cid"});
  EXPECT_EQ(verify(process, cid), "ok");
  std::filesystem::rename(site_.store(), site_.Path("moved.db"));
  EXPECT_EQ(verify(process, cid), "internal_unavailable");
  EXPECT_EQ(process.Wait().status, 0);
}

TEST_F(JwtRevokeTest, AllOfWhomAnOptionNames) {
  const std::string ann = Mint({"--subject", "ann", "--client-id", "one"});
  const std::string bob = Mint({"--subject", "bob", "--client-id", "two"});
  const std::string cid = Mint({"--subject", "cid", "--client-id", "three"});
  EXPECT_EQ(Revoke({"--issuer", kIssuer, "--subject", "ann"}).status, 0);
  EXPECT_EQ(Revoke({"--issuer", kIssuer, "--client", "two"}).status, 0);
  EXPECT_EQ(Reason(ann), "token_revoked");
  EXPECT_EQ(Reason(bob), "token_revoked");
  EXPECT_EQ(Reason(cid), "ok");
  EXPECT_EQ(Revoke({"--issuer", kIssuer, "--all"}).status, 0);
  EXPECT_EQ(Reason(cid), "token_revoked");
}

TEST_F(JwtRevokeTest, WhatWasIssuedBeforeAndWhatAKeySigned) {
  const std::string old =
      Mint({"--subject", "ann", "--time", "1000", "--expires", "36500d"});
  const std::string token = Mint({"--subject", "ann"});
  EXPECT_EQ(Revoke({"--issuer", kIssuer, "--subject", "ann", "--issued-before",
                    "2000"})
                .status,
            0);
  EXPECT_EQ(Reason(old), "token_revoked");
  EXPECT_EQ(Reason(token), "ok");
  // Its name is its thumbprint.
  constexpr std::string_view kName = R"("kid":")";
  const std::string jwks = site_.ReadFile("jwks.json");
  const size_t at = jwks.find(kName) + kName.size();
  const std::string kid = jwks.substr(at, jwks.find('"', at) - at);
  EXPECT_EQ(Revoke({"--issuer", kIssuer, "--kid", kid}).status, 0);
  EXPECT_EQ(Reason(token), "token_revoked");
  const std::string audit = site_.ReadFile("audit.jsonl");
  EXPECT_TRUE(absl::StrContains(
      audit,
      absl::StrCat(R"("event":"tokens_revoked","kind":"key_id",)",
                   R"("issuer":")", kIssuer, R"(","value":")", kid, "\"")))
      << audit;
}

// With a longest life, revocations leave by themselves: not before the last
// token that they mean is over.
TEST_F(JwtRevokeTest, ARevocationLastsAsLongAsWhatItNames) {
  Configure("max_lifetime: 1h");
  const int64_t now = std::chrono::duration_cast<std::chrono::seconds>(
                          std::chrono::system_clock::now().time_since_epoch())
                          .count();
  const auto end = [this](const Arguments& more, std::string_view input = "") {
    Arguments arguments = {"--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = Revoke(arguments, input);
    EXPECT_EQ(outcome.status, 0) << outcome.error;
    int64_t value = 0;
    EXPECT_TRUE(absl::SimpleAtoi(Field(outcome.output, "expires_at"), &value))
        << outcome.output;
    return value;
  };
  const std::string issuer(kIssuer);
  EXPECT_GT(end({"--issuer", issuer, "--jti", "a"}), now + 3600);
  EXPECT_LT(end({"--issuer", issuer, "--jti", "b"}), now + 4000);
  EXPECT_GT(end({"--issuer", issuer, "--subject", "ann", "--issued-before",
                 absl::StrCat(now + 36000)}),
            now + 36000 + 3600);
  const std::string token = Mint({"--subject", "ann", "--expires", "10h"});
  EXPECT_GT(end({"--token"}, token), now + 36000);
}

TEST_F(JwtRevokeTest, WhatWouldRevokeNothingIsAUsageError) {
  const std::string issuer(kIssuer);
  ExpectOneLine(Revoke({"--issuer", issuer, "--jti", "a", "--keep", "0s"}), 2,
                "--keep 0s");
  for (const std::string seconds :
       {"-9223372036854775808", "-1", "9223372036854775807"}) {
    ExpectOneLine(
        Revoke({"--issuer", issuer, "--all", "--issued-before=" + seconds}), 2,
        seconds);
  }
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
