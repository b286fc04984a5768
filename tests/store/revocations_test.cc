// Revocations in the durable store: kept, told to others, and let go when they
// are over; stores that were made before there were any.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "engine/model/revocation.h"
#include "engine/store/key_database.h"
#include "engine/store/revocation_rows.h"
#include "engine/store/sqlite.h"
#include "engine/store/store_file.h"
#include "gtest/gtest.h"
#include "tests/store/store_fixture.h"
#include "tests/support/run_sql.h"

namespace tollgate {

void PrintTo(const StoredRevocation& stored, std::ostream* out) {
  const Revocation& revocation = stored.revocation;
  *out << '#' << stored.sequence << ' ' << static_cast<int>(revocation.kind)
       << ' ' << revocation.issuer << ' ' << revocation.value << " until "
       << revocation.issued_until.value_or(-1) << " ends "
       << revocation.expires_at;
}

namespace {

using Kind = RevocationKind;
using Rows = std::vector<StoredRevocation>;

constexpr char kIssuer[] = "https://idp.example";
constexpr int64_t kFirst = std::numeric_limits<int64_t>::min();

Revocation OfId(const std::string& id, int64_t expires_at = 2000) {
  return {Kind::kTokenId, kIssuer, id, {}, expires_at};
}

Rows ReadSince(KeyDatabase& database, int64_t sequence) {
  Rows rows;
  const absl::Status status =
      database.RevocationsSince(sequence, [&](const StoredRevocation& stored) {
        rows.push_back(stored);
        return absl::OkStatus();
      });
  EXPECT_TRUE(status.ok()) << status;
  return rows;
}

class RevocationsTest : public ::testing::Test {
 protected:
  std::string path() const { return folder_.Path("keys.db"); }

  void RunSql(const char* sql) { RunSqlOn(path(), sql); }

  // A store as version 1 made it, with one key.
  void MakeOldStore() {
    ASSERT_TRUE(OpenOrDie(path())->Insert({MakeKey(IdOf(1))}).ok());
    RunSql(
        "DROP TABLE revocations; DROP TABLE approvals; PRAGMA user_version=1;");
  }

