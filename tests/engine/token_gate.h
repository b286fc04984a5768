// An engine with two issuers of tokens, for tests.

#ifndef TOLLGATE_TESTS_ENGINE_TOKEN_GATE_H_
#define TOLLGATE_TESTS_ENGINE_TOKEN_GATE_H_

#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/validator.h"
#include "tests/engine/gate_fixture.h"
#include "tests/support/token_issuer.h"

namespace tollgate {

inline constexpr std::string_view kTokenConfig = R"(version: 1
store: { sqlite: tollgate.db }
api_keys: { pepper_file: pepper.key, policy: standard }
jwt:
  issuers:
    - issuer: https://a.example
      audiences: [api]
      algorithms: [ES256]
      jwks_file: a.json
      leeway: 1s
      policy: standard
    - issuer: https://b.example
      audiences: [api]
      algorithms: [ES256]
      jwks_file: b.json
      policy: free
policies:
  standard:
    scopes: [tools:read]
    rate_limits: { per_minute: 5 }
    endpoints: { allow: ["GET /v1/**", "POST /v1/tools/*"] }
  free: {}
endpoints:
  - { match: "POST /v1/tools/*", scopes: [tools:call] }
)";

class TokenGateTest : public GateTest {
 protected:
  void SetUp() override {
    GateTest::SetUp();
    Configure(kTokenConfig);
    Write("a.json", a_.Jwks());
    Write("b.json", b_.Jwks());
  }

  static std::string Claims(std::string_view more = "",
                            std::string_view issuer = "https://a.example") {
    return absl::StrCat(R"({"iss":")", issuer,
                        R"(","aud":"api","sub":"ann","exp":5000)", more, "}");
  }

  std::string Token(std::string_view more = "") const {
    return a_.Token(Claims(more));
  }

  static Decision Ask(Validator::Worker& worker, std::string_view token,
                      TestRequest request = {}, double time = 1000) {
    request.headers.push_back(
        {"Authorization", absl::StrCat("Bearer ", token)});
    return request.Validate(worker, At(time));
  }

  const TokenIssuer a_{"k1"};
  const TokenIssuer b_{"k1"};
};

}  // namespace tollgate

#endif  // TOLLGATE_TESTS_ENGINE_TOKEN_GATE_H_
