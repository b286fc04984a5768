#include "engine/config/jwt_fields.h"

#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/config/config.h"
#include "engine/config/show_config.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

constexpr std::string_view kIssuer =
    "{ issuer: i, audiences: [a], algorithms: [ES256], jwks_file: j }";

std::string Minimal(std::string_view more) {
  return absl::StrCat("version: 1\n", more);
}

std::string ErrorOf(const std::string& text) {
  const auto config = ParseConfig(text, "t.yaml");
  return config.ok() ? "OK" : std::string(config.status().message());
}

std::string Jwt(std::string_view issuer) {
  return absl::StrCat("jwt:\n  issuers:\n    - ", issuer, "\n");
}

TEST(JwtFieldsTest, ReadsIssuers) {
  const auto config = ParseConfig(
      Minimal("policies: { p: {} }\n"
              "jwt:\n"
              "  cache: { entries: 100, max_age: 1m }\n"
              "  resource_metadata: https://api.example/.well-known/x\n"
              "  issuers:\n"
              "    - issuer: https://idp.example\n"
              "      audiences: [a, b]\n"
              "      algorithms: [ES256, EdDSA]\n"
              "      jwks_file: keys/jwks.json\n"
              "      leeway: 5s\n"
              "      max_lifetime: 24h\n"
              "      require: [sub]\n"
              "      type: at+jwt\n"
              "      principal_claim: email\n"
              "      policy: p\n"
              "      one_time: true\n"
              "    - { issuer: own, audiences: [a], algorithms: [HS256],\n"
              "        secret_file: s.key, kid: k1 }\n"),
      "conf/t.yaml");
  ASSERT_TRUE(config.ok()) << config.status();
  const JwtOptions& jwt = *config->jwt;
  EXPECT_EQ(jwt.cache_entries, 100u);
  EXPECT_EQ(jwt.cache_max_age_us, 60'000'000u);
  EXPECT_EQ(jwt.resource_metadata, "https://api.example/.well-known/x");
  ASSERT_EQ(jwt.issuers.size(), 2u);
  const JwtIssuerOptions& idp = jwt.issuers[0];
  EXPECT_EQ(idp.audiences, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(idp.algorithms,
            (std::vector<Algorithm>{Algorithm::kEs256, Algorithm::kEdDsa}));
  EXPECT_EQ(idp.jwks_file, "conf/keys/jwks.json");
  EXPECT_EQ(idp.leeway_us, 5'000'000u);
  EXPECT_EQ(idp.max_lifetime_us, 86'400'000'000u);
  EXPECT_EQ(idp.required, std::vector<std::string>{"sub"});
  EXPECT_EQ(idp.type, "at+jwt");
  EXPECT_EQ(idp.principal_claim, "email");
  EXPECT_EQ(idp.policy, "p");
  EXPECT_TRUE(idp.one_time);
  EXPECT_EQ(jwt.issuers[1].secret_file, "conf/s.key");
  EXPECT_EQ(jwt.issuers[1].kid, "k1");
  EXPECT_EQ(jwt.issuers[1].leeway_us, 30'000'000u);
}

TEST(JwtFieldsTest, AnIssuerThatWouldCheckTooLittleIsAnError) {
  const struct {
    std::string_view issuer;
    std::string_view error;
  } kRows[] = {
      {"{ issuer: i, algorithms: [ES256], jwks_file: j }",
       "missing `audiences`"},
      {"{ issuer: i, audiences: [], algorithms: [ES256], jwks_file: j }",
       "empty"},
      {"{ issuer: i, audiences: [a], jwks_file: j }", "missing `algorithms`"},
      {"{ issuer: i, audiences: [a], algorithms: [], jwks_file: j }", "empty"},
      {"{ issuer: i, audiences: [a], algorithms: [none], jwks_file: j }",
       "`none` is not an algorithm"},
      {"{ issuer: i, audiences: [a], algorithms: [ES25], jwks_file: j }",
       "did you mean `ES256`?"},
      {"{ issuer: i, audiences: [a], algorithms: [ES256] }",
       "missing `jwks_file`"},
      {"{ issuer: i, audiences: [a], algorithms: [HS256], jwks_file: j }",
       "HS256 needs a shared secret"},
      {"{ issuer: i, audiences: [a], algorithms: [ES256], secret_file: j }",
       "ES256 needs public keys"},
      {"{ issuer: i, audiences: [a], algorithms: [ES256, HS256], "
       "jwks_file: j }",
       "HS256 needs a shared secret"},
      {"{ issuer: i, audiences: [a], algorithms: [HS256, HS512], "
       "secret_file: j }",
       "a secret is the key of one algorithm"},
      {"{ issuer: i, audiences: [a], algorithms: [ES256], jwks_file: j, "
       "secret_file: s }",
       "both `jwks_file` and `secret_file`"},
      {"{ issuer: i, audiences: [a], algorithms: [ES256], jwks_file: j, "
       "kid: k }",
       "a JWKS has its own"},
      {"{ issuer: i, audiences: [a], algorithms: [ES256], jwks_file: j, "
       "leeway: 11m }",
       "leeway of more than 10m"},
      {"{ issuer: i, audiences: [a], algorithms: [ES256], jwks_file: j, "
       "policy: nope }",
       "there is no policy `nope`"},
      {"{ issuer: i, audiences: [a], algorithms: [ES256], jwks_file: j, "
       "one_time: yes }",
       "true or false"},
      {"{ issuer: '', audiences: [a], algorithms: [ES256], jwks_file: j }",
       "must not be empty"},
      {"{ issuer: i, audiences: [a, ''], algorithms: [ES256], jwks_file: j }",
       "an empty audience"},
      {"{ issuer: i, audiences: [any], algorithms: [ES256], jwks_file: j }",
       "tokens for others are not taken"},
      {"{ issuer: i, audiences: [a], algorithms: [ES256], jwks_file: j, "
       "audience: a }",
       "audience"},
  };
  for (const auto& row : kRows) {
    const std::string error = ErrorOf(Minimal(Jwt(row.issuer)));
    EXPECT_TRUE(absl::StrContains(error, row.error)) << row.issuer << error;
  }
  EXPECT_TRUE(absl::StrContains(
      ErrorOf(Minimal(absl::StrCat(Jwt(kIssuer), "    - ", kIssuer))),
      "two issuers of one name"));
  EXPECT_TRUE(absl::StrContains(
      ErrorOf(Minimal(Jwt(absl::StrCat(
          "{ issuer: ", std::string(1025, 'i'),
          ", audiences: [a], algorithms: [ES256], jwks_file: j }")))),
      "longer than 1024 bytes"));
  EXPECT_TRUE(
      absl::StrContains(ErrorOf(Minimal("jwt: { issuers: [] }")), "empty"));
  EXPECT_TRUE(absl::StrContains(ErrorOf(Minimal("jwt: {}")), "issuers"));
}

// What checks most is allowed as well.
TEST(JwtFieldsTest, ALeewayMayBeNone) {
  const auto config = ParseConfig(
      Minimal(Jwt("{ issuer: i, audiences: [a], algorithms: [ES256], "
                  "jwks_file: j, leeway: 0s }")),
      "t.yaml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->jwt->issuers.front().leeway_us, 0u);
  EXPECT_TRUE(absl::StrContains(
      ErrorOf(Minimal(Jwt("{ issuer: i, audiences: [a], algorithms: [ES256], "
                          "jwks_file: j, max_lifetime: 0s }"))),
      "zero"));
}

// RFC 9728 section 5.1.
TEST(JwtFieldsTest, WhereIssuersAreToldIsASecureUrl) {
  const auto with = [](std::string_view url) {
    return ParseConfig(absl::StrCat(Minimal(Jwt(kIssuer)),
                                    "  resource_metadata: \"", url, "\"\n"),
                       "t.yaml");
  };
  for (const std::string_view url :
       {"https://api.example/.well-known/oauth-protected-resource",
        "https://[2001:db8::1]:8443/x?y=1", "http://localhost:8080/x",
        "http://127.0.0.1/x", "http://[::1]/x"}) {
    const auto config = with(url);
    ASSERT_TRUE(config.ok()) << config.status();
    EXPECT_EQ(config->jwt->resource_metadata, url);
    EXPECT_TRUE(absl::StrContains(
        ShowConfig(*config),
        absl::StrCat("\n  resource_metadata: \"", url, "\"\n")));
  }
  for (const std::string_view url :
       {"", "/x", "api.example/x", "http://api.example/x", "https:///x",
        "https://api.example/x#y", "https://api.example/x y",
        "https://api.example/\\\"", "https:api.example", "urn:x",
        "http://localhost.example/x", "ftp://localhost/x"}) {
    const auto config = with(url);
    ASSERT_FALSE(config.ok()) << url;
    EXPECT_EQ(config.status().message(),
              "t.yaml:5:22: expected an https:// URL without a fragment")
        << url;
  }
}

}  // namespace
}  // namespace tollgate
