#include "engine/limit/lease_table.h"

#include <vector>

#include "gtest/gtest.h"

namespace tollgate {
namespace {

LeaseEntry& Add(LeaseTable& table, BucketId bucket, uint32_t now) {
  LeaseEntry& entry = table.Victim(bucket, now);
  entry = LeaseEntry();
  entry.bucket = bucket;
  entry.since = now;
  return entry;
}

TEST(LeaseTableTest, FindsWhatWasAdded) {
  LeaseTable table(64);
  EXPECT_EQ(table.Find(7), nullptr);
  LeaseEntry& entry = Add(table, 7, 1);
  EXPECT_EQ(table.Find(7), &entry);
}

TEST(LeaseTableTest, TheOldestEntryWithoutALeaseGivesWay) {
  LeaseTable table(2);
  // Find four buckets of one set, and a fifth.
  std::vector<BucketId> same;
  Add(table, 1, 0);
  const auto* set = reinterpret_cast<const char*>(table.Find(1));
  for (BucketId id = 1; same.size() < 5; ++id) {
    LeaseTable probe(2);
    const auto* first = reinterpret_cast<const char*>(&Add(probe, 1, 0));
    const auto* other = reinterpret_cast<const char*>(&probe.Victim(id, 0));
    if (id == 1 || (other - first > 0 && other - first < 64)) {
      same.push_back(id);
    }
  }
  ASSERT_NE(set, nullptr);
  for (size_t i = 1; i < 4; ++i) Add(table, same[i], 100 - i);
  table.Find(same[3])->quanta = 1;
  table.Find(1)->quanta = 1;
  EXPECT_EQ(table.Victim(same[4], 200).bucket, same[2])
      << "the oldest has a lease, the next does not";
  table.Find(same[1])->quanta = 1;
  table.Find(same[2])->quanta = 1;
  EXPECT_EQ(table.Victim(same[4], 200).bucket, 1u) << "all have leases";
}

TEST(LeaseTableTest, EndsEveryLeaseOnce) {
  LeaseTable table(256);
  for (BucketId id = 1; id <= 100; ++id) {
    LeaseEntry& entry = Add(table, id, 0);
    if (id % 2 == 0) continue;
    entry.quanta = 1;
    table.NoteLease(id);
  }
  int ended = 0;
  const auto end = [&](LeaseEntry& entry) {
    entry.quanta = 0;
    ++ended;
  };
  table.EndLeases(end);
  EXPECT_EQ(ended, 50);
  table.EndLeases(end);
  EXPECT_EQ(ended, 50);
}

}  // namespace
}  // namespace tollgate
