#include "engine/lookup/revocation_list.h"

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/crypto/sha256.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

using Kind = RevocationKind;

constexpr UnixSeconds kNow = {1000};
constexpr int64_t kLater = 2000;
constexpr char kIssuer[] = "https://idp.example";
constexpr int64_t kLatest = std::numeric_limits<int64_t>::max();
constexpr int64_t kEarliest = std::numeric_limits<int64_t>::min();

std::string HexOf(const Sha256Digest& digest) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const uint8_t byte : digest) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

// A list, and what its callers need.
class RevocationListTest : public testing::Test {
 protected:
  absl::Status Add(const Revocation& revocation, UnixSeconds now = kNow) {
    return list_.Add(participant_, revocation, now);
  }

  bool IsRevoked(const RevocableToken& token, UnixSeconds now = kNow) {
    const auto guard = participant_.Pin();
    return list_.IsRevoked(token, now);
  }

  bool IsIdRevoked(std::string_view id, UnixSeconds now = kNow) {
    return IsRevoked({.issuer = kIssuer, .token_id = id}, now);
  }

  EpochDomain domain_;
  EpochDomain::Participant participant_ = domain_.Register();
  RevocationList list_{HashSeed(1, 2), /*entries_max=*/1000};
};

Revocation OfId(std::string_view id, int64_t expires_at = kLater) {
  return {Kind::kTokenId, kIssuer, std::string(id), {}, expires_at};
}

const Sha256Digest kClaims = Sha256("the claims");
const Sha256Digest kOtherClaims = Sha256("other claims");

// A token that has everything.
RevocableToken FullToken() {
  return {.issuer = kIssuer,
          .token_id = "id",
          .subject = "subject",
          .client = "client",
          .key_id = "key",
          .claims = &kClaims,
          .issued_at = 500};
}

TEST_F(RevocationListTest, EachKindRevokesWhatItNamesAndNothingElse) {
  const struct {
    Kind kind;
    std::string value;
    RevocableToken other;  // what the entry must not touch
  } kCases[] = {
      {Kind::kTokenId, "id", {.issuer = kIssuer, .token_id = "id2"}},
      {Kind::kSubject, "subject", {.issuer = kIssuer, .subject = "subject2"}},
      {Kind::kClient, "client", {.issuer = kIssuer, .client = "Client"}},
      {Kind::kKeyId, "key", {.issuer = kIssuer, .key_id = "ke"}},
      {Kind::kIssuer, "", {.issuer = "https://idp.example/"}},
      {Kind::kClaims,
       HexOf(kClaims),
       {.issuer = kIssuer, .claims = &kOtherClaims}},
  };
  for (const auto& test : kCases) {
    RevocationList list(HashSeed(1, 2));
    const auto guard = participant_.Pin();
    const int kind = static_cast<int>(test.kind);
    EXPECT_FALSE(list.IsRevoked(FullToken(), kNow)) << kind;
    ASSERT_TRUE(list.Add(participant_,
                         {test.kind, kIssuer, test.value, {}, kLater}, kNow)
                    .ok());
    EXPECT_TRUE(list.IsRevoked(FullToken(), kNow)) << kind;
    EXPECT_FALSE(list.IsRevoked(test.other, kNow)) << kind;
    RevocableToken foreign = FullToken();
    foreign.issuer = "https://other.example";
    EXPECT_FALSE(list.IsRevoked(foreign, kNow)) << kind;
    foreign.issuer = "";
    EXPECT_FALSE(list.IsRevoked(foreign, kNow)) << kind;
    if (test.kind == Kind::kIssuer) continue;
    EXPECT_FALSE(list.IsRevoked({.issuer = kIssuer}, kNow)) << kind;
  }
}

