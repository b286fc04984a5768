// Tokens from their bytes to what they prove: BM_Jwt_<Case>.
//
// Hits are whole validations by an engine, with a policy and three windows, of
// ten thousand live tokens drawn at random; misses are what a token costs when
// it is seen first, parsed and judged, beside the bare verification of the same
// bytes (BM_Jwt_Bare). Not in the numbers: sockets, HTTP, response headers.

#include <algorithm>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bench/support/check.h"
#include "bench/support/engine_fixture.h"
#include "bench/support/smoke.h"
#include "benchmark/benchmark.h"
#include "engine/base/base64url.h"
#include "engine/base/steady_clock.h"
#include "engine/crypto/signing_key.h"
#include "engine/validator.h"
#include "engine/verify/jwt.h"

namespace tollgate::bench {
namespace {

constexpr Algorithm kAlgorithms[] = {Algorithm::kHs256, Algorithm::kRs256,
                                     Algorithm::kEs256, Algorithm::kEdDsa};

const SigningKey& KeyOf(Algorithm algorithm) {
  static auto* const keys = new std::vector<std::unique_ptr<SigningKey>>(20);
  auto& key = (*keys)[static_cast<size_t>(algorithm)];
  if (key == nullptr) {
    key = std::make_unique<SigningKey>(
        RequireValue(SigningKey::Generate(algorithm)));
  }
  return *key;
}

// A token of about 470 bytes with an ES256 signature.
std::string TokenOf(const SigningKey& key, size_t i) {
  const std::string header =
      absl::StrCat(R"({"alg":")", AlgorithmName(key.algorithm()),
                   R"(","typ":"at+jwt","kid":"key-2026-11"})");
  const std::string claims = absl::StrCat(
      R"({"iss":"https://idp.example.com","aud":"mcp-gateway","sub":"user-)", i,
      R"(","client_id":"agent-7","scope":"tools:read tools:call",)",
      R"("iat":1700000000,"exp":4000000000,"jti":"3f1c9a60-5b7e-4d11-)", i,
      R"("})");
  const std::string input =
      absl::StrCat(EncodeBase64Url(header), ".", EncodeBase64Url(claims));
  return absl::StrCat(input, ".",
                      EncodeBase64Url(RequireValue(key.Sign(input))));
}

VerificationContext ContextOf(const SigningKey& key) {
  VerificationContext context;
  context.rules.issuer = "https://idp.example.com";
  context.rules.audiences = std::vector<std::string>{"mcp-gateway"};
  context.rules.algorithms = {key.algorithm()};
  context.keys = KeySet::Of({"key-2026-11", RequireValue(key.Verifier())});
  return context;
}

void BM_Jwt_Miss(benchmark::State& state) {
  const SigningKey& key = KeyOf(kAlgorithms[state.range(0)]);
  state.SetLabel(std::string(AlgorithmName(key.algorithm())));
  const VerificationContext context = ContextOf(key);
  std::vector<std::string> tokens;
  for (size_t i = 0; i < Scaled(1000); ++i) tokens.push_back(TokenOf(key, i));
  JwtReader reader;
  size_t at = 0;
  for (auto _ : state) {
    ParsedJwt jwt;
    Reason reason = reader.Parse(tokens[at++ % tokens.size()], jwt);
    if (reason == Reason::kOk) {
      reason = JudgeJwt(jwt, context, WallRange::Second({1'700'000'100}));
    }
    Require(reason == Reason::kOk, "a good token was refused");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Jwt_Miss)->DenseRange(0, 3);

// The signature alone, decoded before, over the same bytes.
void BM_Jwt_Bare(benchmark::State& state) {
  const SigningKey& key = KeyOf(kAlgorithms[state.range(0)]);
  state.SetLabel(std::string(AlgorithmName(key.algorithm())));
  const VerifyingKey verifier = RequireValue(key.Verifier());
  std::vector<std::pair<std::string, std::string>> tokens;
  for (size_t i = 0; i < Scaled(1000); ++i) {
    const std::string token = TokenOf(key, i);
    const std::string input = token.substr(0, token.rfind('.'));
    tokens.emplace_back(input, RequireValue(key.Sign(input)));
  }
  size_t at = 0;
  for (auto _ : state) {
    const auto& [input, signature] = tokens[at++ % tokens.size()];
    Require(verifier.Verify(input, signature), "a good signature was refused");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Jwt_Bare)->DenseRange(0, 3);

constexpr std::string_view kConfig = R"(version: 1
jwt:
  cache: { entries: 65536, max_age: 24h }
  issuers:
    - issuer: https://idp.example.com
      audiences: [mcp-gateway]
      algorithms: [HS256]
      secret_file: secret.key
      kid: key-2026-11
      policy: standard
policies:
  standard:
    rate_limits: { per_second: 200000, per_minute: 6000000, per_day: 1000000000 }
    ip: { allow: [10.0.0.0/8], deny: [10.66.0.0/16] }
    endpoints: { allow: ["GET /v1/**", "POST /v1/*/*"], deny: ["/v1/admin/**"] }
endpoints:
  - { match: "POST /v1/tools/*", scopes: [tools:call] }
)";

// Ten thousand live tokens, all in the cache.
class LiveTokens {
 public:
  LiveTokens() {
    const std::string secret(32, 's');
    std::ofstream(folder_.File("secret.key")) << secret;
    std::ofstream(folder_.File("tollgate.yaml")) << kConfig;
    validator_ = RequireValue(Validator::Open(folder_.File("tollgate.yaml"),
                                              {.housekeeping = false}));
    const SigningKey key = RequireValue(SigningKey::FromHmacSecret(
        Algorithm::kHs256,
        {reinterpret_cast<const uint8_t*>(secret.data()), secret.size()}));
    for (size_t i = 0; i < Scaled(10'000); ++i) {
      values_.push_back(absl::StrCat("Bearer ", TokenOf(key, i)));
    }
    std::mt19937 random(7);
    std::shuffle(values_.begin(), values_.end(), random);
  }

  Validator& validator() { return *validator_; }
  const std::string& value(size_t i) const {
    return values_[i % values_.size()];
  }
  size_t size() const { return values_.size(); }

 private:
  ScratchFolder folder_;
  std::unique_ptr<Validator> validator_;
  std::vector<std::string> values_;
};

void BM_Jwt_Hit(benchmark::State& state) {
  static auto* const live = new LiveTokens;
  Validator::Worker worker = live->validator().RegisterWorker();
  SteadyClock clock;
  HeaderView headers[] = {{"Host", "api.example.com"},
                          {"User-Agent", "agent/1.0"},
                          {"Accept", "application/json"},
                          {"Authorization", {}},
                          {"Content-Length", "348"}};
  const RequestView request = {"POST", "/v1/tools/call?x=1",
                               *IpAddress::Parse("10.20.1.17"), headers};
  size_t at = static_cast<size_t>(state.thread_index()) * live->size() / 2;
  const auto validate = [&] {
    headers[3].value = live->value(at++);
    return worker.Validate(request, clock.Read()).reason;
  };
  for (size_t i = 0; i < live->size(); ++i) {
    Require(validate() == Reason::kOk, "a good token was refused");
  }
  for (auto _ : state) {
    Require(validate() == Reason::kOk, "a good token was refused");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Jwt_Hit)->Threads(1)->Threads(2)->UseRealTime();

}  // namespace
}  // namespace tollgate::bench
