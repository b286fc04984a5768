// S-numbers are the facts in engine/sync/slab.h.

#include "engine/sync/slab.h"

#include <cstdint>
#include <cstring>
#include <map>
#include <set>

#include "gtest/gtest.h"

namespace tollgate {
namespace {

using Slab = BasicSlab<StdAtomics>;

class SlabTest : public testing::Test {
 protected:
  EpochDomain domain_;
  EpochDomain::Participant participant_ = domain_.Register();
  Slab* slab_ = Slab::Create();

  ~SlabTest() override { slab_->Release(); }

  void* Allocate(size_t lines) {
    const auto guard = participant_.Pin();
    return slab_->Allocate(participant_, lines);
  }
  void Retire(void* block, size_t lines) {
    slab_->Retire(participant_, block, lines);
  }
};

TEST_F(SlabTest, BlocksAreAlignedAndDoNotOverlap) {
  std::map<uintptr_t, size_t> blocks;
  for (size_t i = 0; i < 10'000; ++i) {
    const size_t lines = 1 + i % (Slab::kBlockLinesMax + 2);
    void* block = Allocate(lines);
    std::memset(block, 0x5A, lines * Slab::kLineBytes);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % Slab::kLineBytes, 0u);
    blocks[reinterpret_cast<uintptr_t>(block)] = lines;
  }
  uintptr_t end = 0;
  for (const auto& [begin, lines] : blocks) {
    EXPECT_GE(begin, end);
    end = begin + lines * Slab::kLineBytes;
    slab_->FreeIfLarge(reinterpret_cast<void*>(begin), lines);
  }
}

// S1.
TEST_F(SlabTest, RetiredBlockComesBackOnlyAfterItsReadersAreGone) {
  auto reader = domain_.Register();
  void* block = Allocate(3);
  {
    const auto guard = reader.Pin();
    Retire(block, 3);
    participant_.Collect();
    EXPECT_NE(Allocate(3), block);
  }
  participant_.Collect();
  EXPECT_EQ(Allocate(3), block);
}

TEST_F(SlabTest, LongerBlockIsSplitBeforeNewMemoryIsTaken) {
  void* block = Allocate(5);
  Retire(block, 5);
  participant_.Collect();
  EXPECT_EQ(Allocate(2), block);
  EXPECT_EQ(Allocate(3), static_cast<char*>(block) + 2 * Slab::kLineBytes);
}

TEST_F(SlabTest, ChurnDoesNotTakeMoreMemory) {
  std::set<void*> live;
  auto cycle = [&] {
    for (int i = 0; i < 5000; ++i) live.insert(Allocate(2));
    for (void* block : live) Retire(block, 2);
    live.clear();
    participant_.Collect();
  };
  cycle();
  const size_t bytes = slab_->MemoryBytes();
  for (int i = 0; i < 20; ++i) cycle();
  EXPECT_EQ(slab_->MemoryBytes(), bytes);
}

TEST_F(SlabTest, LongBlocksAreCountedAndGoBack) {
  const size_t before = slab_->MemoryBytes();
  void* block = Allocate(1000);
  EXPECT_EQ(slab_->MemoryBytes(), before + 1000 * Slab::kLineBytes);
  Retire(block, 1000);
  EXPECT_EQ(slab_->MemoryBytes(), before);
  participant_.Collect();
}

TEST(SlabLifetimeTest, MayEndBeforeTheDomainThatHoldsItsBlocks) {
  EpochDomain domain;
  auto participant = domain.Register();
  Slab* slab = Slab::Create();
  {
    const auto guard = participant.Pin();
    slab->Retire(participant, slab->Allocate(participant, 1), 1);
  }
  slab->Release();
  EXPECT_EQ(participant.Collect(), 1u);
}

}  // namespace
}  // namespace tollgate
