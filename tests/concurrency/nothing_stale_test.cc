// After an end has come for a credential, nobody accepts it: four threads
// validate through whole engines' roads, with proofs in flight and in the
// cache, while tokens are revoked, keys leave their set, API keys are rotated,
// disabled and revoked. Run under ThreadSanitizer and AddressSanitizer.
//
// TOLLGATE_TRIES says how many validations; tools/soak asks for two hundred
// million.

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/base/base64url.h"
#include "engine/crypto/sha256.h"
#include "engine/crypto/signing_key.h"
#include "engine/key_ledger.h"
#include "engine/validator.h"
#include "engine/verify/jwt.h"
#include "gtest/gtest.h"
#include "tests/engine/gate_fixture.h"
#include "tests/support/sanitized.h"
#include "tests/support/token_issuer.h"

namespace tollgate {
namespace {

constexpr int kThreads = 4;
// About half of them of what has ended.
constexpr int64_t kTriesByDefault = kSanitized ? 60'000 : 10'000'000;
constexpr size_t kEndsMin = 200;
constexpr size_t kLive = 48;  // credentials that are good
constexpr size_t kDead = 48;  // of those that were, the latest

constexpr std::string_view kConfig = R"(version: 1
api_keys: { pepper_file: pepper.key, policy: free }
jwt:
  cache: { entries: 1024, max_age: 1h }
  issuers:
    - { issuer: steady, audiences: [api], algorithms: [HS256], secret_file: secret.key, policy: free }
    - { issuer: moving, audiences: [api], algorithms: [ES256], jwks_file: moving.json, policy: free }
policies: { free: {} }
)";

int64_t Tries() {
  const char* const asked = std::getenv("TOLLGATE_TRIES");
  return asked == nullptr ? kTriesByDefault : std::atoll(asked);
}

// A credential, and whether its end has come.
struct Victim {
  enum class Kind : uint8_t {
    kTokenId,
    kSubject,
    kIssuedUntil,  // of a subject
    kClient,
    kClaims,
    kKeyOfIssuer,
    kApiKey,
  };
  static constexpr size_t kKinds = 7;

  Kind kind;
  std::string header;
  std::string name;  // jti, subject, client, digest of claims, kid or key id
  std::atomic<bool> ended = false;
};

// Tokens under a shared secret: those that are proved anew soonest.
class SecretIssuer {
 public:
  std::string Token(std::string_view claims) const {
    const std::string input = absl::StrCat(
        EncodeBase64Url(R"({"alg":"HS256"})"), ".", EncodeBase64Url(claims));
    return absl::StrCat(input, ".", EncodeBase64Url(*key_.Sign(input)));
  }
  const std::string& secret() const { return secret_; }

 private:
  const std::string secret_ = std::string(32, 's');
  const SigningKey key_ = *SigningKey::FromHmacSecret(
      Algorithm::kHs256,
      {reinterpret_cast<const uint8_t*>(secret_.data()), secret_.size()});
};

class NothingStaleTest : public GateTest {
 protected:
  void SetUp() override {
    GateTest::SetUp();
    Configure(kConfig);
    Write("secret.key", steady_.secret());
    chmod((folder_ + "/secret.key").c_str(), 0600);
    for (size_t i = 0; i < kLive; i += Victim::kKinds) AddMovingKey();
    WriteMovingKeys();
    gate_ = OpenGate();
    ASSERT_NE(gate_, nullptr);
    for (size_t i = 0; i < kLive; ++i) {
      live_[i].store(MakeVictim(static_cast<Victim::Kind>(i % Victim::kKinds)),
                     std::memory_order_release);
    }
  }

  void AddMovingKey() {
    moving_.push_back(MovingKey{
        absl::StrCat("moving-", ++made_),
        std::make_unique<TokenIssuer>(absl::StrCat("moving-", made_))});
  }

  // Whole, under another name first: the engine must never read half a set.
  void WriteMovingKeys() {
    const auto text =
        absl::StrJoin(moving_, ",", [](std::string* out, const auto& key) {
          absl::StrAppend(out, key.issuer->Jwk());
        });
    Write("next.json", absl::StrCat("{\"keys\":[", text, "]}"));
    std::filesystem::rename(folder_ + "/next.json", folder_ + "/moving.json");
  }