TEST_F(RevocationListTest, AnInstantRevokesWhatWasIssuedUntilThen) {
  const struct {
    std::optional<int64_t> issued_until;
    std::optional<int64_t> issued_at;
    bool revoked;
  } kCases[] = {
      {500, 499, true},
      {500, 500, true},
      {500, 501, false},
      {500, std::nullopt, true},
      {500, kEarliest, true},
      {500, kLatest, false},
      {-1, 0, false},
      {-1, -1, true},
      {kEarliest, kEarliest, true},
      {kEarliest, std::nullopt, true},
      {kEarliest, kEarliest + 1, false},
      {kLatest, kLatest, true},
      {std::nullopt, 501, true},
      {std::nullopt, kLatest, true},
      {std::nullopt, std::nullopt, true},
  };
  const std::string values[] = {"id",  "subject", "client",
                                "key", "",        HexOf(kClaims)};
  for (size_t kind = 0; kind < kRevocationKinds; ++kind) {
    for (const auto& test : kCases) {
      RevocationList list(HashSeed(1, 2));
      const auto guard = participant_.Pin();
      ASSERT_TRUE(list.Add(participant_,
                           {static_cast<Kind>(kind), kIssuer, values[kind],
                            test.issued_until, kLater},
                           kNow)
                      .ok());
      RevocableToken token = FullToken();
      token.issued_at = test.issued_at;
      EXPECT_EQ(list.IsRevoked(token, kNow), test.revoked)
          << kind << ": until " << test.issued_until.value_or(kLatest)
          << ", issued at " << test.issued_at.value_or(kEarliest);
    }
  }
}

// Texts that are prefixes of each other, hold NULs, or read the same when they
// are joined, are different.
TEST_F(RevocationListTest, SimilarTextsAreNeverTakenForEachOther) {
  const std::string nul(1, '\0');
  const struct {
    std::string issuer;
    std::string value;
  } kTexts[] = {
      {"a", "bc"},
      {"ab", "c"},
      {"a" + nul, "bc"},
      {"a", nul + "bc"},
      {"a", "bc" + nul},
      {"a", "b" + nul + "c"},
      {"a", "b"},
      {"a", "bcc"},
      {"A", "bc"},
      {"a", "bc "},
      {"a", std::string("\1\0bc", 4)},
      {"a", std::string(256, 'a') + "c"},
      {std::string(257, 'a'), "c"},
      {std::string(1024, 'a'), "a"},
      {"a", std::string(1024, 'a')},
  };
  for (const Kind kind : {Kind::kTokenId, Kind::kSubject}) {
    for (const auto& added : kTexts) {
      RevocationList list(HashSeed(1, 2));
      const auto guard = participant_.Pin();
      ASSERT_TRUE(list.Add(participant_,
                           {kind, added.issuer, added.value, {}, kLater}, kNow)
                      .ok());
      for (const auto& asked : kTexts) {
        const bool same = &asked == &added;
        EXPECT_EQ(list.IsRevoked(
                      {.issuer = asked.issuer, .token_id = asked.value}, kNow),
                  same && kind == Kind::kTokenId)
            << asked.issuer << '|' << asked.value;
        EXPECT_EQ(list.IsRevoked(
                      {.issuer = asked.issuer, .subject = asked.value}, kNow),
                  same && kind == Kind::kSubject)
            << asked.issuer << '|' << asked.value;
      }
    }
  }
}

