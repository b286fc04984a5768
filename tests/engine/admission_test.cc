// Brute force, floods and repeats against a whole engine, on a clock of its
// own.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/types/span.h"
#include "engine/extract/api_key_text.h"
#include "engine/response_headers.h"
#include "engine/validator.h"
#include "gtest/gtest.h"
#include "tests/engine/gate_fixture.h"

namespace tollgate {
namespace {

constexpr std::string_view kAdmission = R"(
admission: { failures: { limit: 3, per: 1m, lockout: 5m } }
)";

class AdmissionTest : public GateTest {
 protected:
  void SetUp() override {
    GateTest::SetUp();
    Configure(absl::StrCat(kGateConfig, kAdmission));
    Open();
  }
  void Open() {
    worker_.reset();
    gate_ = OpenGate();
    ASSERT_NE(gate_, nullptr);
    worker_ = std::make_unique<Validator::Worker>(gate_->RegisterWorker());
    key_ = Issue(*gate_, {.principal = "ann", .policy = "free"});
  }

  // A well-formed key of the id of `key` whose secret is wrong.
  std::string Guess(std::string_view key, int n) {
    return ApiKeyText("tg", "live")
        .Compose(*KeyId::Parse(IdOf(key)),
                 absl::StrCat("0000000000000000000000000", 10000 + n));
  }
  Decision Ask(std::string_view key, std::string_view peer, Now now) {
    return TestRequest{.key = std::string(key), .peer = std::string(peer)}
        .Validate(*worker_, now);
  }
  void FailFrom(std::string_view peer, Now now, int times) {
    for (int i = 0; i < times; ++i) {
      Ask("tg_live_nonsense", peer, now);
    }
  }

  std::unique_ptr<Validator> gate_;
  std::unique_ptr<Validator::Worker> worker_;
  std::string key_;
};

TEST_F(AdmissionTest, ASourceIsLockedOutForAWhile) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(Ask("tg_live_nonsense", "192.0.2.9", At(1000)).reason,
              Reason::kMalformedCredential);
  }
  const Decision refused = Ask(key_, "192.0.2.9", At(1000));
  EXPECT_EQ(refused.reason, Reason::kLockedOut);
  EXPECT_EQ(refused.verdict, Verdict::kThrottle);
  EXPECT_EQ(refused.http_status(), 429);
  EXPECT_FALSE(refused.proven);
  const auto headers = ResponseHeaders(refused);
  ASSERT_EQ(headers.size(), 1u);
  EXPECT_EQ(headers[0].name, "Retry-After");
  EXPECT_EQ(headers[0].value, "300");
  EXPECT_EQ(Ask("tg_live_nonsense", "192.0.2.9", At(1299)).reason,
            Reason::kLockedOut);
  EXPECT_EQ(Ask(key_, "192.0.2.9", At(1300)).reason, Reason::kOk);
}

TEST_F(AdmissionTest, ACallerElsewhereIsNotTouched) {
  FailFrom("192.0.2.9", At(1000), 10);
  EXPECT_EQ(Ask(key_, "192.0.2.10", At(1000)).reason, Reason::kOk);
}

TEST_F(AdmissionTest, AProvedCallerAtTheSameAddressIsNotTouched) {
  ASSERT_EQ(Ask(key_, "192.0.2.9", At(1000)).reason, Reason::kOk);
  FailFrom("192.0.2.9", At(1000), 10);
  EXPECT_EQ(Ask(key_, "192.0.2.9", At(1000)).reason, Reason::kOk);
  const std::string newcomer =
      Issue(*gate_, {.principal = "bob", .policy = "free"});
  EXPECT_EQ(Ask(newcomer, "192.0.2.9", At(1000)).reason, Reason::kLockedOut);
}

TEST_F(AdmissionTest, SuccessTakesNoFailureBack) {
  for (int i = 0; i < 2; ++i) {
    FailFrom("192.0.2.9", At(1000), 1);
    EXPECT_EQ(Ask(key_, "192.0.2.9", At(1000)).reason, Reason::kOk);
  }
  FailFrom("192.0.2.9", At(1000), 1);
  EXPECT_EQ(Ask(Guess(key_, 0), "192.0.2.9", At(1000)).reason,
            Reason::kLockedOut);
}

