// Interleavings of the key store, replayed by seed: every answer must have a
// sequential explanation per key, and a thread suspended at any atomic step of
// any operation must stop nobody. K-numbers are the facts in
// engine/lookup/key_shard.h.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/lookup/key_store.h"
#include "gtest/gtest.h"
#include "tests/support/checked_record.h"
#include "tests/support/deterministic_schedule.h"
#include "tests/support/store_history.h"

namespace tollgate {
namespace {

using Domain = BasicEpochDomain<DeterministicAtomics>;
using Store = BasicKeyStore<PlannedRecord, DeterministicAtomics>;
using User = RecordingUser<Store, PlannedRecord>;

// Two buckets; a third key starts growth, and PlannedRecord hashes key n to
// bucket n mod 2, then mod 4, and so on.
constexpr KeyStoreOptions kTiny = {.shards_log2 = 0, .table_log2 = 1};

// A store with some keys in it, and threads that use it. Threads register
// inside the schedule and collect at their end, so reclamation takes part.
class Scene {
 public:
  Scene(const std::vector<uint64_t>& keys, uint64_t seed)
      : store_(HashSeed(1, 2), kTiny), schedule_(seed) {
    auto participant = domain_.Register();
    for (uint64_t key : keys) {
      store_.Insert(participant, PlannedRecord::Of(key, 1));
      before_[key] = 1;
    }
    store_.FinishGrowth(participant);
    schedule_.set_steps_max(20'000);
  }

  void Spawn(std::function<void(User&)> body) {
    users_.emplace_back();
    schedule_.Spawn([this, body, slot = users_.size() - 1] {
      users_[slot] = std::make_unique<User>(store_, domain_.Register(), clock_);
      body(*users_[slot]);
      users_[slot]->Collect();
    });
  }

  DeterministicSchedule& schedule() { return schedule_; }

  // Runs, then checks answers, records and the walk over all keys. Returns what
  // was wrong, or nothing.
  std::string Run() {
    outcome_ = schedule_.Run();
    if (!outcome_.others_finished) return "somebody waited";
    std::vector<const StoreHistory*> histories;
    for (const auto& user : users_) {
      if (!user->intact()) return "torn record";
      histories.push_back(&user->history());
    }
    // What is there in the end has to fit as well.
    User last(store_, domain_.Register(), clock_);
    for (uint64_t key = 0; key < 16; ++key) last.Find(key);
    histories.push_back(&last.history());
    if (const auto key = FindInexplicableKey(histories, before_)) {
      return "inexplicable answers for key " + std::to_string(*key);
    }
    return CheckWalk(last.history());
  }

  const DeterministicSchedule::Outcome& outcome() const { return outcome_; }

 private:
  // ForEach and size() agree with Find.
  std::string CheckWalk(const StoreHistory& finds) {
    auto participant = domain_.Register();
    std::map<uint64_t, uint32_t> walked;
    bool twice = false;
    store_.ForEach(participant, [&](const PlannedRecord& record) {
      twice |= !walked.emplace(record.id.number(), record.version).second;
    });
    if (twice) return "a key is there twice";
    if (walked.size() != store_.size()) return "size is wrong";
    for (const auto& find : finds) {
      const auto at = walked.find(find.op.key);
      const uint32_t version = at == walked.end() ? 0 : at->second;
      if (version != find.op.answer) return "walk and find disagree";
    }
    return "";
  }

  Domain domain_;
  Store store_;
  HistoryClock clock_;
  DeterministicSchedule schedule_;
  std::vector<std::unique_ptr<User>> users_;
  std::map<uint64_t, uint32_t> before_;
  DeterministicSchedule::Outcome outcome_;
};

// An operation to be suspended, in a store that makes it interesting.
struct Subject {
  const char* name;
  std::vector<uint64_t> keys;  // before
  std::function<void(User&)> operation;
};

std::vector<Subject> Subjects() {
  return {
      {"insert into an empty bucket", {}, [](User& u) { u.Insert(0, 10); }},
      {"insert into a bucket in use", {0}, [](User& u) { u.Insert(2, 10); }},
      {"insert of a present key", {0}, [](User& u) { u.Insert(0, 10); }},
      {"insert that starts growth", {0, 1}, [](User& u) { u.Insert(2, 10); }},
      {"insert that splits buckets",
       {0, 2},
       [](User& u) {
         u.Insert(4, 10);
         u.Insert(6, 11);
       }},
      {"replace", {0, 2}, [](User& u) { u.Update(2, 10); }},
      {"replace of an absent key", {0}, [](User& u) { u.Update(2, 10); }},
      {"erase of the last in a bucket", {0}, [](User& u) { u.Erase(0); }},
      {"erase beside another", {0, 2}, [](User& u) { u.Erase(0); }},
      {"find", {0, 2}, [](User& u) { u.Find(2); }},
      {"find or decoy", {0, 2}, [](User& u) { u.FindOrDecoy(2); }},
  };
}

// Others that touch the same buckets with every operation, and grow the table.
void SpawnOthers(Scene& scene) {
  scene.Spawn([](User& user) {
    user.Update(0, 20);
    user.Insert(2, 21);
    user.Insert(4, 22);
    user.Insert(6, 23);
    user.Find(2);
    user.Erase(4);
  });
  scene.Spawn([](User& user) {
    user.Find(0);
    user.Erase(2);
    user.Insert(3, 30);
    user.Insert(8, 31);
    user.Update(2, 32);
    user.FindOrDecoy(0);
  });
}

// K3, K4: the writer stops at each of its atomic steps in turn until all others
// have finished several operations on the same buckets.
TEST(KeyStoreInterleavingTest, OperationSuspendedAtAnyStepStopsNobody) {
  for (const Subject& subject : Subjects()) {
    bool suspended = true;
    uint64_t step = 0;
    for (; suspended; ++step) {
      for (uint64_t seed = 0; seed < 3; ++seed) {
        Scene scene(subject.keys, seed);
        scene.Spawn(subject.operation);
        SpawnOthers(scene);
        scene.schedule().SuspendAt(0, step);
        ASSERT_EQ(scene.Run(), "")
            << subject.name << ", step " << step << ", seed " << seed;
        suspended = scene.outcome().suspended;
      }
    }
    EXPECT_GT(step, 5u) << subject.name << " was never suspended inside";
  }
}

// Two writers suspended at once, at steps of their own.
TEST(KeyStoreInterleavingTest, TwoSuspendedWritersStopNobody) {
  for (uint64_t seed = 0; seed < 500; ++seed) {
    Scene scene({0, 2}, seed);
    scene.Spawn([](User& user) {
      user.Insert(4, 10);
      user.Insert(6, 11);
      user.Erase(0);
    });
    scene.Spawn([](User& user) {
      user.Insert(1, 12);
      user.Insert(10, 13);
      user.Update(2, 14);
    });
    SpawnOthers(scene);
    scene.schedule().SuspendAt(0, seed * 7 % 131);
    scene.schedule().SuspendAt(1, seed * 11 % 127);
    ASSERT_EQ(scene.Run(), "") << "seed " << seed;
  }
}

// K1, K2, K7, K9: free interleavings of four threads on few keys.
TEST(KeyStoreInterleavingTest, AnswersHaveASequentialExplanation) {
  for (uint64_t seed = 0; seed < 1000; ++seed) {
    Scene scene({0, 1}, seed);
    for (uint32_t thread = 0; thread < 4; ++thread) {
      scene.Spawn([thread, seed](User& user) {
        uint64_t random = seed * 4 + thread + 1;
        for (uint32_t i = 1; i <= 6; ++i) {
          random = random * 6364136223846793005u + 1442695040888963407u;
          user.Do(static_cast<StoreOperation::Kind>((random >> 40) % 5),
                  random >> 50 & 7, thread * 100 + i);
        }
      });
    }
    ASSERT_EQ(scene.Run(), "") << "seed " << seed;
  }
}

// K7: blocks that lost their race are given back. Buckets of more than sixteen
// records, whose blocks are counted one by one, tell.
TEST(KeyStoreInterleavingTest, LosersOfARaceLeaveNoMemoryBehind) {
  constexpr uint64_t kColliding = 20;
  auto key = [](uint64_t n) { return n << 32; };
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Domain domain;
    Store store(HashSeed(1, 2), {.shards_log2 = 0, .table_log2 = 5});
    auto participant = domain.Register();
    for (uint64_t n = 0; n < kColliding; ++n) {
      store.Insert(participant, PlannedRecord::Of(key(n), 1));
    }
    const size_t before = store.MemoryBytes(participant);
    DeterministicSchedule schedule(seed);
    for (uint64_t n = 0; n < 3; ++n) {
      schedule.Spawn([&, n] {
        auto writer = domain.Register();
        store.Update(writer, TestKey::Of(key(n)), [&](const PlannedRecord&) {
          return std::optional(PlannedRecord::Of(key(n), 2));
        });
      });
    }
    schedule.Run();
    ASSERT_EQ(store.MemoryBytes(participant), before) << "seed " << seed;
  }
}

}  // namespace
}  // namespace tollgate