  ScratchFolder folder_;
};

TEST_F(RevocationsTest, EveryFieldIsReadBackAfterReopening) {
  const std::vector<Revocation> all = {
      OfId("a"),
      {Kind::kSubject, kIssuer, "alice", 500, kRevokedForGood},
      {Kind::kClient, kIssuer, std::string("a\0'\xff", 4), -5, 2000},
      {Kind::kKeyId, "i", "", {}, 2000},
      {Kind::kIssuer, kIssuer, "", 0, 2000},
      {Kind::kClaims, kIssuer, std::string(64, 'f'), kFirst, 2000},
  };
  std::vector<Revocation> storable = all;
  storable[3].value = "k";
  {
    const auto database = OpenOrDie(path());
    ASSERT_TRUE(absl::IsInvalidArgument(database->AddRevocations(all)));
    EXPECT_EQ(ReadSince(*database, kFirst), Rows{}) << "all or none";
    ASSERT_TRUE(database->AddRevocations(storable).ok());
  }
  Rows expected;
  for (const Revocation& revocation : storable) {
    expected.push_back({revocation, int64_t(expected.size()) + 1});
  }
  const auto database = OpenOrDie(path());
  EXPECT_EQ(ReadSince(*database, kFirst), expected);
}

TEST_F(RevocationsTest, TheSameTwiceKeepsTheLaterEnd) {
  const auto database = OpenOrDie(path());
  const auto add = [&](const Revocation& revocation) {
    EXPECT_TRUE(database->AddRevocations({revocation}).ok());
    return ReadSince(*database, 0);
  };
  EXPECT_EQ(add(OfId("a", 2000)), (Rows{{OfId("a", 2000), 1}}));
  EXPECT_EQ(add(OfId("a", 2000)), (Rows{{OfId("a", 2000), 1}}));
  EXPECT_EQ(add(OfId("a", 1999)), (Rows{{OfId("a", 2000), 1}}));
  EXPECT_EQ(add(OfId("a", 2001)), (Rows{{OfId("a", 2001), 2}}));
  Revocation dated = OfId("a", 500);
  dated.issued_until = 7;
  EXPECT_EQ(add(dated), (Rows{{OfId("a", 2001), 2}, {dated, 3}}));
  Revocation latest = OfId("a", 9000);
  latest.issued_until = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(add(latest), (Rows{{dated, 3}, {OfId("a", 9000), 4}}))
      << "until the latest instant is whenever";
}

TEST_F(RevocationsTest, SimilarRevocationsAreKeptApart) {
  const std::string nul(1, '\0');
  std::vector<Revocation> all = {
      {Kind::kTokenId, "a", "bc", {}, 2000},
      {Kind::kTokenId, "ab", "c", {}, 2000},
      {Kind::kTokenId, "a", "bc" + nul, {}, 2000},
      {Kind::kTokenId, "a", "BC", {}, 2000},
      {Kind::kSubject, "a", "bc", {}, 2000},
      {Kind::kTokenId, "a", "bc", 0, 2000},
  };
  const auto database = OpenOrDie(path());
  ASSERT_TRUE(database->AddRevocations(all).ok());
  EXPECT_EQ(ReadSince(*database, 0).size(), all.size());
}

TEST_F(RevocationsTest, OtherConnectionsSeeWhatWasAddedAndProlonged) {
  const auto reader = OpenOrDie(path());
  const auto writer = OpenOrDie(path());
  ASSERT_TRUE(writer->AddRevocations({OfId("a"), OfId("b")}).ok());
  const int64_t version = *reader->DataVersion();
  EXPECT_EQ(ReadSince(*reader, 0).size(), 2u);
  ASSERT_TRUE(writer->AddRevocations({OfId("a", 3000), OfId("c")}).ok());
  EXPECT_NE(*reader->DataVersion(), version);
  EXPECT_EQ(ReadSince(*reader, 2),
            (Rows{{OfId("a", 3000), 3}, {OfId("c"), 4}}));
}

TEST_F(RevocationsTest, WhatIsOverIsDroppedAndNothingElse) {
  const auto database = OpenOrDie(path());
  ASSERT_TRUE(database
                  ->AddRevocations({OfId("a", 1000), OfId("b", 1001),
                                    OfId("good", kRevokedForGood),
                                    OfId("c", 1000), OfId("d", 5000)})
                  .ok());
  EXPECT_EQ(*database->DropExpiredRevocations(999), 0);
  EXPECT_EQ(*database->DropExpiredRevocations(1000), 2);
  EXPECT_EQ(ReadSince(*database, 0), (Rows{{OfId("b", 1001), 2},
                                           {OfId("good", kRevokedForGood), 3},
                                           {OfId("d", 5000), 5}}));
  EXPECT_EQ(
      *database->DropExpiredRevocations(std::numeric_limits<int64_t>::max()),
      1);
  EXPECT_EQ(ReadSince(*database, 0).front().revocation.value, "good");
}

// A number that was given twice would hide a revocation from those who have
// read up to it.
TEST_F(RevocationsTest, NumbersAreNeverGivenTwice) {
  const auto database = OpenOrDie(path());
  ASSERT_TRUE(database->AddRevocations({OfId("a"), OfId("b")}).ok());
  ASSERT_EQ(ReadSince(*database, 0).back().sequence, 2);
  ASSERT_TRUE(database->DropExpiredRevocations(10'000).ok());
  ASSERT_TRUE(database->AddRevocations({OfId("c", 20'000)}).ok());
  EXPECT_EQ(ReadSince(*database, 2), (Rows{{OfId("c", 20'000), 3}}));
}

TEST_F(RevocationsTest, ThereIsABoundAndNothingIsForgottenForIt) {
  auto connection = SqliteConnection::Open("", SqliteConnection::Mode::kMemory);
  ASSERT_TRUE(connection.ok());
  ASSERT_TRUE(CreateTables(**connection).ok());
  RevocationRows rows(connection->get(), /*rows_max=*/3);
  ASSERT_TRUE(rows.Add({OfId("a"), OfId("b"), OfId("c")}).ok());
  const absl::Status status = rows.Add({OfId("a", 9000), OfId("d")});
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_TRUE(rows.Add({OfId("b", 9000)}).ok());
  std::string seen;
  ASSERT_TRUE(rows.ForEachSince(0,
                                [&](const StoredRevocation& stored) {
                                  seen += stored.revocation.value +
                                          std::to_string(
                                              stored.revocation.expires_at);
                                  return absl::OkStatus();
                                })
                  .ok());
  EXPECT_EQ(seen, "a2000c2000b9000");
}

TEST_F(RevocationsTest, AChangedColumnIsNoticed) {
  const char* const kChanges[] = {
      "UPDATE revocations SET expires_at=expires_at-1 WHERE sequence=1;",
      "UPDATE revocations SET issued_until=5 WHERE sequence=1;",
      "UPDATE revocations SET kind=1 WHERE sequence=1;",
      "UPDATE revocations SET kind=6 WHERE sequence=1;",
      "UPDATE revocations SET kind=256 WHERE sequence=1;",
      "UPDATE revocations SET value=x'62' WHERE sequence=1;",
      "UPDATE revocations SET issuer=x'62' WHERE sequence=1;",
      "UPDATE revocations SET sequence=9 WHERE sequence=1;",
      ("UPDATE revocations SET issuer=CAST(issuer||value AS BLOB), value=x'' "
       "WHERE sequence=1;"),
  };
  for (const char* change : kChanges) {
    const auto database = OpenOrDie(path());
    ASSERT_TRUE(database->AddRevocations({OfId("a"), OfId("z")}).ok());
    RunSql(change);
    const absl::Status status = database->ForEachRevocation(
        [](const StoredRevocation&) { return absl::OkStatus(); });
    EXPECT_TRUE(absl::IsDataLoss(status)) << change << ": " << status;
    RunSql("DELETE FROM revocations;");
  }
}

TEST_F(RevocationsTest, AnOldStoreIsUpgradedWithItsKeys) {
  MakeOldStore();
  {
    const auto database = OpenOrDie(path());
    EXPECT_EQ(ReadAll(*database)->size(), 1u);
    EXPECT_EQ(ReadSince(*database, kFirst), Rows{});
    ASSERT_TRUE(database->AddRevocations({OfId("a")}).ok());
  }
  const auto database = KeyDatabase::Open(path(), {.read_only = true});
  ASSERT_TRUE(database.ok()) << database.status();
  EXPECT_EQ(ReadSince(**database, kFirst), (Rows{{OfId("a"), 1}}));
  EXPECT_EQ(ReadAll(**database)->size(), 1u);
}

TEST_F(RevocationsTest, AnOldStoreReadsAsEmptyUntilItIsUpgraded) {
  MakeOldStore();
  const auto reader = KeyDatabase::Open(path(), {.read_only = true});
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ(ReadAll(**reader)->size(), 1u);
  EXPECT_EQ(ReadSince(**reader, kFirst), Rows{});
  EXPECT_TRUE(absl::IsPermissionDenied((*reader)->AddRevocations({OfId("a")})));
  EXPECT_TRUE(
      absl::IsPermissionDenied((*reader)->DropExpiredRevocations(5).status()));
  ASSERT_TRUE(OpenOrDie(path())->AddRevocations({OfId("a")}).ok());
  EXPECT_EQ(ReadSince(**reader, kFirst), (Rows{{OfId("a"), 1}}))
      << "a reader from before the upgrade must not miss it";
}

TEST_F(RevocationsTest, ThoseWhoUpgradeAtOnceShareOneTable) {
  MakeOldStore();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this, i] {
      const auto database = KeyDatabase::Open(path(), {});
      ASSERT_TRUE(database.ok()) << database.status();
      EXPECT_TRUE((*database)->AddRevocations({OfId(std::to_string(i))}).ok());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ReadSince(*OpenOrDie(path()), 0).size(), 4u);
}

// Adds revocations and acknowledges each over the pipe, until it is killed.
[[noreturn]] void AddUntilKilled(const std::string& path, int pipe) {
  const auto database = OpenOrDie(path);
  for (unsigned char number = 0;; ++number) {
    const absl::Status status =
        database->AddRevocations({OfId(std::to_string(number))});
    if (!status.ok() || write(pipe, &number, 1) != 1) _exit(1);
  }
}

TEST_F(RevocationsTest, KillingTheProcessLosesNothingAcknowledged) {
  for (const int acknowledged : {1, 2, 7, 30}) {
    const std::string path = folder_.Path(std::to_string(acknowledged));
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) AddUntilKilled(path, ends[1]);
    close(ends[1]);
    unsigned char number = 0;
    for (int i = 0; i < acknowledged; ++i) {
      ASSERT_EQ(read(ends[0], &number, 1), 1);
    }
    kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the child gave up: " << status;
    // What it acknowledged before the signal arrived.
    while (read(ends[0], &number, 1) == 1) {
    }
    close(ends[0]);
    const size_t found = ReadSince(*OpenOrDie(path), 0).size();
    EXPECT_GE(found, number + 1u);
    EXPECT_LE(found, number + 2u) << "one more may be durable";
  }
}

}  // namespace
}  // namespace tollgate
