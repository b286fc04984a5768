// A site with one issuer of tokens and the issuer's key, for tests.

#ifndef TOLLGATE_TESTS_CLI_JWT_SITE_H_
#define TOLLGATE_TESTS_CLI_JWT_SITE_H_

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/cli/site.h"

namespace tollgate::cli {

inline constexpr const char* kIssuer = "https://idp.example";

// More of the issuer's settings may follow.
inline constexpr std::string_view kJwtConfig = R"(version: 1
store: { sqlite: keys.db }
audit: { file: audit.jsonl }
jwt:
  issuers:
    - issuer: https://idp.example
      audiences: [api]
      algorithms: [ES256]
      jwks_file: jwks.json
)";

class JwtSiteTest : public testing::Test {
 protected:
  JwtSiteTest() {
    Configure();
    site_.WriteFile("jwks.json",
                    RunTollgate({"jwt", "mint", "--new-key", "ES256", "--key",
                                 site_.Path("private.jwk")})
                        .output);
  }

  // `setting` is a line of the issuer's.
  void Configure(std::string_view setting = "") const {
    site_.WriteFile("tollgate.yaml",
                    absl::StrCat(kJwtConfig, "      ", setting, "\n"));
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

  // Why `check` decides about a request with the token.
  std::string ReasonFor(std::string_view token) const {
    const std::string line =
        absl::StrCat(R"({"method":"GET","path":"/","ip":"10.0.0.1",)",
                     R"("headers":{"Authorization":"Bearer )", token, "\"}}\n");
    return Field(site_.Check(line).output, "reason");
  }

  // What `jwt verify` says of the token.
  std::string Verified(std::string_view token) const {
    const std::string line =
        absl::StrCat(R"({"id":1,"token":")", token, "\"}\n");
    return Field(site_.Run({"jwt", "verify"}, {}, line).output, "reason");
  }

  const Site site_;
};

}  // namespace tollgate::cli

#endif  // TOLLGATE_TESTS_CLI_JWT_SITE_H_