TEST_F(RevocationListTest, TextsBeyondTheBoundAreRefusedAndNeverFound) {
  const std::string longer(limits::kRevocationTextBytesMax + 1, 'a');
  EXPECT_TRUE(absl::IsInvalidArgument(Add(OfId(longer))));
  EXPECT_TRUE(absl::IsInvalidArgument(
      Add({Kind::kSubject, longer, "a", std::nullopt, kLater})));
  ASSERT_TRUE(Add(OfId(longer.substr(1))).ok());
  EXPECT_TRUE(IsIdRevoked(longer.substr(1)));
  EXPECT_FALSE(IsIdRevoked(longer));
  const std::string huge(100'000, 'a');
  EXPECT_FALSE(IsIdRevoked(huge));
  EXPECT_FALSE(IsRevoked({.issuer = huge, .token_id = "a"}));
}

// With this seed all hashes are the same.
TEST_F(RevocationListTest, CollidingHashesAreToldApart) {
  RevocationList list(HashSeed(std::array<uint64_t, HashSeed::kWords>{}));
  for (int i = 0; i < 100; i += 2) {
    ASSERT_TRUE(
        list.Add(participant_, OfId(std::to_string(i), 1001 + i), kNow).ok());
  }
  for (int now = 1000; now < 1100; now += 7) {
    list.RemoveExpired(participant_, {now});
    const auto guard = participant_.Pin();
    for (int i = 0; i < 100; ++i) {
      const std::string id = std::to_string(i);
      EXPECT_EQ(list.IsRevoked({.issuer = kIssuer, .token_id = id}, {now}),
                i % 2 == 0 && 1001 + i > now)
          << i << " at " << now;
    }
  }
}

TEST_F(RevocationListTest, RevocationsThatNameNothingAreRefused) {
  const std::string digits(64, 'a');
  const Revocation kCases[] = {
      {Kind::kTokenId, kIssuer, "", {}, kLater},
      {Kind::kSubject, "", "a", {}, kLater},
      {Kind::kIssuer, "", "", {}, kLater},
      {Kind::kIssuer, kIssuer, "a", {}, kLater},
      {Kind::kClaims, kIssuer, digits.substr(1), {}, kLater},
      {Kind::kClaims, kIssuer, digits + "a", {}, kLater},
      {Kind::kClaims, kIssuer, std::string(64, 'A'), {}, kLater},
      {Kind::kClaims, kIssuer, std::string(64, 'g'), {}, kLater},
      {Kind{6}, kIssuer, "a", {}, kLater},
  };
  for (const Revocation& revocation : kCases) {
    EXPECT_TRUE(absl::IsInvalidArgument(Add(revocation)))
        << static_cast<int>(revocation.kind) << " " << revocation.value;
  }
  EXPECT_EQ(list_.size(), 0u);
  EXPECT_EQ(list_.generation(), 0u);
}

TEST_F(RevocationListTest, AnEntryHasNoEffectFromItsEndOn) {
  ASSERT_TRUE(Add(OfId("a", 2000)).ok());
  ASSERT_TRUE(Add(OfId("good", kRevokedForGood)).ok());
  EXPECT_TRUE(IsIdRevoked("a", {1999}));
  EXPECT_FALSE(IsIdRevoked("a", {2000}));
  EXPECT_TRUE(IsIdRevoked("good", {kLatest - 1}));
  EXPECT_TRUE(IsIdRevoked("good", {kLatest}));
  ASSERT_TRUE(Add(OfId("over", 1000)).ok());
  EXPECT_FALSE(IsIdRevoked("over", {999})) << "was over when it was added";
  EXPECT_EQ(list_.size(), 2u);
}

TEST_F(RevocationListTest, EntriesLeaveAtTheirEndAndNotBefore) {
  for (int i = 0; i < 900; ++i) {
    ASSERT_TRUE(Add(OfId(std::to_string(i), 1100 + i % 300)).ok());
  }
  ASSERT_TRUE(Add(OfId("good", kRevokedForGood)).ok());
  EXPECT_EQ(list_.RemoveExpired(participant_, {1099}), 0u);
  EXPECT_EQ(list_.RemoveExpired(participant_, {1100}), 3u);
  EXPECT_EQ(list_.RemoveExpired(participant_, {1249}), 447u);
  for (int i = 0; i < 900; ++i) {
    EXPECT_EQ(IsIdRevoked(std::to_string(i)), i % 300 >= 150) << i;
  }
  EXPECT_EQ(list_.size(), 451u);
  EXPECT_EQ(list_.RemoveExpired(participant_, {kLatest}), 450u);
  EXPECT_EQ(list_.RemoveExpired(participant_, {kLatest}), 0u);
  EXPECT_EQ(list_.size(), 1u);
  EXPECT_TRUE(IsIdRevoked("good", {kLatest}));
}

// The last entry of a kind takes the kind out of the question, the first one
// brings it back.
TEST_F(RevocationListTest, KindsComeAndGo) {
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(Add(OfId("id", 2000 + round)).ok());
    ASSERT_TRUE(Add({Kind::kSubject, kIssuer, "subject", {}, 2500}).ok());
    EXPECT_TRUE(IsIdRevoked("id")) << round;
    list_.RemoveExpired(participant_, {2000 + round});
    EXPECT_FALSE(IsIdRevoked("id")) << round;
    EXPECT_TRUE(IsRevoked({.issuer = kIssuer, .subject = "subject"})) << round;
    list_.RemoveExpired(participant_, {2500});
    EXPECT_FALSE(IsRevoked(FullToken())) << round;
    EXPECT_EQ(list_.size(), 0u);
  }
}

TEST_F(RevocationListTest, AFullListRefusesAndForgetsNothing) {
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(Add(OfId(std::to_string(i), 2000 + i)).ok()) << i;
  }
  const uint64_t generation = list_.generation();
  const absl::Status status = Add(OfId("1000"));
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_NE(status.message().find("1000 entries"), std::string::npos) << status;
  EXPECT_EQ(list_.generation(), generation);
  EXPECT_TRUE(Add(OfId("7", 9000)).ok()) << "takes no room";
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(IsIdRevoked(std::to_string(i))) << i;
  }
  EXPECT_TRUE(Add(OfId("1000", 9000), {2001}).ok())
      << "takes the room of what is over";
  EXPECT_TRUE(IsIdRevoked("1000", {2001}));
  EXPECT_TRUE(IsIdRevoked("2", {2001}));
}

