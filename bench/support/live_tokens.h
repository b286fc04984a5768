// Tokens of one issuer, what proves them, and an engine that has them in its
// cache.
//
// Thread-safety: LiveTokens may be shared once made; a HitLoop belongs to one
// thread. Cost: making a token takes some microseconds.

#ifndef TOLLGATE_BENCH_SUPPORT_LIVE_TOKENS_H_
#define TOLLGATE_BENCH_SUPPORT_LIVE_TOKENS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/support/engine_fixture.h"
#include "engine/base/steady_clock.h"
#include "engine/crypto/signing_key.h"
#include "engine/validator.h"
#include "engine/verify/jwt.h"

namespace tollgate::bench {

// What differs between tokens, but for who they are of.
struct TokenTerms {
  std::string_view audience = "mcp-gateway";
  int64_t expires = 4'000'000'000;
};

// Returns the `i`-th token of `key`, of about 470 bytes with an ES256
// signature, with what a gateway finds in one.
std::string MakeToken(const SigningKey& key, size_t i,
                      const TokenTerms& terms = {});
// Its jti.
std::string TokenId(size_t i);

// What proves such tokens.
VerificationContext MakeContext(const SigningKey& key);

// The secret of HS256 that LiveTokens uses, and peers with it.
std::string TokenSecret();
SigningKey TokenSecretKey();

class LiveTokens {
 public:
  struct Options {
    // Without, there are no rate limits, and so no bucket for each principal.
    bool limited = true;
    // Of the verified cache; zero: room for all of them.
    size_t entries = 0;
  };

  // Makes `count` tokens, in random order.
  LiveTokens(size_t count, const Options& options);
  explicit LiveTokens(size_t count) : LiveTokens(count, Options()) {}

  Validator& validator() { return *validator_; }
  // "Bearer ..."; REQUIRES: i < size().
  const std::string& value(size_t i) const { return values_[i]; }
  size_t size() const { return values_.size(); }

 private:
  ScratchFolder folder_;
  std::unique_ptr<Validator> validator_;
  std::vector<std::string> values_;
};

// Validates live tokens one after the other, as requests with a path, a query
// and five headers.
class HitLoop {
 public:
  // Makes the worker; both outlive it. Begins at the `start`-th.
  HitLoop(LiveTokens* tokens, size_t start);

  // Validates each once: from then on all are hits, of a cache that is large
  // enough.
  void Warm();

  void Call();

 private:
  LiveTokens* const tokens_;
  Validator::Worker worker_;
  SteadyClock clock_;
  size_t at_;
};

// The same checks without a cache: parse, judge, and the signature.
class MissLoop {
 public:
  MissLoop(const SigningKey& key, size_t count);
  void Call();

 private:
  const VerificationContext context_;
  std::vector<std::string> tokens_;
  JwtReader reader_;
  size_t at_ = 0;
};

// The signature alone, over the same bytes, decoded before.
class BareLoop {
 public:
  BareLoop(const SigningKey& key, size_t count);
  void Call();

 private:
  struct Signed {
    std::string input;
    std::string signature;
  };

  const VerifyingKey key_;
  std::vector<Signed> tokens_;
  size_t at_ = 0;
};

// The same of TokenSecretKey() by BoringSSL's HMAC(), which prepares its key
// each time.
class LibraryHmacLoop {
 public:
  explicit LibraryHmacLoop(size_t count);
  void Call();

 private:
  const std::string secret_;
  std::vector<std::string> inputs_;
  std::vector<std::string> codes_;
  size_t at_ = 0;
};

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_SUPPORT_LIVE_TOKENS_H_
