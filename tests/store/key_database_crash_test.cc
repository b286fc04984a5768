// Killing the process at any moment loses nothing that was acknowledged.
//
// A child changes the store and acknowledges each change over a pipe, after
// the call returned. It is killed at a random moment; then the store must open
// and hold every acknowledged change. At most one more may be there: the one
// that became durable just before its acknowledgement.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <random>
#include <string>
#include <thread>

#include "gtest/gtest.h"
#include "tests/store/store_fixture.h"

namespace tollgate {
namespace {

constexpr auto kTimeForTheLoop = std::chrono::seconds(4);
constexpr int kRoundsMax = 60;

struct Acknowledgement {
  int inserted;  // keys 0 to inserted - 1 are in the store
  int revoked;   // keys 0 to revoked - 1 are revoked
};
static_assert(sizeof(Acknowledgement) <= 512, "a pipe write is atomic");

absl::Status Revoke(KeyDatabase& database, const std::string& id) {
  return database
      .Update(id,
              [](StoredKey& key) {
                key.state = KeyState::kRevoked;
                return absl::OkStatus();
              })
      .status();
}

// Inserts two keys and revokes one, over and over.
[[noreturn]] void ChangeUntilKilled(const std::string& path,
                                    Acknowledgement done, int pipe) {
  const auto acknowledge = [&] {
    if (write(pipe, &done, sizeof(done)) != sizeof(done)) _exit(2);
  };
  const auto database = OpenOrDie(path);
  for (;;) {
    for (int i = 0; i < 2; ++i) {
      if (!database->Insert({MakeKey(IdOf(done.inserted))}).ok()) _exit(3);
      ++done.inserted;
      acknowledge();
    }
    if (!Revoke(*database, IdOf(done.revoked)).ok()) _exit(4);
    ++done.revoked;
    acknowledge();
  }
}

// Runs the child until it is killed after `life`. Returns what it
// acknowledged last, or `done` if nothing.
Acknowledgement RunAndKill(const std::string& path, Acknowledgement done,
                           std::chrono::microseconds life) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    ChangeUntilKilled(path, done, ends[1]);
  }
  close(ends[1]);
  // A thread empties the pipe, so that the child never waits for us.
  std::thread reader([&] {
    Acknowledgement next;
    while (read(ends[0], &next, sizeof(next)) == sizeof(next)) done = next;
  });
  std::this_thread::sleep_for(life);
  kill(child, SIGKILL);
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the child gave up: " << status;
  reader.join();
  close(ends[0]);
  return done;
}

// Returns what the store holds.
Acknowledgement Inspect(const std::string& path) {
  const auto keys = ReadAll(*OpenOrDie(path));
  EXPECT_TRUE(keys.ok()) << keys.status();
  Acknowledgement found = {};
  if (!keys.ok()) return found;
  found.inserted = static_cast<int>(keys->size());
  for (const StoredKey& key : *keys) {
    if (key.state == KeyState::kRevoked) ++found.revoked;
  }
  return found;
}

TEST(KeyDatabaseCrashTest, KillingLosesNoAcknowledgedChange) {
  const ScratchFolder folder;
  const std::string path = folder.Path("keys.db");
  std::minstd_rand random(std::random_device{}());
  const auto end = std::chrono::steady_clock::now() + kTimeForTheLoop;
  Acknowledgement done = {};
  int rounds = 0;
  while (rounds < kRoundsMax && std::chrono::steady_clock::now() < end) {
    ++rounds;
    const std::chrono::microseconds life(random() % 60'000);
    done = RunAndKill(path, done, life);
    if (!FileExists(path)) continue;  // killed before it was made
    const Acknowledgement found = Inspect(path);
    EXPECT_GE(found.inserted, done.inserted) << "round " << rounds;
    EXPECT_GE(found.revoked, done.revoked) << "round " << rounds;
    EXPECT_LE(found.inserted + found.revoked, done.inserted + done.revoked + 1)
        << "round " << rounds;
    done = found;
  }
  EXPECT_GT(done.revoked, 0) << "no child lived long enough";
}

}  // namespace
}  // namespace tollgate
