#include "engine/key_rules.h"

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "engine/config/config.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

absl::StatusOr<KeyRules> Load(const char* sections) {
  const auto config =
      ParseConfig(absl::StrCat("version: 1\n", sections), "t.yaml");
  if (!config.ok()) return config.status();
  return LoadKeyRules(*config);
}

TEST(KeyRulesTest, OneWayToProveACredentialIsEnough) {
  for (const char* sections :
       {"mtls: { trust_anchors: [ca.pem] }\n",
        "jwt: { issuers: [{ issuer: i, audiences: [a], algorithms: [ES256], "
        "jwks_file: j }] }\n",
        "tools: { publishers: [{ id: a, jwks_file: a }] }\n"}) {
    const auto rules = Load(sections);
    ASSERT_TRUE(rules.ok()) << sections << rules.status();
    EXPECT_FALSE(rules->text.has_value()) << sections;
    EXPECT_EQ(rules->peppers, nullptr) << sections;
  }
}

TEST(KeyRulesTest, NoWayToProveACredentialIsAnError) {
  EXPECT_EQ(Load("").status(),
            absl::InvalidArgumentError("t.yaml: neither api_keys, jwt, mtls "
                                       "nor tools; without one of them "
                                       "no credential can be proved"));
}

}  // namespace
}  // namespace tollgate
