// `tollgate jwt verify --config`: what an engine of that configuration would
// say of a token for its content.

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/cli/site.h"

namespace tollgate::cli {
namespace {

constexpr std::string_view kConfig = R"(version: 1
jwt:
  issuers:
    - issuer: https://idp.example
      audiences: [api]
      algorithms: [ES256]
      jwks_file: jwks.json
)";

class JwtVerifyTest : public testing::Test {
 protected:
  JwtVerifyTest() {
    site_.WriteFile("tollgate.yaml", kConfig);
    site_.WriteFile("jwks.json",
                    RunTollgate({"jwt", "mint", "--new-key", "ES256", "--key",
                                 site_.Path("private.jwk")})
                        .output);
  }

  // A token, with one more claim as NAME=JSON.
  std::string Mint(const std::string& claim = "x=1") const {
    std::string token =
        RunTollgate({"jwt", "mint", "--key", site_.Path("private.jwk"),
                     "--issuer", "https://idp.example", "--audience", "api",
                     "--subject", "ann", "--claim", claim})
            .output;
    if (!token.empty() && token.back() == '\n') token.pop_back();
    return token;
  }

  std::string Verified(std::string_view token) const {
    const std::string line =
        absl::StrCat(R"({"id":1,"token":")", token, "\"}\n");
    return Field(site_.Run({"jwt", "verify"}, {}, line).output, "reason");
  }

  std::string Checked(std::string_view token) const {
    const std::string line =
        absl::StrCat(R"({"method":"GET","path":"/","ip":"10.0.0.1",)",
                     R"("headers":{"Authorization":"Bearer )", token, "\"}}\n");
    return Field(site_.Check(line).output, "reason");
  }

  const Site site_;
};

TEST_F(JwtVerifyTest, SaysWhatTheEngineSaysOfAPolicy) {
  struct Case {
    std::string claim;
    std::string_view reason;
  };
  for (const Case& c :
       {Case{"x=1", "ok"},
        Case{R"(policy={"allowed_endpoints":["any"]})", "ok"},
        Case{"policy=null", "malformed_credential"},
        Case{R"(policy="all")", "malformed_credential"},
        Case{R"(policy={"unknown":1})", "malformed_credential"}}) {
    const std::string token = Mint(c.claim);
    EXPECT_EQ(Verified(token), c.reason) << c.claim;
    EXPECT_EQ(Checked(token), c.reason) << c.claim;
  }
}

TEST_F(JwtVerifyTest, SaysThatThePrincipalIsMissing) {
  site_.WriteFile("tollgate.yaml",
                  absl::StrCat(kConfig, "      principal_claim: email\n"));
  const std::string nobody = Mint();
  EXPECT_EQ(Verified(nobody), "missing_claim");
  EXPECT_EQ(Checked(nobody), "missing_claim");
  const std::string ann = Mint(R"(email="ann@a.example")");
  EXPECT_EQ(Verified(ann), "ok");
  EXPECT_EQ(Checked(ann), "ok");
}

}  // namespace
}  // namespace tollgate::cli
