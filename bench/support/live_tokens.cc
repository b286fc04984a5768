#include "bench/support/live_tokens.h"

#include <openssl/hmac.h>
#include <openssl/mem.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "bench/support/check.h"
#include "engine/base/base64url.h"

namespace tollgate::bench {
namespace {

constexpr std::string_view kConfig = R"(version: 1
jwt:
  cache: { entries: $ENTRIES, max_age: 24h }
  issuers:
    - issuer: https://idp.example.com
      audiences: [mcp-gateway]
      algorithms: [HS256]
      secret_file: secret.key
      kid: key-2026-11
      policy: standard
policies:
  standard:
$LIMITS
    ip: { allow: [10.0.0.0/8], deny: [10.66.0.0/16] }
    endpoints: { allow: ["GET /v1/**", "POST /v1/*/*"], deny: ["/v1/admin/**"] }
endpoints:
  - { match: "POST /v1/tools/*", scopes: [tools:call] }
)";

constexpr std::string_view kLimits =
    "    rate_limits: { per_second: 200000, per_minute: 6000000,"
    " per_day: 1000000000 }";

// A cache is asked for more than is put into it: its sets fill unevenly.
constexpr size_t kRoom = 2;
constexpr size_t kEntriesMin = 65536;

constexpr UnixSeconds kNow = {1'700'000'100};

}  // namespace

std::string TokenId(size_t i) { return absl::StrCat("3f1c9a60-5b7e-4d11-", i); }

std::string MakeToken(const SigningKey& key, size_t i,
                      const TokenTerms& terms) {
  const std::string header =
      absl::StrCat(R"({"alg":")", AlgorithmName(key.algorithm()),
                   R"(","typ":"JWT","kid":"key-2026-11"})");
  const std::string claims = absl::StrCat(
      R"({"iss":"https://idp.example.com","aud":")", terms.audience,
      R"(","sub":"user-)", i,
      R"(","client_id":"agent-7","scope":"tools:read tools:call",)",
      R"("iat":1700000000,"exp":)", terms.expires, R"(,"jti":")", TokenId(i),
      R"("})");
  const std::string input =
      absl::StrCat(EncodeBase64Url(header), ".", EncodeBase64Url(claims));
  return absl::StrCat(input, ".",
                      EncodeBase64Url(RequireValue(key.Sign(input))));
}

VerificationContext MakeContext(const SigningKey& key) {
  VerificationContext context;
  context.rules.issuer = "https://idp.example.com";
  context.rules.audiences = std::vector<std::string>{"mcp-gateway"};
  context.rules.algorithms = {key.algorithm()};
  VerifyingKey verifier = RequireValue(key.Verifier());
  verifier.Prepare();  // as the engine does
  context.keys = KeySet::Of({"key-2026-11", std::move(verifier)});
  return context;
}

std::string TokenSecret() { return std::string(32, 's'); }

SigningKey TokenSecretKey() {
  const std::string secret = TokenSecret();
  return RequireValue(SigningKey::FromHmacSecret(
      Algorithm::kHs256,
      {reinterpret_cast<const uint8_t*>(secret.data()), secret.size()}));
}

LiveTokens::LiveTokens(size_t count, const Options& options) {
  const size_t entries = options.entries > 0
                             ? options.entries
                             : std::max(kRoom * count, kEntriesMin);
  std::ofstream(folder_.File("secret.key")) << TokenSecret();
  std::ofstream(folder_.File("tollgate.yaml")) << absl::StrReplaceAll(
      kConfig, {{"$ENTRIES", absl::StrCat(entries)},
                {"$LIMITS", options.limited ? kLimits : ""}});
  validator_ = RequireValue(
      Validator::Open(folder_.File("tollgate.yaml"), {.housekeeping = false}));
  const SigningKey key = TokenSecretKey();
  values_.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    values_.push_back(absl::StrCat("Bearer ", MakeToken(key, i)));
  }
  std::shuffle(values_.begin(), values_.end(), std::mt19937(7));
  // Copied in the order in which they are presented: what was just received is
  // near, while what is known of it may be anywhere.
  values_ = std::vector<std::string>(values_);
}

HitLoop::HitLoop(LiveTokens* tokens, size_t start)
    : tokens_(tokens),
      worker_(tokens->validator().RegisterWorker()),
      at_(start % tokens->size()) {}

void HitLoop::Warm() {
  for (size_t i = 0; i < tokens_->size(); ++i) Call();
}

void HitLoop::Call() {
  const HeaderView headers[] = {{"Host", "api.example.com"},
                                {"User-Agent", "agent/1.0"},
                                {"Accept", "application/json"},
                                {"Authorization", tokens_->value(at_)},
                                {"Content-Length", "348"}};
  at_ = at_ + 1 == tokens_->size() ? 0 : at_ + 1;
  static const IpAddress peer = *IpAddress::Parse("10.20.1.17");
  const Decision decision = worker_.Validate(
      {"POST", "/v1/tools/call?x=1", peer, headers}, clock_.Read());
  Require(decision.reason == Reason::kOk, "a good token was refused");
}

MissLoop::MissLoop(const SigningKey& key, size_t count)
    : context_(MakeContext(key)) {
  for (size_t i = 0; i < count; ++i) tokens_.push_back(MakeToken(key, i));
}

void MissLoop::Call() {
  ParsedJwt jwt;
  Reason reason = reader_.Parse(tokens_[at_], jwt);
  at_ = at_ + 1 == tokens_.size() ? 0 : at_ + 1;
  if (reason == Reason::kOk) {
    reason = JudgeJwt(jwt, context_, WallRange::Second(kNow));
  }
  Require(reason == Reason::kOk, "a good token was refused");
}

BareLoop::BareLoop(const SigningKey& key, size_t count)
    : key_(RequireValue(key.Verifier())) {
  for (size_t i = 0; i < count; ++i) {
    const std::string token = MakeToken(key, i);
    const std::string input = token.substr(0, token.rfind('.'));
    tokens_.push_back({input, RequireValue(key.Sign(input))});
  }
}

void BareLoop::Call() {
  const Signed& token = tokens_[at_];
  at_ = at_ + 1 == tokens_.size() ? 0 : at_ + 1;
  Require(key_.Verify(token.input, token.signature),
          "a good signature was refused");
}

LibraryHmacLoop::LibraryHmacLoop(size_t count) : secret_(TokenSecret()) {
  const SigningKey key = TokenSecretKey();
  for (size_t i = 0; i < count; ++i) {
    const std::string token = MakeToken(key, i);
    inputs_.push_back(token.substr(0, token.rfind('.')));
    codes_.push_back(RequireValue(key.Sign(inputs_.back())));
  }
}

void LibraryHmacLoop::Call() {
  const std::string& input = inputs_[at_];
  const std::string& expected = codes_[at_];
  at_ = at_ + 1 == inputs_.size() ? 0 : at_ + 1;
  uint8_t code[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), secret_.data(), secret_.size(),
       reinterpret_cast<const uint8_t*>(input.data()), input.size(), code,
       &size);
  Require(size == expected.size() &&
              CRYPTO_memcmp(code, expected.data(), size) == 0,
          "a good code was refused");
}

}  // namespace tollgate::bench
