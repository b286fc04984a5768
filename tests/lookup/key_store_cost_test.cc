// What a find touches, counted instead of timed: words are counted by the
// store's atomics, records by the comparison of keys.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "engine/lookup/key_store.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

thread_local uint64_t words_loaded = 0;
thread_local uint64_t records_compared = 0;

// std::atomic that counts its loads.
struct CountingAtomics {
  static constexpr bool kAsymmetricPin = false;

  template <typename T>
  class Atomic : public std::atomic<T> {
   public:
    using std::atomic<T>::atomic;
    T load(std::memory_order order) const {
      ++words_loaded;
      return std::atomic<T>::load(order);
    }
  };
};

// A key whose comparison counts.
struct CountedKey {
  uint64_t number = 0;
  uint64_t unused[2] = {};
  friend bool operator==(const CountedKey& a, const CountedKey& b) {
    ++records_compared;
    return a.number == b.number;
  }
};

struct alignas(64) CountedRecord {
  using Key = CountedKey;
  CountedKey id;
  const CountedKey& key() const { return id; }
};

using Domain = BasicEpochDomain<CountingAtomics>;
using Store = BasicKeyStore<CountedRecord, CountingAtomics>;

struct Cost {
  double words = 0;    // per find
  double records = 0;  // per find
  uint64_t words_max = 0;
};

class KeyStoreCostTest : public testing::Test {
 protected:
  void Insert(uint64_t key) {
    CountedRecord record;
    record.id.number = key;
    store_.Insert(participant_, record);
  }
  void Erase(uint64_t key) { store_.Erase(participant_, CountedKey{key}); }

  Cost CostOfFinding(uint64_t first, uint64_t count) {
    const auto guard = participant_.Pin();
    Cost cost;
    uint64_t words = 0;
    records_compared = 0;
    for (uint64_t key = first; key < first + count; ++key) {
      words_loaded = 0;
      store_.Find(CountedKey{key}, store_.Hash(CountedKey{key}));
      words += words_loaded;
      cost.words_max = std::max(cost.words_max, words_loaded);
    }
    cost.words = static_cast<double>(words) / count;
    cost.records = static_cast<double>(records_compared) / count;
    return cost;
  }

  size_t MemoryBytes() { return store_.MemoryBytes(participant_); }

  Domain domain_;
  Domain::Participant participant_ = domain_.Register();
  Store store_{HashSeed(1, 2)};
};

constexpr uint64_t kMany = 100'000;
constexpr uint64_t kAbsent = uint64_t{1} << 40;

TEST_F(KeyStoreCostTest, FindLoadsTwoWordsAndComparesOneRecord) {
  for (uint64_t key = 0; key < kMany; ++key) Insert(key);
  store_.FinishGrowth(participant_);
  const Cost present = CostOfFinding(0, kMany);
  EXPECT_EQ(present.words_max, 2u);  // the shard's table, the bucket
  EXPECT_LT(present.records, 1.01);  // but for the few that are scanned
  const Cost absent = CostOfFinding(kAbsent, kMany);
  EXPECT_EQ(absent.words_max, 2u);
  EXPECT_LT(absent.records, 0.70);
}

// K5, K6: in the middle of growth there is one more table to look at.
TEST_F(KeyStoreCostTest, FindLoadsTwoMoreWordsDuringGrowth) {
  for (uint64_t key = 0; key < kMany; ++key) {
    Insert(key);
    if (key % 997 != 0) continue;
    ASSERT_LE(CostOfFinding(key, 1).words_max, 4u);
  }
}

TEST_F(KeyStoreCostTest, MassDeletionLeavesNoTrace) {
  for (uint64_t key = 0; key < kMany; ++key) Insert(key);
  for (uint64_t key = 1000; key < kMany; ++key) Erase(key);
  store_.FinishGrowth(participant_);
  const Cost present = CostOfFinding(0, 1000);
  EXPECT_EQ(present.words_max, 2u);
  EXPECT_LT(present.records, 1.01);
  const Cost absent = CostOfFinding(1000, kMany);
  EXPECT_EQ(absent.words_max, 2u);
  EXPECT_LT(absent.records, 0.05);
}

// Ten lives of a hundred thousand keys cost the last no more than the first, in
// neither words, records nor memory.
TEST_F(KeyStoreCostTest, ChurnDoesNotAddUp) {
  Cost first;
  size_t first_bytes = 0;
  for (uint64_t life = 0; life < 10; ++life) {
    const uint64_t base = life * kMany;
    for (uint64_t key = base; key < base + kMany; ++key) Insert(key);
    store_.FinishGrowth(participant_);
    participant_.Collect();
    const Cost cost = CostOfFinding(base, kMany);
    if (life == 0) first = cost;
    if (life == 1) first_bytes = MemoryBytes();
    EXPECT_EQ(cost.words_max, 2u) << "life " << life;
    EXPECT_LT(cost.records, first.records * 1.02) << "life " << life;
    if (life > 1) {
      EXPECT_LE(MemoryBytes(), first_bytes + (2 << 20)) << "life " << life;
    }
    for (uint64_t key = base; key < base + kMany; ++key) Erase(key);
  }
}

}  // namespace
}  // namespace tollgate
