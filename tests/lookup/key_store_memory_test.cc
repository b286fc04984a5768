// Memory per key, at the sizes where it is worst and best. The number of keys
// is TOLLGATE_TEST_KEYS.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <optional>

#include "engine/lookup/key_store.h"
#include "gtest/gtest.h"
#include "tests/support/checked_record.h"

namespace tollgate {
namespace {

constexpr uint64_t kKeys = TOLLGATE_TEST_KEYS;
constexpr double kBytesPerKeyMax = 128;

class KeyStoreMemoryTest : public testing::Test {
 protected:
  void InsertUpTo(uint64_t end) {
    for (; next_ < end; ++next_) {
      store_.Insert(participant_, CheckedRecord::Of(next_, 1));
    }
  }
  double BytesPerKey() {
    return static_cast<double>(store_.MemoryBytes(participant_)) /
           static_cast<double>(store_.size());
  }

  EpochDomain domain_;
  EpochDomain::Participant participant_ = domain_.Register();
  BasicKeyStore<CheckedRecord> store_{HashSeed(1, 2)};
  uint64_t next_ = 0;
};

TEST_F(KeyStoreMemoryTest, KeysLoadedIntoAReservedTableFit) {
  store_.Reserve(kKeys);
  InsertUpTo(kKeys);
  std::printf("reserved: %.1f bytes a key\n", BytesPerKey());
  EXPECT_LE(BytesPerKey(), kBytesPerKeyMax);
}

// Growth has two tables for a while; the worst moment is within an eighth of
// a doubling.
TEST_F(KeyStoreMemoryTest, KeysFitAtEverySizeWhileTheTableGrows) {
  double worst = 0;
  for (uint64_t keys = kKeys / 3; keys <= kKeys; keys += kKeys / 48) {
    InsertUpTo(keys);
    worst = std::max(worst, BytesPerKey());
  }
  std::printf("grown: %.1f bytes a key at most\n", worst);
  EXPECT_LE(worst, kBytesPerKeyMax);
}

TEST_F(KeyStoreMemoryTest, ReplacingEveryKeyTwiceFits) {
  store_.Reserve(kKeys);
  InsertUpTo(kKeys);
  for (uint32_t version = 2; version < 4; ++version) {
    for (uint64_t key = 0; key < kKeys; ++key) {
      store_.Update(participant_, TestKey::Of(key), [&](const CheckedRecord&) {
        return std::optional(CheckedRecord::Of(key, version));
      });
    }
  }
  std::printf("replaced: %.1f bytes a key\n", BytesPerKey());
  EXPECT_LE(BytesPerKey(), kBytesPerKeyMax);
}

}  // namespace
}  // namespace tollgate
