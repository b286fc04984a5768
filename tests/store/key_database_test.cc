#include "engine/store/key_database.h"

#include <sys/stat.h>

#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/store/store_fixture.h"

namespace tollgate {
namespace {

class KeyDatabaseTest : public ::testing::Test {
 protected:
  std::string path() const { return folder_.Path("keys.db"); }

  ScratchFolder folder_;
};

StoredKey WithSequence(StoredKey key, int64_t sequence) {
  key.sequence = sequence;
  return key;
}

TEST_F(KeyDatabaseTest, ReadsBackEveryField) {
  StoredKey full = MakeKey(IdOf(1));
  full.previous = StoredPreviousSecret{MakeKey(IdOf(9)).digest, 255, -5};
  full.expires_at = 4'000'000'000;
  full.state = KeyState::kDisabled;
  full.principal = "J\xc3\xb6rg \"x\" 'y'";
  StoredKey bare = MakeKey(IdOf(2));
  bare.scopes.clear();
  bare.policy.clear();
  bare.state = KeyState::kRevoked;
  {
    const auto database = OpenOrDie(path());
    ASSERT_TRUE(database->Insert({full, bare}).ok());
  }
  const auto database = OpenOrDie(path());
  EXPECT_EQ(*ReadAll(*database), (std::vector<StoredKey>{
                                     WithSequence(full, 1),
                                     WithSequence(bare, 2),
                                 }));
  EXPECT_EQ(**database->Find(IdOf(2)), WithSequence(bare, 2));
  EXPECT_EQ(*database->Find(IdOf(3)), std::nullopt);
}

TEST_F(KeyDatabaseTest, InsertsAllKeysOrNone) {
  const auto database = OpenOrDie(path());
  ASSERT_TRUE(database->Insert({MakeKey(IdOf(1))}).ok());
  const absl::Status status =
      database->Insert({MakeKey(IdOf(2)), MakeKey(IdOf(1)), MakeKey(IdOf(3))});
  EXPECT_TRUE(absl::IsAlreadyExists(status)) << status;
  EXPECT_NE(status.message().find(IdOf(1)), std::string::npos) << status;
  EXPECT_EQ(ReadAll(*database)->size(), 1u);
  EXPECT_TRUE(database->Insert({MakeKey(IdOf(2))}).ok());
}

TEST_F(KeyDatabaseTest, RefusesToStoreWhatItCouldNotReadBack) {
  const struct {
    std::string name;
    std::function<void(StoredKey&)> spoil;
  } kCases[] = {
      {"no id", [](StoredKey& k) { k.key_id.clear(); }},
      {"NUL in the id", [](StoredKey& k) { k.key_id = std::string(3, '\0'); }},
      {"long id", [](StoredKey& k) { k.key_id = std::string(65, 'a'); }},
      {"no principal", [](StoredKey& k) { k.principal.clear(); }},
      {"long principal",
       [](StoredKey& k) { k.principal = std::string(256, 'a'); }},
      {"line break", [](StoredKey& k) { k.principal = "a\nb"; }},
      {"scope with a space", [](StoredKey& k) { k.scopes = {"a b"}; }},
      {"empty scope",
       [](StoredKey& k) {
         k.scopes = {"a", ""};
       }},
      {"control in the policy", [](StoredKey& k) { k.policy = "\x7f"; }},
      {"pepper 0", [](StoredKey& k) { k.pepper_id = 0; }},
      {"previous pepper 0",
       [](StoredKey& k) { k.previous = StoredPreviousSecret{}; }},
      {"unknown state", [](StoredKey& k) { k.state = KeyState{3}; }},
  };
  const auto database = OpenOrDie(path());
  ASSERT_TRUE(database->Insert({MakeKey(IdOf(1))}).ok());
  for (const auto& test : kCases) {
    StoredKey key = MakeKey(IdOf(2));
    test.spoil(key);
    EXPECT_TRUE(absl::IsInvalidArgument(database->Insert({key}))) << test.name;
    const auto updated = database->Update(IdOf(1), [&](StoredKey& k) {
      test.spoil(k);
      return absl::OkStatus();
    });
    EXPECT_TRUE(absl::IsInvalidArgument(updated.status())) << test.name;
  }
  EXPECT_EQ(*ReadAll(*database),
            std::vector<StoredKey>{WithSequence(MakeKey(IdOf(1)), 1)});
}

TEST_F(KeyDatabaseTest, UpdateReplacesTheKeyUnderTheNextSequence) {
  const auto database = OpenOrDie(path());
  ASSERT_TRUE(database->Insert({MakeKey(IdOf(1)), MakeKey(IdOf(2))}).ok());
  const auto updated = database->Update(IdOf(1), [](StoredKey& key) {
    EXPECT_EQ(key, WithSequence(MakeKey(IdOf(1)), 1));
    key.state = KeyState::kRevoked;
    return absl::OkStatus();
  });
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(updated->sequence, 3);
  EXPECT_EQ(updated->state, KeyState::kRevoked);
  EXPECT_EQ(**database->Find(IdOf(1)), *updated);
  EXPECT_EQ(
      *ReadAll(*database),
      (std::vector<StoredKey>{WithSequence(MakeKey(IdOf(2)), 2), *updated}));
}

TEST_F(KeyDatabaseTest, UpdateThatFailsChangesNothing) {
  const auto database = OpenOrDie(path());
  ASSERT_TRUE(database->Insert({MakeKey(IdOf(1))}).ok());
  const auto refused = database->Update(IdOf(1), [](StoredKey& key) {
    key.state = KeyState::kRevoked;
    return absl::FailedPreconditionError("no");
  });
  EXPECT_EQ(refused.status(), absl::FailedPreconditionError("no"));
  const auto renamed = database->Update(IdOf(1), [](StoredKey& key) {
    key.key_id = IdOf(2);
    return absl::OkStatus();
  });
  EXPECT_TRUE(absl::IsInvalidArgument(renamed.status())) << renamed.status();
  const auto missing =
      database->Update(IdOf(7), [](StoredKey&) { return absl::OkStatus(); });
  EXPECT_TRUE(absl::IsNotFound(missing.status())) << missing.status();
  EXPECT_EQ(*ReadAll(*database),
            std::vector<StoredKey>{WithSequence(MakeKey(IdOf(1)), 1)});
}

TEST_F(KeyDatabaseTest, FindTreatsAnyBytesAsAnId) {
  const auto database = OpenOrDie(path());
  ASSERT_TRUE(database->Insert({MakeKey(IdOf(1))}).ok());
  for (const std::string& id :
       {std::string(), std::string("' OR 1=1 --"), std::string("%"),
        IdOf(1) + std::string(1, '\0'), std::string(1 << 20, 'a'),
        std::string("\xff\xfe")}) {
    const auto found = database->Find(id);
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_EQ(*found, std::nullopt) << id.substr(0, 20);
  }
}

TEST_F(KeyDatabaseTest, ForEachStopsAtTheReadersError) {
  const auto database = OpenOrDie(path());
  ASSERT_TRUE(database->Insert({MakeKey(IdOf(1)), MakeKey(IdOf(2))}).ok());
  int calls = 0;
  const absl::Status status = database->ForEach([&](const StoredKeyView&) {
    ++calls;
    return absl::AbortedError("enough");
  });
  EXPECT_EQ(status, absl::AbortedError("enough"));
  EXPECT_EQ(calls, 1);
  EXPECT_TRUE(database->Insert({MakeKey(IdOf(3))}).ok());
}

TEST_F(KeyDatabaseTest, ChangesSinceGivesEachChangedKeyOnce) {
  const auto database = OpenOrDie(path());
  ASSERT_TRUE(database->Insert({MakeKey(IdOf(1)), MakeKey(IdOf(2))}).ok());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(database
                    ->Update(IdOf(1),
                             [&](StoredKey& key) {
                               key.updated_at += 1;
                               return absl::OkStatus();
                             })
                    .ok());
  }
  ASSERT_TRUE(database->Insert({MakeKey(IdOf(3))}).ok());
  std::vector<std::pair<std::string, int64_t>> changes;
  ASSERT_TRUE(database
                  ->ChangesSince(2,
                                 [&](const StoredKeyView& key) {
                                   changes.emplace_back(key.key_id,
                                                        key.sequence);
                                   return absl::OkStatus();
                                 })
                  .ok());
  EXPECT_EQ(changes, (std::vector<std::pair<std::string, int64_t>>{
                         {IdOf(1), 5}, {IdOf(3), 6}}));
}

TEST_F(KeyDatabaseTest, UsageIsReplacedPerKeyAndWindow) {
  using Row = std::tuple<std::string, std::string, int64_t, int64_t>;
  const auto read = [](KeyDatabase& database) {
    std::vector<Row> rows;
    EXPECT_TRUE(database
                    .ForEachUsage([&](const StoredUsage& usage) {
                      rows.emplace_back(usage.key_id, usage.window,
                                        usage.used_micropermits,
                                        usage.saved_at_micros);
                      return absl::OkStatus();
                    })
                    .ok());
    return rows;
  };
  {
    const auto database = OpenOrDie(path());
    ASSERT_TRUE(database->Insert({MakeKey(IdOf(1)), MakeKey(IdOf(2))}).ok());
    ASSERT_TRUE(database
                    ->SaveUsage({{IdOf(1), "day", 5'000'000, 10},
                                 {IdOf(2), "day", 7, 10},
                                 {IdOf(1), "hour", 1, 10}})
                    .ok());
    ASSERT_TRUE(database->SaveUsage({{IdOf(1), "day", 9'000'000, 20}}).ok());
  }
  const auto database = OpenOrDie(path());
  EXPECT_EQ(read(*database), (std::vector<Row>{{IdOf(1), "day", 9'000'000, 20},
                                               {IdOf(1), "hour", 1, 10},
                                               {IdOf(2), "day", 7, 10}}));
}

TEST_F(KeyDatabaseTest, UsageOfUnknownKeysIsRefusedAsAWhole) {
  const auto database = OpenOrDie(path());
  ASSERT_TRUE(database->Insert({MakeKey(IdOf(1))}).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(
      database->SaveUsage({{IdOf(1), "day", 1, 1}, {IdOf(2), "day", 1, 1}})));
  EXPECT_TRUE(
      absl::IsInvalidArgument(database->SaveUsage({{IdOf(1), "day", -1, 1}})));
  int rows = 0;
  ASSERT_TRUE(database
                  ->ForEachUsage([&](const StoredUsage&) {
                    ++rows;
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_EQ(rows, 0);
}

TEST_F(KeyDatabaseTest, UsageSurvivesAChangeOfItsKey) {
  const auto database = OpenOrDie(path());
  ASSERT_TRUE(database->Insert({MakeKey(IdOf(1))}).ok());
  ASSERT_TRUE(database->SaveUsage({{IdOf(1), "day", 5, 1}}).ok());
  EXPECT_TRUE(database
                  ->Update(IdOf(1),
                           [](StoredKey& key) {
                             key.policy = "other";
                             return absl::OkStatus();
                           })
                  .ok());
  int64_t used = 0;
  ASSERT_TRUE(database
                  ->ForEachUsage([&](const StoredUsage& usage) {
                    used = usage.used_micropermits;
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_EQ(used, 5);
}

TEST_F(KeyDatabaseTest, FilesAreForTheirOwnerOnly) {
  const auto database = OpenOrDie(path());
  ASSERT_TRUE(database->Insert({MakeKey(IdOf(1))}).ok());
  for (const char* suffix : {"", "-wal", "-shm"}) {
    struct stat facts;
    ASSERT_EQ(stat((path() + suffix).c_str(), &facts), 0) << suffix;
    EXPECT_EQ(facts.st_mode & 0777, 0600u) << suffix;
  }
}

TEST_F(KeyDatabaseTest, IsNotMadeUnlessAskedTo) {
  EXPECT_TRUE(absl::IsNotFound(KeyDatabase::Open(path(), {}).status()));
  EXPECT_TRUE(absl::IsNotFound(
      KeyDatabase::Open(path(), {.create = true, .read_only = true}).status()));
  EXPECT_TRUE(absl::IsNotFound(
      KeyDatabase::Open(folder_.Path("no/such/folder.db"), {.create = true})
          .status()));
  EXPECT_FALSE(FileExists(path()));
}

TEST_F(KeyDatabaseTest, MakingItLeavesNothingElseBehind) {
  OpenOrDie(path());
  int entries = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(folder_.path())) {
    ++entries;
    EXPECT_EQ(entry.path().filename(), "keys.db");
  }
  EXPECT_EQ(entries, 1);
}

TEST_F(KeyDatabaseTest, InMemoryIsAStoreLikeAnyOther) {
  const auto database = KeyDatabase::OpenInMemory();
  ASSERT_TRUE(database.ok()) << database.status();
  ASSERT_TRUE((*database)->Insert({MakeKey(IdOf(1))}).ok());
  EXPECT_EQ(ReadAll(**database)->size(), 1u);
  const auto other = KeyDatabase::OpenInMemory();
  EXPECT_EQ(ReadAll(**other)->size(), 0u);
}

TEST_F(KeyDatabaseTest, ThreadsMayShareIt) {
  constexpr int kThreads = 4;
  constexpr int kKeysEach = 25;
  const auto database = OpenOrDie(path());
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kKeysEach; ++i) {
        const std::string id = IdOf(t * kKeysEach + i);
        EXPECT_TRUE(database->Insert({MakeKey(id)}).ok());
        EXPECT_TRUE(database
                        ->Update(id,
                                 [](StoredKey& key) {
                                   key.pepper_id = 2;
                                   return absl::OkStatus();
                                 })
                        .ok());
        EXPECT_EQ((*database->Find(id))->pepper_id, 2);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto keys = ReadAll(*database);
  ASSERT_TRUE(keys.ok()) << keys.status();
  EXPECT_EQ(keys->size(), size_t{kThreads * kKeysEach});
  EXPECT_EQ(keys->back().sequence, 2 * kThreads * kKeysEach);
}

}  // namespace
}  // namespace tollgate