TEST_F(RevocationListTest, TheGenerationRisesWithWhatMakesADifference) {
  uint64_t generation = list_.generation();
  const auto changes = [&](const Revocation& revocation) {
    EXPECT_TRUE(Add(revocation).ok());
    return list_.generation() != std::exchange(generation, list_.generation());
  };
  EXPECT_TRUE(changes(OfId("a")));
  EXPECT_TRUE(changes(OfId("b")));
  EXPECT_FALSE(changes(OfId("a")));
  EXPECT_FALSE(changes(OfId("a", kLater - 1)));
  EXPECT_TRUE(changes(OfId("a", kLater + 1)));
  EXPECT_FALSE(changes({Kind::kTokenId, kIssuer, "a", 5, kLater}));
  EXPECT_FALSE(changes(OfId("c", 1)));
}

// Several revocations of one subject, of which each says something that the
// others do not, all hold, for as long as each says.
TEST_F(RevocationListTest, TermsOfOneSubjectHoldEachForItself) {
  const auto until = [&](int64_t issued_until, int64_t expires_at) {
    EXPECT_TRUE(
        Add({Kind::kSubject, kIssuer, "s", issued_until, expires_at}).ok());
  };
  const auto is_revoked = [&](int64_t issued_at, int64_t now) {
    return IsRevoked(
        {.issuer = kIssuer, .subject = "s", .issued_at = issued_at}, {now});
  };
  until(300, 2000);
  until(100, 4000);
  until(200, 3000);
  until(150, 2500);  // says no more than the last
  EXPECT_EQ(list_.size(), 3u);
  const auto expect_all = [&] {
    EXPECT_TRUE(is_revoked(300, 1999));
    EXPECT_FALSE(is_revoked(301, 1999));
    EXPECT_FALSE(is_revoked(300, 2000));
    EXPECT_TRUE(is_revoked(200, 2999));
    EXPECT_FALSE(is_revoked(201, 2999));
    EXPECT_FALSE(is_revoked(200, 3000));
    EXPECT_TRUE(is_revoked(100, 3999));
    EXPECT_FALSE(is_revoked(100, 4000));
  };
  expect_all();
  EXPECT_EQ(list_.RemoveExpired(participant_, {2000}), 1u);
  EXPECT_TRUE(is_revoked(200, 2999));
  EXPECT_TRUE(is_revoked(100, 3999));
  until(300, 2000);
  expect_all();
  until(300, 4000);  // says as much as all others
  EXPECT_EQ(list_.size(), 1u);
  EXPECT_TRUE(is_revoked(300, 3999));
  EXPECT_TRUE(is_revoked(50, 3999));
}

