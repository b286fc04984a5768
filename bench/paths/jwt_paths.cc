// Tokens: known, seen first under each algorithm, and each refusal.

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "bench/paths/path.h"
#include "bench/paths/world.h"
#include "bench/support/check.h"
#include "engine/base/steady_clock.h"
#include "engine/crypto/algorithm.h"
#include "engine/model/revocation.h"

namespace tollgate::bench {
namespace {

constexpr size_t kRefused = 4096;
constexpr size_t kRevoked = 512;

// What is wrong with a token.
enum class Wrong : uint8_t {
  kNothing,
  kSignature,
  kExpired,
  kAudience,
  kForm,
  kRevoked
};

// Another signature for each `i`: six digits before the last are its own.
std::string Forge(std::string token, size_t i) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef";
  for (size_t n = 2; n < 8; ++n, i /= kDigits.size()) {
    char& digit = token[token.size() - n];
    const char other = kDigits[i % kDigits.size()];
    digit = digit == other ? 'g' : other;
  }
  return token;
}

// Revokes the token that MakeToken made as `i`-th.
void Revoke(Validator& validator, size_t i) {
  Revocation revocation;
  revocation.kind = RevocationKind::kTokenId;
  revocation.issuer = "https://idp.example.com";
  revocation.value = TokenId(i);
  revocation.expires_at = kRevokedForGood;
  RequireOk(validator.Revoke(revocation));
}

std::string MakeValue(LiveTokens& tokens, const SigningKey& key, Wrong wrong,
                      size_t i) {
  // Of nobody else: what is revoked is not what other paths present.
  const size_t own = tokens.size() + i;
  switch (wrong) {
    case Wrong::kNothing:
      return tokens.value(i);
    case Wrong::kSignature:
      return Forge(tokens.value(i % tokens.size()), i);
    case Wrong::kExpired:
      return absl::StrCat("Bearer ",
                          MakeToken(key, own, {.expires = 1'700'000'001}));
    case Wrong::kAudience:
      return absl::StrCat("Bearer ",
                          MakeToken(key, own, {.audience = "billing"}));
    case Wrong::kForm:
      return absl::StrCat(tokens.value(i % tokens.size()), "=");
    case Wrong::kRevoked:
      Revoke(tokens.validator(), own);
      return absl::StrCat("Bearer ", MakeToken(key, own));
  }
  return "";
}

// Validates tokens one after the other, all decided alike.
class TokenLoop {
 public:
  TokenLoop(LiveTokens* tokens, Validator::Worker* worker, Wrong wrong,
            Reason expected, size_t thread)
      : worker_(*worker), expected_(expected) {
    const SigningKey key = TokenSecretKey();
    size_t count = std::min(tokens->size(), kRefused);
    if (wrong == Wrong::kNothing) count = tokens->size();
    // More than are remembered as refused; each revocation is durable.
    if (wrong == Wrong::kSignature) count = kRefused;
    if (wrong == Wrong::kRevoked) count = std::min(count, kRevoked);
    for (size_t i = 0; i < count; ++i) {
      values_.push_back(MakeValue(*tokens, key, wrong, i));
    }
    at_ = thread * count / 2 % count;
    // What can be known is, from here on.
    for (size_t i = 0; i < count; ++i) Call();
  }

  void Call() {
    Present([this](const RequestView& request) {
      return worker_.Validate(request, clock_.Read());
    });
  }
  void Explain(Explanation& explanation) {
    Present([&](const RequestView& request) {
      return worker_.Explain(request, clock_.Read(), explanation);
    });
  }

 private:
  template <typename Decide>
  void Present(Decide decide) {
    const HeaderView headers[] = {{"Host", "api.example.com"},
                                  {"User-Agent", "agent/1.0"},
                                  {"Accept", "application/json"},
                                  {"Authorization", values_[at_]},
                                  {"Content-Length", "348"}};
    at_ = at_ + 1 == values_.size() ? 0 : at_ + 1;
    const Decision decision = decide(
        {"POST", "/v1/tools/call?x=1", IpAddress::FromV4(0x0a140111), headers});
    Require(decision.reason == expected_, "a token was decided otherwise");
  }

  Validator::Worker& worker_;
  const Reason expected_;
  std::vector<std::string> values_;
  SteadyClock clock_;
  size_t at_ = 0;
};

using Tokens = LiveTokens& (PathWorld::*)();

Path Decided(std::string name, std::string meaning, Wrong wrong, Reason reason,
             std::vector<std::string> floor = {},
             Tokens of = &PathWorld::tokens) {
  return {std::move(name), std::move(meaning), std::move(floor),
          [=](PathWorld& world, size_t thread) -> std::unique_ptr<Loop> {
            LiveTokens& tokens = (world.*of)();
            return std::make_unique<LoopOf<TokenLoop>>(
                &tokens, &world.WorkerOf(tokens.validator(), thread), wrong,
                reason, thread);
          }};
}

std::string Lower(Algorithm algorithm) {
  return absl::AsciiStrToLower(AlgorithmName(algorithm));
}

Path First(Algorithm algorithm) {
  return {absl::StrCat("jwt/first_", Lower(algorithm)),
          absl::StrCat("seen first, ", AlgorithmName(algorithm),
                       ": parse, judge, signature"),
          {absl::StrCat("primitive/", Lower(algorithm), "_signature")},
          [algorithm](PathWorld& world, size_t) -> std::unique_ptr<Loop> {
            return std::make_unique<LoopOf<MissLoop>>(
                RequireValue(SigningKey::Generate(algorithm)),
                world.options().first_tokens);
          }};
}

}  // namespace

std::vector<Path> JwtPaths() {
  return {
      Decided("jwt/known", "proved before", Wrong::kNothing, Reason::kOk,
              {"primitive/token_fingerprint", "primitive/record_touch",
               "primitive/clock_read"}),
      Decided("jwt/crowded", "HS256, four times as many as the cache holds",
              Wrong::kNothing, Reason::kOk, {}, &PathWorld::crowded_tokens),
      First(Algorithm::kHs256),
      First(Algorithm::kRs256),
      First(Algorithm::kPs256),
      First(Algorithm::kEs256),
      First(Algorithm::kEs384),
      First(Algorithm::kEdDsa),
      Decided("jwt/forged", "HS256, another signature each time",
              Wrong::kSignature, Reason::kBadSignature,
              {"primitive/hs256_signature", "primitive/clock_read"}),
      Decided("jwt/expired", "good, and over", Wrong::kExpired,
              Reason::kTokenExpired),
      Decided("jwt/wrong_audience", "good, for another service",
              Wrong::kAudience, Reason::kAudienceMismatch),
      Decided("jwt/revoked", "good, proved before, and revoked",
              Wrong::kRevoked, Reason::kTokenRevoked),
      Decided("jwt/malformed", "base64 with padding", Wrong::kForm,
              Reason::kMalformedCredential),
  };
}

}  // namespace tollgate::bench