TEST_F(AdmissionTest, AKeyThatIsGuessedFromEverywhereIsGuardedAndUsable) {
  // Not yet proved here; guessed from many addresses.
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(
        Ask(Guess(key_, i), absl::StrCat("198.18.0.", i), At(1000)).reason,
        Reason::kWrongSecret);
  }
  // From now on wrong secrets of this id are answered so, wherever from.
  const Decision guessed = Ask(Guess(key_, 9), "198.18.1.1", At(1000));
  EXPECT_EQ(guessed.reason, Reason::kLockedOut);
  EXPECT_EQ(guessed.charge.retry_after_us, 300'000'000);
  // Who has failed does not get another try, even with the right one.
  EXPECT_EQ(Ask(key_, "198.18.1.1", At(1000)).reason, Reason::kLockedOut);
  // Its holder does, from where nobody failed.
  EXPECT_EQ(Ask(key_, "203.0.113.5", At(1000)).reason, Reason::kOk);
  // Then it is known, everywhere.
  EXPECT_EQ(Ask(key_, "198.18.1.1", At(1000)).reason, Reason::kOk);
  // Other keys are not concerned.
  EXPECT_EQ(Ask(Issue(*gate_, {.principal = "bob", .policy = "free"}),
                "198.18.1.1", At(1000))
                .reason,
            Reason::kOk);
}

TEST_F(AdmissionTest, AnUnknownIdIsLockedOutAsAKnownOneIs) {
  const std::string nobody = "tg_live_zzzzzzzzzzzzrest";
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(
        Ask(Guess(nobody, i), absl::StrCat("198.18.0.", i), At(1000)).reason,
        Reason::kUnknownKey);
  }
  EXPECT_EQ(Ask(Guess(nobody, 9), "198.18.1.1", At(1000)).reason,
            Reason::kLockedOut);
}

TEST_F(AdmissionTest, WhatIsNoFailureOfTheCredentialIsNotCounted) {
  const std::string expired = Issue(
      *gate_,
      {.principal = "eve", .policy = "free", .expires_at = UnixSeconds{1001}});
  const std::string narrow =
      Issue(*gate_, {.principal = "eve", .policy = "standard"});
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(Ask(expired, "192.0.2.9", At(2000)).reason, Reason::kKeyExpired);
    EXPECT_EQ(Ask("", "192.0.2.9", At(2000)).reason, Reason::kNoCredential);
    EXPECT_EQ((TestRequest{
                  .key = narrow, .target = "/v1/admin/x", .peer = "192.0.2.9"}
                   .Validate(*worker_, At(2000))
                   .reason),
              Reason::kEndpointNotAllowed);
  }
  EXPECT_EQ(Ask(key_, "192.0.2.9", At(2000)).reason, Reason::kOk);
}

TEST_F(AdmissionTest, BehindAProxyTheClientIsLockedOutAndNotTheProxy) {
  const auto ask = [&](std::string_view key, std::string client) {
    return TestRequest{.key = std::string(key),
                       .peer = "10.1.0.1",
                       .headers = {{"X-Forwarded-For", std::move(client)}}}
        .Validate(*worker_, At(1000))
        .reason;
  };
  for (int i = 0; i < 5; ++i) ask("tg_live_nonsense", "192.0.2.9");
  EXPECT_EQ(ask(key_, "192.0.2.9"), Reason::kLockedOut);
  EXPECT_EQ(ask(key_, "192.0.2.10"), Reason::kOk);
}

TEST_F(AdmissionTest, WhoHidesTheClientGetsNoTry) {
  const TestRequest hidden = {.key = Guess(key_, 1),
                              .peer = "10.1.0.1",
                              .headers = {{"X-Forwarded-For", "who knows"}}};
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(hidden.Validate(*worker_, At(1000)).reason,
              Reason::kMalformedRequest);
  }
}

// However bad the credential is: nobody is counted, and nobody is told more.
TEST_F(AdmissionTest, WhoHidesTheClientIsNobodysFailure) {
  const TestRequest hidden = {.key = "tg_live_nonsense",
                              .peer = "10.1.0.1",
                              .headers = {{"X-Forwarded-For", "who knows"}}};
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(hidden.Validate(*worker_, At(1000)).reason,
              Reason::kMalformedRequest);
  }
  EXPECT_TRUE(absl::StrContains(
      gate_->Metrics(),
      "tollgate_admission_failures_total{kind=\"source\"} 0\n"));
}

TEST_F(AdmissionTest, WithoutAVerifiedCacheNobodyIsKnown) {
  Configure(absl::StrCat(
      absl::StrReplaceAll(
          kGateConfig, {{"pepper_file: pepper.key,",
                         "pepper_file: pepper.key, verified_cache: false,"}}),
      kAdmission));
  Open();
  ASSERT_EQ(Ask(key_, "192.0.2.9", At(1000)).reason, Reason::kOk);
  FailFrom("192.0.2.9", At(1000), 3);
  EXPECT_EQ(Ask(key_, "192.0.2.9", At(1000)).reason, Reason::kLockedOut);
}

TEST_F(AdmissionTest, WithoutRulesNobodyIsLockedOut) {
  Configure(kGateConfig);
  Open();
  FailFrom("192.0.2.9", At(1000), 100);
  EXPECT_EQ(Ask(key_, "192.0.2.9", At(1000)).reason, Reason::kOk);
}