// Memory follows what is in force: neither replaced terms nor entries that came
// and went leave anything but table behind.
TEST_F(RevocationListTest, MemoryIsBoundedByWhatIsInForce) {
  const size_t empty = list_.MemoryBytes();
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(Add(OfId("early" + std::to_string(i), 50'000)).ok());
  }
  for (int64_t i = 0; i < 20'000; ++i) {
    ASSERT_TRUE(Add({Kind::kSubject, kIssuer, "s", i, 2000 + i}).ok());
  }
  EXPECT_EQ(list_.size(), 6u);
  EXPECT_LT(list_.MemoryBytes(), empty + 8192);
  for (int i = 0; i < 20'000; ++i) {
    ASSERT_TRUE(Add(OfId(std::to_string(i), 29'900 + i), {29'000 + i}).ok());
  }
  EXPECT_LE(list_.size(), 1000u);
  EXPECT_LT(list_.MemoryBytes(), empty + 1000 * 200);
  list_.RemoveExpired(participant_, {100'000});
  EXPECT_EQ(list_.size(), 0u);
  participant_.Collect();
  EXPECT_EQ(domain_.Stats().retired_bytes, 0u);
}

constexpr int kGrown = 5000;

std::string GrownId(int i) { return "id" + std::to_string(100'000 + i); }

// Of each of those entries, by the layout that the header promises.
constexpr size_t kGrownBytes = sizeof(RevocationEntry) +
                               sizeof(RevocationTerm) + 3 +
                               (sizeof(kIssuer) - 1) + 8;

// Every entry is found at every size, through all steps of growth, and what was
// not added is not.
TEST_F(RevocationListTest, GrowthLosesNothing) {
  RevocationList list(HashSeed(3, 4));
  const size_t empty = list.MemoryBytes();
  const auto expect = [&](int i, bool revoked) {
    const std::string id = GrownId(i);
    const auto guard = participant_.Pin();
    ASSERT_EQ(list.IsRevoked({.issuer = kIssuer, .token_id = id}, kNow),
              revoked)
        << i << " of " << list.size();
  };
  for (int i = 0; i < kGrown; ++i) {
    ASSERT_TRUE(
        list.Add(participant_, OfId(GrownId(i), kRevokedForGood), kNow).ok());
    const int first = i < 300 ? 0 : i - 100;
    for (int j = first; j < i + 50; ++j) expect(j, j <= i);
  }
  for (int i = 0; i < kGrown; ++i) expect(i, true);
  EXPECT_EQ(list.size(), size_t{kGrown});
  const size_t table = list.MemoryBytes() - empty - kGrown * kGrownBytes;
  EXPECT_GE(table, size_t{kGrown} * 4) << "two entries a cell";
  EXPECT_LE(table, size_t{kGrown} * 32);
}

// What a guard may still see, entries and tables, is retired, not deleted.
TEST_F(RevocationListTest, WhatAGuardMaySeeIsKept) {
  RevocationList list(HashSeed(3, 4));
  auto reader = domain_.Register();
  {
    const auto guard = reader.Pin();
    for (int i = 0; i < 64; ++i) {
      const Revocation revocation = OfId(GrownId(i), 2000);
      ASSERT_TRUE(list.Add(participant_, revocation, kNow).ok());
    }
    EXPECT_EQ(domain_.Stats().retired_objects, 0u);
    ASSERT_TRUE(list.Add(participant_, OfId(GrownId(7), 3000), kNow).ok());
    const size_t moved = domain_.Stats().retired_objects;
    EXPECT_GT(moved, 1u) << "the first cells and the entry";
    for (int i = 0; i < 20; ++i) {
      ASSERT_TRUE(list.Add(participant_, OfId(GrownId(7)), kNow).ok());
    }
    const EpochStats stats = domain_.Stats();
    EXPECT_GE(stats.retired_objects, 64u);
    EXPECT_GT(stats.retired_bytes, stats.retired_objects * kGrownBytes)
        << "the table is among them";
    EXPECT_EQ(list.RemoveExpired(participant_, {2000}), 63u);
    EXPECT_EQ(domain_.Stats().retired_objects, stats.retired_objects + 63);
    participant_.Collect();
    EXPECT_EQ(domain_.Stats().retired_objects, stats.retired_objects + 63);
  }
  participant_.Collect();
  EXPECT_EQ(domain_.Stats().retired_objects, 0u);
}

// A guard that began before an entry was added does not hide it.
TEST_F(RevocationListTest, AGuardKeepsNothingFromBeingSeen) {
  auto reader = domain_.Register();
  const auto guard = reader.Pin();
  for (int i = 0; i < 500; ++i) {
    const std::string id = std::to_string(i);
    ASSERT_TRUE(Add(OfId(id, 2000)).ok());
    ASSERT_TRUE(Add(OfId(id, 3000)).ok());
    EXPECT_TRUE(list_.IsRevoked({.issuer = kIssuer, .token_id = id}, {2500}));
  }
  EXPECT_EQ(list_.RemoveExpired(participant_, {3000}), 500u);
  EXPECT_FALSE(list_.IsRevoked({.issuer = kIssuer, .token_id = "7"}, kNow));
}

TEST_F(RevocationListTest, TheDomainMayEndBeforeTheListOrAfter) {
  auto list = std::make_unique<RevocationList>(HashSeed(1, 2));
  {
    EpochDomain domain;
    auto participant = domain.Register();
    for (int i = 0; i < 200; ++i) {
      const std::string id = std::to_string(i);
      ASSERT_TRUE(list->Add(participant, OfId(id), kNow).ok());
      ASSERT_TRUE(list->Add(participant, OfId(id, kLater + 1), kNow).ok());
    }
  }
  ASSERT_TRUE(list->Add(participant_, OfId("0", kLater + 2), kNow).ok());
  list.reset();
}

}  // namespace
}  // namespace tollgate
