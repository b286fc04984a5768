// Several connections on one file: within a process, and across processes.

#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/store/store_fixture.h"

namespace tollgate {
namespace {

class KeyDatabaseSharingTest : public ::testing::Test {
 protected:
  std::string path() const { return folder_.Path("keys.db"); }

  ScratchFolder folder_;
};

// Runs `work` in another process, which must not inherit an open store.
template <typename Work>
void InAnotherProcess(Work&& work) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) _exit(work() ? 0 : 1);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

absl::Status Revoke(KeyDatabase& database, const std::string& id) {
  return database
      .Update(id,
              [](StoredKey& key) {
                key.state = KeyState::kRevoked;
                return absl::OkStatus();
              })
      .status();
}

TEST_F(KeyDatabaseSharingTest, OnesOwnChangesDoNotMoveTheDataVersion) {
  const auto database = OpenOrDie(path());
  const int64_t version = *database->DataVersion();
  ASSERT_TRUE(database->Insert({MakeKey(IdOf(1))}).ok());
  EXPECT_EQ(*database->DataVersion(), version);
}

TEST_F(KeyDatabaseSharingTest, AnotherConnectionsChangesAreSeenAtOnce) {
  const auto reader = OpenOrDie(path());
  const auto writer = OpenOrDie(path());
  ASSERT_TRUE(writer->Insert({MakeKey(IdOf(1)), MakeKey(IdOf(2))}).ok());
  int64_t version = *reader->DataVersion();
  int64_t sequence = ReadAll(*reader)->back().sequence;
  ASSERT_TRUE(Revoke(*writer, IdOf(1)).ok());
  EXPECT_NE(*reader->DataVersion(), version);
  std::vector<StoredKey> changed;
  ASSERT_TRUE(reader
                  ->ChangesSince(sequence,
                                 [&](const StoredKeyView& key) {
                                   changed.push_back(CopyOf(key));
                                   return absl::OkStatus();
                                 })
                  .ok());
  ASSERT_EQ(changed.size(), 1u);
  EXPECT_EQ(changed[0].key_id, IdOf(1));
  EXPECT_EQ(changed[0].state, KeyState::kRevoked);
}

TEST_F(KeyDatabaseSharingTest, AnotherProcessSeesChangesAndOursSeeIts) {
  { OpenOrDie(path()); }
  InAnotherProcess(
      [&] { return OpenOrDie(path())->Insert({MakeKey(IdOf(1))}).ok(); });
  const auto database = OpenOrDie(path());
  EXPECT_EQ(ReadAll(*database)->size(), 1u);
  const int64_t version = *database->DataVersion();
  // A fork and exec would be cleaner; the child opens a store of its own and
  // touches nothing of ours.
  InAnotherProcess([&] { return Revoke(*OpenOrDie(path()), IdOf(1)).ok(); });
  EXPECT_NE(*database->DataVersion(), version);
  EXPECT_EQ((*database->Find(IdOf(1)))->state, KeyState::kRevoked);
}

TEST_F(KeyDatabaseSharingTest, ProcessesMakingTheStoreAtOnceShareOne) {
  constexpr int kProcesses = 6;
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      const auto database = OpenOrDie(path());
      _exit(database->Insert({MakeKey(IdOf(i))}).ok() ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(ReadAll(*OpenOrDie(path()))->size(), size_t{kProcesses});
}

// Read-modify-write is one step across connections: no update is lost.
TEST_F(KeyDatabaseSharingTest, UpdatesOfTwoConnectionsAllCount) {
  constexpr int kUpdatesEach = 50;
  { ASSERT_TRUE(OpenOrDie(path())->Insert({MakeKey(IdOf(1))}).ok()); }
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      const auto database = OpenOrDie(path());
      for (int i = 0; i < kUpdatesEach; ++i) {
        const auto updated = database->Update(IdOf(1), [](StoredKey& key) {
          ++key.updated_at;
          return absl::OkStatus();
        });
        EXPECT_TRUE(updated.ok()) << updated.status();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ((*OpenOrDie(path())->Find(IdOf(1)))->updated_at,
            MakeKey(IdOf(1)).updated_at + 2 * kUpdatesEach);
}

// Closing one connection must not drop the locks of another one of the same
// process, as closing any descriptor of the file would.
TEST_F(KeyDatabaseSharingTest, ClosingAConnectionLeavesTheOthersLocks) {
  const auto database = OpenOrDie(path());
  ASSERT_TRUE(database->Insert({MakeKey(IdOf(1))}).ok());
  { OpenOrDie(path()); }
  // Were the locks gone, the last connection of another process would take
  // itself for the last of all and remove the log under us.
  InAnotherProcess([&] { return Revoke(*OpenOrDie(path()), IdOf(1)).ok(); });
  EXPECT_TRUE(FileExists(path() + "-wal"));
  ASSERT_TRUE(database->Insert({MakeKey(IdOf(2))}).ok());
  EXPECT_EQ(ReadAll(*OpenOrDie(path()))->size(), 2u);
}

}  // namespace
}  // namespace tollgate
