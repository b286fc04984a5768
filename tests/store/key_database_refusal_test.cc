// No space, no permission: a clear error, and nothing is lost.

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/store/store_fixture.h"

namespace tollgate {
namespace {

constexpr uid_t kNobody = 65534;

class KeyDatabaseRefusalTest : public ::testing::Test {
 protected:
  std::string path() const { return folder_.Path("keys.db"); }

  ScratchFolder folder_;
};

// Runs `check` in a process of its own, whose limits and user may change. It
// returns "" or what was wrong.
std::string InChild(const std::function<std::string()>& check) {
  int ends[2];
  if (pipe(ends) != 0) return "no pipe";
  const pid_t child = fork();
  if (child == 0) {
    const std::string message = check();
    const ssize_t written = write(ends[1], message.data(), message.size());
    _exit(written == static_cast<ssize_t>(message.size()) ? 0 : 1);
  }
  close(ends[1]);
  std::string message;
  char buffer[512];
  for (ssize_t n; (n = read(ends[0], buffer, sizeof(buffer))) > 0;) {
    message.append(buffer, static_cast<size_t>(n));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    message += "the child ended with status " + std::to_string(status);
  }
  return message;
}

std::vector<StoredKey> ManyKeys(int first, int count) {
  std::vector<StoredKey> keys;
  for (int i = 0; i < count; ++i) keys.push_back(MakeKey(IdOf(first + i)));
  return keys;
}

// A limit on the size of files stands for the full disk.
void LimitFiles(rlim_t bytes) {
  signal(SIGXFSZ, SIG_IGN);
  const rlimit limit = {bytes, bytes};
  setrlimit(RLIMIT_FSIZE, &limit);
}

TEST_F(KeyDatabaseRefusalTest, FullDiskIsAnErrorAndLosesNothing) {
  { ASSERT_TRUE(OpenOrDie(path())->Insert(ManyKeys(0, 50)).ok()); }
  EXPECT_EQ(InChild([&]() -> std::string {
              const auto database = OpenOrDie(path());
              LimitFiles(512 << 10);
              int acknowledged = 50;
              absl::Status status;
              for (int i = 0; i < 200 && status.ok(); ++i) {
                status = database->Insert(ManyKeys(acknowledged, 50));
                if (status.ok()) acknowledged += 50;
              }
              if (!absl::IsResourceExhausted(status)) {
                return "expected ResourceExhausted: " + status.ToString();
              }
              const auto keys = ReadAll(*database);
              if (!keys.ok()) return keys.status().ToString();
              if (keys->size() != static_cast<size_t>(acknowledged)) {
                return "not all acknowledged keys are there";
              }
              return acknowledged > 50 ? "" : "nothing fitted";
            }),
            "");
  const auto keys = ReadAll(*OpenOrDie(path()));
  ASSERT_TRUE(keys.ok()) << keys.status();
  EXPECT_GT(keys->size(), 50u);
  EXPECT_EQ(keys->size() % 50, 0u) << "a transaction was kept in part";
  const auto database = OpenOrDie(path());
  EXPECT_TRUE(database->Insert({MakeKey(IdOf(1'000'000))}).ok())
      << "with space again, it goes on";
}

TEST_F(KeyDatabaseRefusalTest, FullDiskWhileMakingItLeavesNothing) {
  EXPECT_EQ(InChild([&]() -> std::string {
              LimitFiles(2048);
              const auto opened = KeyDatabase::Open(path(), {.create = true});
              return absl::IsResourceExhausted(opened.status())
                         ? ""
                         : opened.status().ToString();
            }),
            "");
  EXPECT_FALSE(FileExists(path()));
  EXPECT_TRUE(OpenOrDie(path())->Insert(ManyKeys(0, 1)).ok());
}

TEST_F(KeyDatabaseRefusalTest, ReadOnlyOpeningReadsAndRefusesChanges) {
  { ASSERT_TRUE(OpenOrDie(path())->Insert(ManyKeys(0, 2)).ok()); }
  const auto database = KeyDatabase::Open(path(), {.read_only = true});
  ASSERT_TRUE(database.ok()) << database.status();
  EXPECT_EQ(ReadAll(**database)->size(), 2u);
  EXPECT_TRUE(absl::IsPermissionDenied((*database)->Insert(ManyKeys(5, 1))));
  EXPECT_TRUE(absl::IsPermissionDenied(
      (*database)
          ->Update(IdOf(0), [](StoredKey&) { return absl::OkStatus(); })
          .status()));
}

// Runs `check` as a user for whom permissions count. Returns false if this
// machine does not let us.
std::string AsNobody(const std::function<std::string()>& check) {
  return InChild([&]() -> std::string {
    if (geteuid() == 0 && setuid(kNobody) != 0) return "";
    return check();
  });
}

std::string ExpectDenied(const std::string& path) {
  const auto opened = KeyDatabase::Open(path, {.create = true});
  return absl::IsPermissionDenied(opened.status())
             ? ""
             : "expected PermissionDenied: " + opened.status().ToString();
}

// Lets everyone reach the folder (above it as well, as far as it is ours).
void OpenFolder(const std::string& folder, mode_t mode) {
  ASSERT_EQ(chmod(folder.c_str(), mode), 0);
}

TEST_F(KeyDatabaseRefusalTest, ReadOnlyFileIsRefused) {
  { ASSERT_TRUE(OpenOrDie(path())->Insert(ManyKeys(0, 1)).ok()); }
  ASSERT_EQ(chmod(path().c_str(), 0444), 0);
  OpenFolder(folder_.path(), 0777);
  EXPECT_EQ(AsNobody([&] { return ExpectDenied(path()); }), "");
  EXPECT_EQ(ReadAll(*OpenOrDie(path()))->size(), 1u);
}

TEST_F(KeyDatabaseRefusalTest, ReadOnlyFolderIsRefused) {
  { ASSERT_TRUE(OpenOrDie(path())->Insert(ManyKeys(0, 1)).ok()); }
  ASSERT_EQ(chmod(path().c_str(), 0666), 0);
  OpenFolder(folder_.path(), 0555);
  EXPECT_EQ(AsNobody([&] { return ExpectDenied(path()); }), "");
  EXPECT_EQ(AsNobody([&] { return ExpectDenied(folder_.Path("new.db")); }), "");
  OpenFolder(folder_.path(), 0755);
  EXPECT_EQ(ReadAll(*OpenOrDie(path()))->size(), 1u);
}

TEST_F(KeyDatabaseRefusalTest, UnreadableFileIsRefused) {
  { ASSERT_TRUE(OpenOrDie(path())->Insert(ManyKeys(0, 1)).ok()); }
  ASSERT_EQ(chmod(path().c_str(), 0200), 0);
  OpenFolder(folder_.path(), 0777);
  EXPECT_EQ(AsNobody([&] { return ExpectDenied(path()); }), "");
}

}  // namespace
}  // namespace tollgate