  Victim* MakeVictim(Victim::Kind kind) {
    Victim& victim = victims_.emplace_back();
    victim.kind = kind;
    victim.name = absl::StrCat("victim-", ++made_);
    const auto claims = [&](std::string_view issuer, std::string_view subject,
                            std::string_view name = "jti") {
      return absl::StrCat(R"({"iss":")", issuer, R"(","aud":"api","sub":")",
                          subject, R"(","iat":900,"exp":5000,")", name,
                          R"(":")", victim.name, R"("})");
    };
    std::string token;
    switch (kind) {
      case Victim::Kind::kTokenId:
        token = steady_.Token(claims("steady", "somebody"));
        break;
      case Victim::Kind::kSubject:
      case Victim::Kind::kIssuedUntil:
        token = steady_.Token(claims("steady", victim.name));
        break;
      case Victim::Kind::kClient:
        token = steady_.Token(claims("steady", "somebody", "client_id"));
        break;
      case Victim::Kind::kClaims:
        token = steady_.Token(claims("steady", "somebody", "nonce"));
        victim.name = absl::BytesToHexString(BytesOf(DigestOfClaims(token)));
        break;
      case Victim::Kind::kKeyOfIssuer: {
        const MovingKey& key = moving_[next_key_++ % moving_.size()];
        victim.name = key.kid;
        token = key.issuer->Token(claims("moving", "somebody"));
        break;
      }
      case Victim::Kind::kApiKey: {
        const std::string key = Issue(*gate_, {.principal = "p"});
        victim.name = IdOf(key);
        token = key;
        break;
      }
    }
    victim.header = absl::StrCat("Bearer ", token);
    return &victim;
  }

  // Ends one that is live, and puts another in its place.
  void EndOne(size_t place) {
    Victim* const victim = live_[place].load(std::memory_order_relaxed);
    End(*victim);
    // Release: who reads it begins after the end has come.
    victim->ended.store(true, std::memory_order_release);
    dead_[ends_++ % kDead].store(victim, std::memory_order_release);
    live_[place].store(MakeVictim(victim->kind), std::memory_order_release);
  }

  void End(const Victim& victim) {
    const UnixSeconds now = {1000};
    Revocation revocation;
    revocation.issuer = "steady";
    revocation.value = victim.name;
    revocation.expires_at = 5001;
    switch (victim.kind) {
      case Victim::Kind::kTokenId:
        revocation.kind = RevocationKind::kTokenId;
        break;
      case Victim::Kind::kIssuedUntil:
        revocation.issued_until = 900;
        [[fallthrough]];
      case Victim::Kind::kSubject:
        revocation.kind = RevocationKind::kSubject;
        break;
      case Victim::Kind::kClient:
        revocation.kind = RevocationKind::kClient;
        break;
      case Victim::Kind::kClaims:
        revocation.kind = RevocationKind::kClaims;
        break;
      case Victim::Kind::kKeyOfIssuer:
        return EndKeyOfIssuer(victim.name);
      case Victim::Kind::kApiKey:
        switch (ends_ % 3) {
          case 0:
            return Require(gate_->keys().Revoke(victim.name, now));
          case 1:
            return Require(gate_->keys().Disable(victim.name, now));
          default:
            return Require(gate_->keys().Rotate(victim.name, 0, now).status());
        }
    }
    Require(gate_->Revoke(revocation));
  }

  // All tokens of the key end with it: no other live one has it.
  void EndKeyOfIssuer(const std::string& kid) {
    std::erase_if(moving_, [&](const auto& key) { return key.kid == kid; });
    AddMovingKey();
    next_key_ = moving_.size() - 1;
    WriteMovingKeys();
    Require(gate_->Refresh());
  }

  static void Require(const absl::Status& status) {
    ASSERT_TRUE(status.ok()) << status;
  }

  static Reason Present(Validator::Worker& worker, const Victim& victim) {
    const HeaderView header = {"Authorization", victim.header};
    return worker
        .Validate({"GET", "/v1", *IpAddress::Parse("192.0.2.1"), {&header, 1}},
                  At(1000))
        .reason;
  }

  // Presents what is live and what was, until there were enough of both tries
  // and ends.
  void PresentAll(unsigned seed, int64_t tries) {
    Validator::Worker worker = gate_->RegisterWorker();
    std::minstd_rand random(seed);
    for (int64_t i = 0; i < tries || ends_ < kEndsMin; ++i) {
      const size_t place = random() % (kLive + kDead);
      const Victim* const victim =
          place < kLive ? live_[place].load(std::memory_order_acquire)
                        : dead_[place - kLive].load(std::memory_order_acquire);
      if (victim == nullptr) continue;
      tried_.fetch_add(1, std::memory_order_relaxed);
      const bool ended = victim->ended.load(std::memory_order_acquire);
      if (Present(worker, *victim) != Reason::kOk) continue;
      accepted_.fetch_add(1, std::memory_order_relaxed);
      if (ended) stale_.fetch_add(1, std::memory_order_relaxed);
    }
    running_.fetch_sub(1, std::memory_order_release);
  }

  struct MovingKey {
    std::string kid;
    std::unique_ptr<TokenIssuer> issuer;
  };

  const SecretIssuer steady_ = {};
  std::vector<MovingKey> moving_;
  size_t made_ = 0;
  size_t next_key_ = 0;
  std::atomic<size_t> ends_ = 0;  // written by one thread
  std::unique_ptr<Validator> gate_;
  std::deque<Victim> victims_;
  std::array<std::atomic<Victim*>, kLive> live_ = {};
  std::array<std::atomic<Victim*>, kDead> dead_ = {};
  std::atomic<int> running_ = kThreads;
  std::atomic<int64_t> tried_ = 0;
  std::atomic<int64_t> accepted_ = 0;
  std::atomic<int64_t> stale_ = 0;
};

TEST_F(NothingStaleTest, WhatHasEndedIsAcceptedByNobody) {
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < kThreads; ++i) {
    threads.emplace_back([this, i] { PresentAll(i + 1, Tries() / kThreads); });
  }
  std::minstd_rand random(99);
  while (running_.load(std::memory_order_acquire) != 0 && !HasFailure()) {
    EndOne(random() % kLive);
    std::this_thread::yield();
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(stale_, 0) << "accepted after the end";
  EXPECT_GT(accepted_, 0);
  Validator::Worker worker = gate_->RegisterWorker();
  for (const auto& victim : live_) {
    EXPECT_EQ(Present(worker, *victim.load()), Reason::kOk);
  }
  std::printf("%lld tries, %zu ends, %lld accepted\n",
              static_cast<long long>(tried_), ends_.load(),
              static_cast<long long>(accepted_));
}

}  // namespace
}  // namespace tollgate
