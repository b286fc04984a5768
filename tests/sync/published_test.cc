#include "engine/sync/published.h"

#include <memory>

#include "gtest/gtest.h"

namespace tollgate {
namespace {

struct Snapshot {
  explicit Snapshot(int v, int* gone) : value(v), deleted(gone) {}
  ~Snapshot() { ++*deleted; }
  int value;
  int* deleted;
};

TEST(PublishedTest, NothingIsPublishedAtFirst) {
  EpochDomain domain;
  auto reader = domain.Register();
  Published<Snapshot> published;
  const auto guard = reader.Pin();
  EXPECT_EQ(published.Load(), nullptr);
}

TEST(PublishedTest, ReaderKeepsTheSnapshotThatItLoaded) {
  int deleted = 0;
  EpochDomain domain;
  auto reader = domain.Register();
  auto writer = domain.Register();
  Published<Snapshot> published(std::make_unique<Snapshot>(1, &deleted));
  {
    const auto guard = reader.Pin();
    const Snapshot* old = published.Load();
    published.Publish(writer, std::make_unique<Snapshot>(2, &deleted));
    writer.Collect();
    EXPECT_EQ(deleted, 0);
    EXPECT_EQ(old->value, 1);
    EXPECT_EQ(published.Load()->value, 2);
  }
  writer.Collect();
  EXPECT_EQ(deleted, 1);
}

TEST(PublishedTest, EndDeletesTheCurrentSnapshot) {
  int deleted = 0;
  { Published<Snapshot> published(std::make_unique<Snapshot>(1, &deleted)); }
  EXPECT_EQ(deleted, 1);
}

}  // namespace
}  // namespace tollgate
