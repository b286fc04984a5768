// Real threads on the key store: insert, replace, erase, find and growth at
// once. Records carry a checksum over key and version, so a torn or recycled
// record shows. Run under ThreadSanitizer and AddressSanitizer, whose poisoning
// the slab supports.

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <thread>
#include <vector>

#include "engine/lookup/key_store.h"
#include "gtest/gtest.h"
#include "tests/support/checked_record.h"
#include "tests/support/store_history.h"

namespace tollgate {
namespace {

using Store = BasicKeyStore<CheckedRecord>;
using Participant = EpochDomain::Participant;

constexpr KeyStoreOptions kTiny = {.shards_log2 = 1, .table_log2 = 1};

bool FindsIntact(const Store& store, Participant& participant, uint64_t key) {
  const TestKey id = TestKey::Of(key);
  const auto guard = participant.Pin();
  const CheckedRecord* record = store.Find(id, store.Hash(id));
  return record == nullptr || (record->Valid() && record->id == id);
}

// Runs `body(thread number, participant)` on `count` threads.
template <typename Body>
void RunThreads(EpochDomain& domain, unsigned count, Body body) {
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < count; ++i) {
    threads.emplace_back([&domain, &body, i] {
      auto participant = domain.Register();
      body(i, participant);
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST(KeyStoreStressTest, KeysThatStayAreAlwaysFoundWhileTheTableGrows) {
  EpochDomain domain;
  Store store(HashSeed(1, 2), kTiny);
  constexpr uint64_t kStaying = 100;
  constexpr uint64_t kComing = 60'000;
  {
    auto participant = domain.Register();
    for (uint64_t key = 0; key < kStaying; ++key) {
      store.Insert(participant, CheckedRecord::Of(key, 1));
    }
  }
  std::atomic<bool> growing{true};
  std::atomic<int> lost{0};
  RunThreads(domain, 4, [&](unsigned thread, Participant& participant) {
    if (thread < 2) {
      for (uint64_t i = thread; i < kComing; i += 2) {
        store.Insert(participant, CheckedRecord::Of(kStaying + i, 1));
      }
      growing = false;
      return;
    }
    while (growing) {
      for (uint64_t key = 0; key < kStaying; ++key) {
        const TestKey id = TestKey::Of(key);
        const auto guard = participant.Pin();
        const uint64_t hash = store.Hash(id);
        const BucketWord word = store.Approach(hash);
        const CheckedRecord* decoy = nullptr;
        const CheckedRecord* record = store.FindOrDecoy(id, hash, word, decoy);
        if (record == nullptr || !record->Valid()) ++lost;
        record = store.Find(id, hash);
        if (record == nullptr || !record->Valid()) ++lost;
      }
    }
  });
  EXPECT_EQ(lost, 0);
  EXPECT_EQ(store.size(), kStaying + kComing);
}

TEST(KeyStoreStressTest, RecordsStayWholeUnderEveryOperationAtOnce) {
  EpochDomain domain;
  Store store(HashSeed(3, 4), kTiny);
  constexpr uint64_t kKeys = 3000;
  std::atomic<int> torn{0};
  std::atomic<int64_t> balance{0};
  RunThreads(domain, 4, [&](unsigned thread, Participant& participant) {
    std::mt19937_64 random(thread);
    for (uint32_t i = 0; i < 150'000; ++i) {
      const uint64_t key = random() % kKeys;
      const TestKey id = TestKey::Of(key);
      switch (random() % 6) {
        case 0:
        case 1:
          balance += store.Insert(participant, CheckedRecord::Of(key, i));
          break;
        case 2: {
          const auto erased = store.Erase(participant, id);
          balance -= erased.has_value();
          if (erased.has_value() && !erased->Valid()) ++torn;
          break;
        }
        case 3: {
          const auto old =
              store.Update(participant, id, [&](const CheckedRecord& record) {
                if (!record.Valid()) ++torn;
                return std::optional(CheckedRecord::Of(key, i));
              });
          if (old.has_value() && !old->Valid()) ++torn;
          break;
        }
        default:
          if (!FindsIntact(store, participant, key)) ++torn;
      }
    }
  });
  EXPECT_EQ(torn, 0);
  EXPECT_EQ(static_cast<int64_t>(store.size()), balance);
  auto participant = domain.Register();
  int64_t walked = 0;
  store.ForEach(participant, [&](const CheckedRecord& record) {
    ++walked;
    if (!record.Valid()) ++torn;
  });
  EXPECT_EQ(walked, balance);
  EXPECT_EQ(torn, 0);
}

// Rotation must hand what it takes out to exactly one caller: who retires the
// profile of a replaced record would otherwise free it twice.
TEST(KeyStoreStressTest, EachReplacedRecordIsReturnedOnce) {
  EpochDomain domain;
  Store store(HashSeed(5, 6), kTiny);
  {
    auto participant = domain.Register();
    store.Insert(participant, CheckedRecord::Of(1, 0));
  }
  constexpr unsigned kThreads = 4;
  constexpr uint32_t kEach = 3000;
  std::vector<uint8_t> returned(kThreads * kEach + 1);
  std::vector<std::vector<uint32_t>> replaced(kThreads);
  RunThreads(domain, kThreads, [&](unsigned thread, Participant& participant) {
    for (uint32_t i = 1; i <= kEach; ++i) {
      const auto old =
          store.Update(participant, TestKey::Of(1), [&](const CheckedRecord&) {
            return std::optional(CheckedRecord::Of(1, thread * kEach + i));
          });
      replaced[thread].push_back(old->version);
    }
  });
  size_t twice = 0;
  for (const auto& versions : replaced) {
    for (uint32_t version : versions) twice += returned[version]++ != 0;
  }
  EXPECT_EQ(twice, 0u);
}

TEST(KeyStoreStressTest, WalkVisitsWhatStaysExactlyOnceDuringGrowth) {
  EpochDomain domain;
  Store store(HashSeed(7, 8), kTiny);
  constexpr uint64_t kStaying = 500;
  {
    auto participant = domain.Register();
    for (uint64_t key = 0; key < kStaying; ++key) {
      store.Insert(participant, CheckedRecord::Of(key, 1));
    }
  }
  std::atomic<int> wrong{0};
  RunThreads(domain, 2, [&](unsigned thread, Participant& participant) {
    if (thread == 0) {
      for (uint64_t i = 0; i < 20'000; ++i) {
        store.Insert(participant, CheckedRecord::Of(kStaying + i, 1));
      }
      return;
    }
    for (int walk = 0; walk < 30; ++walk) {
      std::vector<int> visits(kStaying);
      store.ForEach(participant, [&](const CheckedRecord& record) {
        const uint64_t key = record.id.number();
        if (key < kStaying) ++visits[key];
      });
      for (int count : visits) wrong += count != 1;
    }
  });
  EXPECT_EQ(wrong, 0);
}

// Many short histories, each on a fresh store that has to grow.
TEST(KeyStoreStressTest, AnswersHaveASequentialExplanation) {
  constexpr KeyStoreOptions kOneBucket = {.shards_log2 = 0, .table_log2 = 0};
  for (uint64_t round = 0; round < 500; ++round) {
    EpochDomain domain;
    Store store(HashSeed(round, 9), kOneBucket);
    HistoryClock clock;
    std::vector<std::unique_ptr<RecordingUser<Store, CheckedRecord>>> users;
    for (int i = 0; i < 4; ++i) {
      users.push_back(std::make_unique<RecordingUser<Store, CheckedRecord>>(
          store, domain.Register(), clock));
    }
    RunThreads(domain, 4, [&](unsigned thread, Participant&) {
      std::mt19937_64 random(round * 4 + thread);
      for (uint32_t i = 1; i <= 30; ++i) {
        users[thread]->Do(static_cast<StoreOperation::Kind>(random() % 5),
                          random() % 12, thread * 100 + i);
      }
    });
    std::vector<const StoreHistory*> histories;
    for (const auto& user : users) {
      ASSERT_TRUE(user->intact()) << "round " << round;
      histories.push_back(&user->history());
    }
    const auto key = FindInexplicableKey(histories, {});
    ASSERT_FALSE(key.has_value()) << "round " << round << " key " << *key;
  }
}

}  // namespace
}  // namespace tollgate
