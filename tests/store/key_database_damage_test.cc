// A file that is not a whole store of this version is an error, and stays as
// it is.

#include <sqlite3.h>

#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/store/store_fixture.h"
#include "tests/support/run_sql.h"

namespace tollgate {
namespace {

class KeyDatabaseDamageTest : public ::testing::Test {
 protected:
  std::string path() const { return folder_.Path("keys.db"); }

  // A store of `keys` keys, closed.
  void MakeStore(int keys) {
    const auto database = OpenOrDie(path());
    std::vector<StoredKey> rows;
    for (int i = 0; i < keys; ++i) rows.push_back(MakeKey(IdOf(i)));
    ASSERT_TRUE(database->Insert(rows).ok());
  }

  void RunSql(const char* sql) { RunSqlOn(path(), sql); }

  // Opening, in whichever way, gives `code` and changes neither the file nor
  // what is beside it.
  void ExpectLeftAlone(absl::StatusCode code) {
    const std::string before = ReadBytes(path());
    for (const KeyDatabase::OpenOptions& options :
         {KeyDatabase::OpenOptions{.create = true},
          KeyDatabase::OpenOptions{.create = false},
          KeyDatabase::OpenOptions{.read_only = true}}) {
      const auto opened = KeyDatabase::Open(path(), options);
      EXPECT_EQ(opened.status().code(), code) << opened.status();
      EXPECT_NE(opened.status().message().find(path()), std::string::npos)
          << opened.status();
    }
    EXPECT_EQ(ReadBytes(path()), before);
    EXPECT_FALSE(FileExists(path() + "-wal"));
    EXPECT_FALSE(FileExists(path() + "-shm"));
    EXPECT_FALSE(FileExists(path() + "-journal"));
  }

