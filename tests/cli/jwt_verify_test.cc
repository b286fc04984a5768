// `tollgate jwt verify --config`: what an engine of that configuration would
// say of a token for its content.

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/cli/jwt_site.h"

namespace tollgate::cli {
namespace {

class JwtVerifyTest : public JwtSiteTest {
 protected:
  // A token of ann, with one more claim as NAME=JSON.
  std::string MintWith(const std::string& claim) const {
    return Mint({"--subject", "ann", "--claim", claim});
  }
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
    const std::string token = MintWith(c.claim);
    EXPECT_EQ(Verified(token), c.reason) << c.claim;
    EXPECT_EQ(ReasonFor(token), c.reason) << c.claim;
  }
}

TEST_F(JwtVerifyTest, SaysThatThePrincipalIsMissing) {
  Configure("principal_claim: email");
  const std::string nobody = MintWith("x=1");
  EXPECT_EQ(Verified(nobody), "missing_claim");
  EXPECT_EQ(ReasonFor(nobody), "missing_claim");
  const std::string ann = MintWith(R"(email="ann@a.example")");
  EXPECT_EQ(Verified(ann), "ok");
  EXPECT_EQ(ReasonFor(ann), "ok");
}

}  // namespace
}  // namespace tollgate::cli
