// K-numbers are the facts in engine/lookup/key_shard.h.

#include "engine/lookup/key_store.h"

#include <cstdint>
#include <optional>
#include <random>
#include <set>
#include <vector>

#include "gtest/gtest.h"
#include "tests/support/checked_record.h"

namespace tollgate {
namespace {

template <typename Record>
class Fixture : public testing::Test {
 protected:
  using Store = BasicKeyStore<Record>;

  explicit Fixture(KeyStoreOptions options = {})
      : store_(HashSeed(1, 2), options) {}

  bool Insert(uint64_t key, uint32_t version = 1) {
    return store_.Insert(participant_, Record::Of(key, version));
  }
  // Returns the version of an intact record, 0 if absent, ~0 if damaged. Both
  // ways to look must come to the same.
  uint32_t Find(uint64_t key) {
    const auto guard = participant_.Pin();
    const TestKey id = TestKey::Of(key);
    const uint64_t hash = store_.Hash(id);
    const Record* const record = store_.Find(id, hash);
    const Record* decoy = nullptr;
    EXPECT_EQ(store_.FindOrDecoy(id, hash, store_.Approach(hash), decoy),
              record);
    EXPECT_FALSE(record != nullptr && decoy != nullptr);
    EXPECT_TRUE(decoy == nullptr || (decoy->Valid() && !(decoy->id == id)));
    if (record == nullptr) return 0;
    return record->Valid() && record->id == id ? record->version : ~0u;
  }
  std::optional<Record> Update(uint64_t key, uint32_t version) {
    return store_.Update(participant_, TestKey::Of(key), [&](const Record&) {
      return std::optional(Record::Of(key, version));
    });
  }
  std::optional<Record> Erase(uint64_t key) {
    return store_.Erase(participant_, TestKey::Of(key));
  }