  ScratchFolder folder_;
};

TEST_F(KeyDatabaseDamageTest, EmptyFileIsAnErrorAndLeftAlone) {
  WriteBytes(path(), "");
  ExpectLeftAlone(absl::StatusCode::kDataLoss);
}

TEST_F(KeyDatabaseDamageTest, TextFileIsAnErrorAndLeftAlone) {
  WriteBytes(path(), "version: 1\n");
  ExpectLeftAlone(absl::StatusCode::kDataLoss);
  WriteBytes(path(), std::string(100'000, 'x'));
  ExpectLeftAlone(absl::StatusCode::kDataLoss);
}

TEST_F(KeyDatabaseDamageTest, AnotherApplicationsDatabaseIsLeftAlone) {
  RunSql("CREATE TABLE keys(x); INSERT INTO keys VALUES(1);");
  ExpectLeftAlone(absl::StatusCode::kFailedPrecondition);
  RunSql("PRAGMA application_id=42; PRAGMA user_version=1;");
  ExpectLeftAlone(absl::StatusCode::kFailedPrecondition);
}

TEST_F(KeyDatabaseDamageTest, AnotherApplicationsLogIsLeftAlone) {
  RunSql("PRAGMA journal_mode=WAL; CREATE TABLE t(x);");
  WriteBytes(path() + "-wal", "not replayed by us");
  const std::string before = ReadBytes(path());
  EXPECT_FALSE(KeyDatabase::Open(path(), {.create = true}).ok());
  EXPECT_EQ(ReadBytes(path()), before);
  EXPECT_EQ(ReadBytes(path() + "-wal"), "not replayed by us");
  EXPECT_FALSE(FileExists(path() + "-shm"));
}

TEST_F(KeyDatabaseDamageTest, NewerVersionIsLeftAlone) {
  MakeStore(3);
  RunSql("PRAGMA user_version=4;");
  ExpectLeftAlone(absl::StatusCode::kFailedPrecondition);
}

TEST_F(KeyDatabaseDamageTest, NewerVersionThatIsOnlyInTheLogIsNoticed) {
  MakeStore(3);
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(path().c_str(), &handle), SQLITE_OK);
  ASSERT_EQ(
      sqlite3_exec(handle, "PRAGMA user_version=4;", nullptr, nullptr, nullptr),
      SQLITE_OK);
  const auto opened = KeyDatabase::Open(path(), {.create = true});
  EXPECT_TRUE(absl::IsFailedPrecondition(opened.status())) << opened.status();
  sqlite3_close(handle);
}

TEST_F(KeyDatabaseDamageTest, ChangedTablesAreAnError) {
  const char* const kChanges[] = {
      "DROP TABLE usage;",
      "DROP TABLE revocations;",
      "ALTER TABLE keys ADD COLUMN more INT;",
      "ALTER TABLE usage RENAME COLUMN used TO spent;",
  };
  for (const char* change : kChanges) {
    std::filesystem::remove(path());
    MakeStore(3);
    RunSql(change);
    const auto opened = KeyDatabase::Open(path(), {.create = true});
    EXPECT_TRUE(absl::IsDataLoss(opened.status()))
        << change << ": " << opened.status();
  }
}

TEST_F(KeyDatabaseDamageTest, TruncatedFileIsAnErrorAndLeftAlone) {
  MakeStore(300);
  const std::string whole = ReadBytes(path());
  for (const size_t size :
       {size_t{1}, size_t{99}, size_t{100}, size_t{4095}, size_t{4096},
        size_t{8192}, whole.size() / 2, whole.size() - 4096}) {
    WriteBytes(path(), whole.substr(0, size));
    const auto opened = KeyDatabase::Open(path(), {.create = true});
    EXPECT_FALSE(opened.ok()) << size;
    EXPECT_EQ(ReadBytes(path()), whole.substr(0, size)) << size;
  }
}

// The last page may be in the log still, so a part of it is no error by
// itself; what it says is.
TEST_F(KeyDatabaseDamageTest, APartOfTheLastPageNeverChangesAKey) {
  MakeStore(300);
  const std::string whole = ReadBytes(path());
  const auto expected = ReadAll(*OpenOrDie(path()));
  for (const size_t lost : {1, 7, 100, 4095}) {
    WriteBytes(path(), whole.substr(0, whole.size() - lost));
    const auto database = KeyDatabase::Open(path(), {});
    if (!database.ok()) continue;
    for (int number = 0; number < 300; ++number) {
      const auto found = (*database)->Find(IdOf(number));
      if (found.ok() && found->has_value()) {
        EXPECT_EQ(**found, (*expected)[number]) << lost;
      }
    }
  }
}

TEST_F(KeyDatabaseDamageTest, AChangedByteOfARowIsNoticed) {
  MakeStore(1);
  const std::string whole = ReadBytes(path());
  const std::string principal = MakeKey(IdOf(0)).principal;
  const size_t at = whole.find(principal);
  ASSERT_NE(at, std::string::npos);
  std::string changed = whole;
  changed[at] = 'X';
  WriteBytes(path(), changed);
  const auto database = KeyDatabase::Open(path(), {});
  ASSERT_TRUE(database.ok()) << database.status();
  EXPECT_TRUE(absl::IsDataLoss(ReadAll(**database).status()));
  EXPECT_TRUE(absl::IsDataLoss((*database)->Find(IdOf(0)).status()));
}

// A revoked key must not come back by a bit that tips over.
TEST_F(KeyDatabaseDamageTest, AStateChangedByOtherHandsIsNoticed) {
  MakeStore(2);
  RunSql("UPDATE keys SET state=1 WHERE sequence=2;");
  const auto database = OpenOrDie(path());
  EXPECT_TRUE(absl::IsDataLoss(database->Find(IdOf(1)).status()));
  EXPECT_TRUE(database->Find(IdOf(0)).ok());
}

// Whatever byte is damaged: either it is an error, or it did not matter.
TEST_F(KeyDatabaseDamageTest, ADamagedByteNeverChangesAKey) {
  MakeStore(200);
  const std::string whole = ReadBytes(path());
  const auto expected = ReadAll(*OpenOrDie(path()));
  ASSERT_TRUE(expected.ok());
  std::minstd_rand random(20240607);
  for (int round = 0; round < 400; ++round) {
    const size_t at = random() % whole.size();
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << random() % 8));
    WriteBytes(path(), damaged);
    const auto database = KeyDatabase::Open(path(), {});
    if (!database.ok()) continue;
    const auto keys = ReadAll(**database);
    if (keys.ok()) {
      EXPECT_EQ(*keys, *expected) << "byte " << at;
    }
    for (const int number : {0, 57, 199}) {
      const auto found = (*database)->Find(IdOf(number));
      if (found.ok() && found->has_value()) {
        EXPECT_EQ(**found, (*expected)[number]) << "byte " << at;
      }
    }
  }
}

TEST_F(KeyDatabaseDamageTest, OtherKindsOfFilesAreErrors) {
  std::filesystem::create_directory(path());
  EXPECT_TRUE(absl::IsInvalidArgument(
      KeyDatabase::Open(path(), {.create = true}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(
      KeyDatabase::Open("/dev/null", {.create = true}).status()));
}

TEST_F(KeyDatabaseDamageTest, NamesHaveNoSecondMeaning) {
  EXPECT_TRUE(absl::IsNotFound(KeyDatabase::Open(":memory:", {}).status()));
  EXPECT_TRUE(absl::IsNotFound(
      KeyDatabase::Open("file:keys.db?mode=memory", {}).status()));
  EXPECT_FALSE(KeyDatabase::Open("", {.create = true}).ok());
}

}  // namespace
}  // namespace tollgate
