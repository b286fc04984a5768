#include "engine/limit/bucket_slab.h"

#include <atomic>
#include <cstdint>
#include <map>
#include <vector>

#include "engine/sync/atomics.h"
#include "gtest/gtest.h"
#include "tests/support/deterministic_schedule.h"

namespace tollgate {
namespace {

std::vector<LimitSpec> OneWindow() { return {{"second", 5, 1'000'000, 5}}; }

TEST(BucketSlabTest, BucketsAreZeroedAlsoWhenReused) {
  auto* slab = BasicBucketSlab<StdAtomics>::Create(2 << 20);
  auto& pool = *slab->Intern(OneWindow());
  std::vector<BucketId> ids;
  for (int i = 0; i < 10; ++i) {
    ids.push_back(slab->Allocate(pool));
    slab->At(ids.back())->store(~uint64_t{0}, std::memory_order_relaxed);
  }
  for (const BucketId id : ids) slab->FreeNow(pool, id);
  for (size_t i = 0; i < ids.size(); ++i) {
    const BucketId id = slab->Allocate(pool);
    EXPECT_EQ(slab->At(id)->load(std::memory_order_relaxed), 0u) << id;
  }
  slab->Release();
}

TEST(BucketSlabTest, EachSetHasItsOwnBuckets) {
  auto* slab = BasicBucketSlab<StdAtomics>::Create(2 << 20);
  auto& a = *slab->Intern(OneWindow());
  auto& b = *slab->Intern({{"minute", 5, 60'000'000, 5}});
  const BucketId of_a = slab->Allocate(a);
  const BucketId of_b = slab->Allocate(b);
  EXPECT_EQ(slab->PoolOf(of_a), &a);
  EXPECT_EQ(slab->PoolOf(of_b), &b);
  EXPECT_EQ(slab->PoolOf(0), nullptr);
  slab->Release();
}

// Interleaved Pops and Pushes give no bucket to two owners, in particular not
// when a slow Pop finds the same head again with another successor.
TEST(BucketSlabTest, NoBucketIsGivenOutTwice) {
  for (uint64_t seed = 0; seed < 3000; ++seed) {
    auto* slab = BasicBucketSlab<DeterministicAtomics>::Create(2 << 20);
    auto& pool = *slab->Intern(OneWindow());
    std::vector<BucketId> spare;
    for (int i = 0; i < 3; ++i) spare.push_back(slab->Allocate(pool));
    for (const BucketId id : spare) slab->FreeNow(pool, id);
    std::map<BucketId, std::atomic<int>> owners;
    for (const BucketId id : spare) owners[id] = 0;
    DeterministicSchedule schedule(seed);
    for (int thread = 0; thread < 2; ++thread) {
      schedule.Spawn([&] {
        for (int i = 0; i < 2; ++i) {
          const BucketId first = slab->Allocate(pool);
          const BucketId second = slab->Allocate(pool);
          for (const BucketId id : {first, second}) {
            const auto owner = owners.find(id);
            if (owner == owners.end()) continue;  // a fresh one
            EXPECT_EQ(++owner->second, 1) << "seed " << seed;
          }
          for (const BucketId id : {first, second}) {
            const auto owner = owners.find(id);
            if (owner == owners.end()) continue;
            --owner->second;
            slab->FreeNow(pool, id);
          }
        }
      });
    }
    ASSERT_TRUE(schedule.Run().others_finished) << "seed " << seed;
    slab->Release();
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace tollgate