  EpochDomain domain_;
  EpochDomain::Participant participant_ = domain_.Register();
  Store store_;
};

using KeyStoreTest = Fixture<CheckedRecord>;

TEST_F(KeyStoreTest, FindsWhatWasInsertedAndNothingElse) {
  EXPECT_EQ(Find(1), 0u);
  EXPECT_TRUE(Insert(1));
  EXPECT_EQ(Find(1), 1u);
  EXPECT_EQ(Find(2), 0u);
  EXPECT_EQ(store_.size(), 1u);
}

TEST_F(KeyStoreTest, InsertOfAPresentKeyChangesNothing) {
  EXPECT_TRUE(Insert(1, 1));
  EXPECT_FALSE(Insert(1, 2));
  EXPECT_EQ(Find(1), 1u);
  EXPECT_EQ(store_.size(), 1u);
}

TEST_F(KeyStoreTest, UpdateReplacesAndReturnsTheOldRecord) {
  Insert(1, 1);
  EXPECT_EQ(Update(1, 2)->version, 1u);
  EXPECT_EQ(Find(1), 2u);
  EXPECT_FALSE(Update(2, 2).has_value());
  EXPECT_EQ(store_.size(), 1u);
}

TEST_F(KeyStoreTest, UpdateMayLeaveTheRecord) {
  Insert(1, 1);
  const auto left = store_.Update(
      participant_, TestKey::Of(1),
      [](const CheckedRecord&) { return std::optional<CheckedRecord>(); });
  EXPECT_FALSE(left.has_value());
  EXPECT_EQ(Find(1), 1u);
}

TEST_F(KeyStoreTest, EraseReturnsTheRecordOnce) {
  Insert(1, 5);
  EXPECT_EQ(Erase(1)->version, 5u);
  EXPECT_FALSE(Erase(1).has_value());
  EXPECT_EQ(Find(1), 0u);
  EXPECT_EQ(store_.size(), 0u);
}

TEST_F(KeyStoreTest, FoundRecordOutlivesItsReplacementUnderTheGuard) {
  Insert(1, 1);
  auto reader = domain_.Register();
  const auto guard = reader.Pin();
  const TestKey id = TestKey::Of(1);
  const CheckedRecord* found = store_.Find(id, store_.Hash(id));
  Update(1, 2);
  Erase(1);
  // Memory that would be reused is asked for by other keys.
  for (uint64_t key = 2; key < 2000; ++key) Insert(key);
  participant_.Collect();
  EXPECT_TRUE(found->Valid());
  EXPECT_EQ(found->version, 1u);
}

TEST_F(KeyStoreTest, EveryKeyIsFoundAtEverySizeDuringGrowth) {
  constexpr uint64_t kKeys = 3000;
  for (uint64_t key = 0; key < kKeys; ++key) {
    ASSERT_TRUE(Insert(key));
    if (key % 101 != 0) continue;
    for (uint64_t k = 0; k <= key; ++k) ASSERT_EQ(Find(k), 1u) << k;
    ASSERT_EQ(Find(kKeys + key), 0u);
  }
  EXPECT_EQ(store_.size(), kKeys);
}

TEST_F(KeyStoreTest, StagedLookUpFindsTheSame) {
  for (uint64_t key = 0; key < 100; ++key) Insert(key);
  const auto guard = participant_.Pin();
  std::vector<uint64_t> hashes;
  for (uint64_t key = 0; key < 200; ++key) {
    hashes.push_back(store_.Hash(TestKey::Of(key)));
    store_.PrefetchWord(hashes.back());
  }
  for (uint64_t hash : hashes) store_.PrefetchRecord(hash);
  for (uint64_t key = 0; key < 200; ++key) {
    EXPECT_EQ(store_.Find(TestKey::Of(key), hashes[key]) != nullptr, key < 100);
  }
}

TEST_F(KeyStoreTest, WhatIsAbsentHasADecoyWhereThereIsAny) {
  const auto guard = participant_.Pin();
  const auto decoy_of = [&](uint64_t key) {
    const TestKey id = TestKey::Of(key);
    const uint64_t hash = store_.Hash(id);
    const CheckedRecord* decoy = nullptr;
    EXPECT_EQ(store_.FindOrDecoy(id, hash, store_.Approach(hash), decoy),
              nullptr);
    return decoy;
  };
  EXPECT_EQ(decoy_of(1), nullptr);
  constexpr uint64_t kKeys = 700;  // two records to three buckets
  for (uint64_t key = 0; key < kKeys; ++key) Insert(key);
  std::set<const CheckedRecord*> decoys;
  for (uint64_t key = kKeys; key < 10 * kKeys; ++key) {
    const CheckedRecord* const decoy = decoy_of(key);
    ASSERT_NE(decoy, nullptr) << key;
    decoys.insert(decoy);
  }
  EXPECT_GT(decoys.size(), kKeys * 9 / 10) << "not always the same few";
}

TEST_F(KeyStoreTest, WalkVisitsEveryRecordOnce) {
  for (uint64_t key = 0; key < 5000; ++key) Insert(key);
  std::set<uint64_t> visited;
  store_.ForEach(participant_, [&](const CheckedRecord& record) {
    EXPECT_TRUE(visited.insert(record.id.number()).second);
  });
  EXPECT_EQ(visited.size(), 5000u);
}

// The walk lets its guard go between stretches of cells; the table may have
// doubled when it takes the next.
TEST(KeyStoreWalkTest, WalkSurvivesDoublingsInTheMiddle) {
  EpochDomain domain;
  auto participant = domain.Register();
  BasicKeyStore<CheckedRecord> store(HashSeed(1, 2),
                                     {.shards_log2 = 0, .table_log2 = 13});
  constexpr uint64_t kStaying = 8000;
  for (uint64_t key = 0; key < kStaying; ++key) {
    store.Insert(participant, CheckedRecord::Of(key, 1));
  }
  uint64_t coming = kStaying;
  std::set<uint64_t> visited;
  store.ForEach(participant, [&](const CheckedRecord& record) {
    if (record.id.number() >= kStaying) return;
    EXPECT_TRUE(visited.insert(record.id.number()).second);
    for (int i = 0; i < 5; ++i) {
      store.Insert(participant, CheckedRecord::Of(coming++, 1));
    }
  });
  EXPECT_EQ(visited.size(), kStaying);
}

TEST_F(KeyStoreTest, WalkMayEraseWhatItVisits) {
  for (uint64_t key = 0; key < 5000; ++key) Insert(key);
  store_.ForEach(participant_, [&](const CheckedRecord& record) {
    store_.Erase(participant_, record.id);
  });
  EXPECT_EQ(store_.size(), 0u);
}

TEST_F(KeyStoreTest, ReservedTableTakesItsKeysWithoutGrowing) {
  store_.Reserve(100'000);
  const size_t reserved = store_.MemoryBytes(participant_);
  for (uint64_t key = 0; key < 1000; ++key) Insert(key);
  // The first chunk of records, no table.
  EXPECT_LE(store_.MemoryBytes(participant_), reserved + (2 << 20));
  for (uint64_t key = 0; key < 1000; ++key) EXPECT_EQ(Find(key), 1u);
}

TEST_F(KeyStoreTest, FinishedGrowthLeavesOneTable) {
  for (uint64_t key = 0; key < 1100; ++key) Insert(key);
  store_.FinishGrowth(participant_);
  participant_.Collect();
  for (uint64_t key = 0; key < 1100; ++key) EXPECT_EQ(Find(key), 1u);
  EXPECT_EQ(domain_.Stats().retired_objects, 0u);
}

TEST_F(KeyStoreTest, DifferentSeedsHashDifferently) {
  const Store other(HashSeed(1, 3));
  EXPECT_NE(store_.Hash(TestKey::Of(1)), other.Hash(TestKey::Of(1)));
}

// A stalled reader delays memory, is reported, and blocks nobody.
TEST_F(KeyStoreTest, StalledReaderDelaysMemoryOnlyAndIsReported) {
  Insert(1);
  auto stalled = domain_.Register();
  {
    const auto guard = stalled.Pin();
    for (uint32_t version = 2; version < 2000; ++version) Update(1, version);
    participant_.Collect();
    EXPECT_EQ(Find(1), 1999u);
    const EpochStats stats = domain_.Stats();
    EXPECT_EQ(stats.oldest_index, stalled.index());
    EXPECT_GT(stats.oldest_lag, 10u);
    EXPECT_GE(stats.retired_bytes, 1998u * 64);
  }
  participant_.Collect();
  EXPECT_EQ(domain_.Stats().retired_bytes, 0u);
}

TEST(KeyStoreLifetimeTest, StoreMayEndBeforeTheDomain) {
  EpochDomain domain;
  auto participant = domain.Register();
  {
    BasicKeyStore<CheckedRecord> store{HashSeed(1, 2)};
    for (uint64_t key = 0; key < 100; ++key) {
      store.Insert(participant, CheckedRecord::Of(key, 1));
      store.Erase(participant, TestKey::Of(key));
    }
  }
  participant.Collect();
  EXPECT_EQ(domain.Stats().retired_objects, 0u);
}

// K8: a rotation that is chosen parts the hashes, and one that does not exist
// is not chosen.
TEST(PlacementTest, ChosenRotationPartsTheHashes) {
  std::mt19937_64 random(1);
  for (size_t count = 1; count <= Placement::kCountMax + 1; ++count) {
    int scanned = 0;
    for (int round = 0; round < 1000; ++round) {
      std::vector<uint64_t> hashes(count);
      for (uint64_t& hash : hashes) hash = random();
      const unsigned rotation = Placement::Choose(hashes.data(), count);
      if (rotation == Placement::kScan) {
        ++scanned;
        continue;
      }
      std::set<size_t> places;
      for (uint64_t hash : hashes) {
        places.insert(Placement::IndexOf(hash, rotation, count));
      }
      ASSERT_EQ(places.size(), count);
      ASSERT_LT(*places.rbegin(), count);
    }
    const bool too_long = count > Placement::kCountMax;
    EXPECT_EQ(scanned == 1000, too_long) << count;
    EXPECT_TRUE(count > 3 || scanned <= 1) << count;
  }
}

TEST(PlacementTest, EqualHashesAreScanned) {
  const uint64_t hashes[] = {5, 5};
  EXPECT_EQ(Placement::Choose(hashes, 2), Placement::kScan);
}

// All keys in one bucket: slower, not wrong. Beyond sixteen records a block
// comes from elsewhere.
class CollidingKeyStoreTest : public Fixture<PlannedRecord> {
 protected:
  CollidingKeyStoreTest() : Fixture({.shards_log2 = 0, .table_log2 = 0}) {}
  static uint64_t Colliding(uint64_t n) { return n << 32; }
};

TEST_F(CollidingKeyStoreTest, LongBucketsWork) {
  for (uint64_t n = 0; n < 40; ++n) EXPECT_TRUE(Insert(Colliding(n)));
  for (uint64_t n = 0; n < 40; ++n) EXPECT_EQ(Find(Colliding(n)), 1u);
  for (uint64_t n = 0; n < 40; n += 2) Update(Colliding(n), 2);
  for (uint64_t n = 0; n < 40; n += 3) EXPECT_TRUE(Erase(Colliding(n)));
  for (uint64_t n = 0; n < 40; ++n) {
    const uint32_t expected = n % 3 == 0 ? 0 : n % 2 == 0 ? 2 : 1;
    EXPECT_EQ(Find(Colliding(n)), expected) << n;
  }
}

// Keys of one hash, which no growth and no placement can part.
struct alignas(64) ClashingRecord : CheckedRecord {
  static ClashingRecord Of(uint64_t key, uint32_t version) {
    ClashingRecord record;
    static_cast<CheckedRecord&>(record) = CheckedRecord::Of(key, version);
    return record;
  }
  static uint64_t Hash(const TestKey&, const HashSeed&) { return 42; }
};

using ClashingKeyStoreTest = Fixture<ClashingRecord>;

TEST_F(ClashingKeyStoreTest, KeysOfOneHashStayDistinct) {
  for (uint64_t key = 0; key < 100; ++key) EXPECT_TRUE(Insert(key));
  for (uint64_t key = 0; key < 100; ++key) EXPECT_FALSE(Insert(key));
  for (uint64_t key = 0; key < 100; key += 2) EXPECT_TRUE(Erase(key));
  for (uint64_t key = 0; key < 200; ++key) {
    EXPECT_EQ(Find(key), key < 100 && key % 2 != 0 ? 1u : 0u) << key;
  }
}

}  // namespace
}  // namespace tollgate