TEST_F(AdmissionTest, AReloadForgetsNobody) {
  FailFrom("192.0.2.9", At(1000), 3);
  ASSERT_TRUE(gate_->Reload().ok());
  EXPECT_EQ(Ask(key_, "192.0.2.9", At(1001)).reason, Reason::kLockedOut);
}

TEST_F(AdmissionTest, BatchesAreCountedAsSingleRequestsAre) {
  std::vector<RequestView> requests;
  const HeaderView bad[] = {{"X-API-Key", "tg_live_nonsense"}};
  const HeaderView good[] = {{"X-API-Key", key_}};
  for (int i = 0; i < 8; ++i) {
    requests.push_back({"GET", "/v1/tools", *IpAddress::Parse("192.0.2.9"),
                        i < 4 ? absl::MakeSpan(bad) : absl::MakeSpan(good)});
  }
  std::vector<Decision> decisions(requests.size());
  worker_->ValidateBatch(requests, At(1000), absl::MakeSpan(decisions));
  worker_->ValidateBatch(requests, At(1000), absl::MakeSpan(decisions));
  EXPECT_EQ(decisions[0].reason, Reason::kLockedOut);
}

TEST_F(AdmissionTest, ABatchIsNoWayAroundALockout) {
  constexpr size_t kGuesses = 32;
  std::vector<std::string> keys;
  for (size_t i = 0; i + 1 < kGuesses; ++i) {
    keys.push_back(Guess(key_, static_cast<int>(i)));
  }
  keys.push_back(key_);
  std::vector<HeaderView> headers;
  for (const std::string& key : keys) headers.push_back({"X-API-Key", key});
  std::vector<RequestView> requests;
  for (const HeaderView& header : headers) {
    requests.push_back(
        {"GET", "/v1/tools", *IpAddress::Parse("192.0.2.9"), {&header, 1}});
  }
  std::vector<Decision> decisions(requests.size());
  worker_->ValidateBatch(requests, At(1000), absl::MakeSpan(decisions));
  for (size_t i = 0; i < decisions.size(); ++i) {
    EXPECT_EQ(decisions[i].reason,
              i < 3 ? Reason::kWrongSecret : Reason::kLockedOut)
        << i;
  }
}

// A key id that is locked out leaves a clean source one try, in a batch too.
TEST_F(AdmissionTest, ABatchHasOneTryAtALockedKey) {
  for (int i = 0; i < 3; ++i) {
    Ask(Guess(key_, i), absl::StrCat("198.51.100.", i), At(1000));
  }
  const std::string guess = Guess(key_, 9);
  const HeaderView wrong[] = {{"X-API-Key", guess}};
  const HeaderView right[] = {{"X-API-Key", key_}};
  const IpAddress clean = *IpAddress::Parse("192.0.2.9");
  const RequestView requests[] = {{"GET", "/v1/tools", clean, wrong},
                                  {"GET", "/v1/tools", clean, right}};
  Decision decisions[2];
  worker_->ValidateBatch(requests, At(1000), absl::MakeSpan(decisions));
  EXPECT_EQ(decisions[0].reason, Reason::kLockedOut);
  EXPECT_EQ(decisions[1].reason, Reason::kLockedOut);
}

// A million guesses from ten thousand addresses. Those at one key get three
// answers in all, those of nonsense three each, and then no more until the
// lock-out is over; who has the key gets in.
TEST_F(AdmissionTest, BruteForceIsSlowedToACrawl) {
  constexpr int kAddresses = 10'000;
  constexpr int kRounds = 100;
  const std::string id = IdOf(key_);
  int64_t tried[2] = {};
  for (int round = 0; round < kRounds; ++round) {
    const Now now = At(1000 + round);  // a hundred seconds
    for (int i = 0; i < kAddresses; ++i) {
      const std::string secret =
          absl::StrFormat("%030d", round * kAddresses + i);
      const HeaderView nonsense[] = {{"X-API-Key", "tg_live_nonsense"}};
      const HeaderView guess[] = {{"X-API-Key-Id", id},
                                  {"X-API-Key-Secret", secret}};
      const bool at_the_key = i % 2 == 0;
      const absl::Span<const HeaderView> headers =
          at_the_key ? absl::MakeConstSpan(guess)
                     : absl::MakeConstSpan(nonsense);
      const Decision decision = worker_->Validate(
          {"GET", "/v1/tools",
           IpAddress::FromV4(0x0b000000 + static_cast<uint32_t>(i)), headers},
          now);
      ASSERT_NE(decision.verdict, Verdict::kAllow);
      tried[at_the_key] += decision.reason != Reason::kLockedOut;
    }
  }
  EXPECT_EQ(tried[true], 3);
  EXPECT_EQ(tried[false], int64_t{3} * kAddresses / 2);
  EXPECT_EQ(Ask(key_, "192.0.2.9", At(1100)).reason, Reason::kOk);
}

}  // namespace
}  // namespace tollgate
