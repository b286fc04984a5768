// F-numbers are the facts in engine/sync/epoch.h.

#include "engine/sync/epoch.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace tollgate {
namespace {

void Count(void* counter, void*) { ++*static_cast<int*>(counter); }

// With pins that leave the barrier to the collector, and with strong ones.
class EpochTest : public testing::TestWithParam<bool> {
 protected:
  EpochDomain domain_{GetParam()};
  int freed_ = 0;

  void Retire(EpochDomain::Participant& participant, size_t bytes = 64) {
    domain_.Retire(participant, this, Count, &freed_, bytes);
  }
};

INSTANTIATE_TEST_SUITE_P(Pins, EpochTest, testing::Bool(),
                         [](const auto& test) {
                           return test.param ? "Strong" : "Asymmetric";
                         });

TEST_P(EpochTest, RetiredObjectIsFreedByTheNextCollection) {
  auto writer = domain_.Register();
  Retire(writer);
  EXPECT_EQ(freed_, 0);
  EXPECT_EQ(writer.Collect(), 1u);
  EXPECT_EQ(freed_, 1);
}

// F2-F4.
TEST_P(EpochTest, PinnedReaderHoldsBackWhatIsRetiredMeanwhile) {
  auto reader = domain_.Register();
  auto writer = domain_.Register();
  {
    const auto guard = reader.Pin();
    Retire(writer);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(writer.Collect(), 0u);
  }
  EXPECT_EQ(writer.Collect(), 1u);
}

// F9.
TEST_P(EpochTest, StalledReaderDoesNotHoldBackWhatWasRetiredBeforeItPinned) {
  auto early = domain_.Register();
  auto stalled = domain_.Register();
  auto writer = domain_.Register();
  auto guard = std::make_unique<EpochDomain::Guard>(early.Pin());
  Retire(writer);
  EXPECT_EQ(writer.Collect(), 0u);
  // The object is tagged now: who pins from here on is no obstacle.
  const auto later = stalled.Pin();
  EXPECT_EQ(writer.Collect(), 0u);
  guard.reset();
  EXPECT_EQ(writer.Collect(), 1u);
}

TEST_P(EpochTest, WriterMayRetireUnderItsOwnGuard) {
  auto writer = domain_.Register();
  {
    const auto guard = writer.Pin();
    Retire(writer);
    EXPECT_EQ(writer.Collect(), 0u);
  }
  EXPECT_EQ(writer.Collect(), 1u);
}

TEST_P(EpochTest, InnerGuardsDoNotEndTheOuterOne) {
  auto reader = domain_.Register();
  auto writer = domain_.Register();
  const auto outer = reader.Pin();
  { const auto inner = reader.Pin(); }
  EXPECT_TRUE(reader.pinned());
  Retire(writer);
  EXPECT_EQ(writer.Collect(), 0u);
}

TEST_P(EpochTest, ParticipantMayMoveWhilePinned) {
  auto writer = domain_.Register();
  auto original = domain_.Register();
  auto guard = std::make_unique<EpochDomain::Guard>(original.Pin());
  const auto moved = std::move(original);
  Retire(writer);
  EXPECT_EQ(writer.Collect(), 0u);
  EXPECT_TRUE(moved.pinned());
  guard.reset();
  EXPECT_EQ(writer.Collect(), 1u);
}

// F8.
TEST_P(EpochTest, WhatALeaverCouldNotFreeIsAdopted) {
  auto reader = domain_.Register();
  auto other = domain_.Register();
  {
    const auto guard = reader.Pin();
    {
      auto leaver = domain_.Register();
      for (int i = 0; i < 300; ++i) Retire(leaver);
    }
    EXPECT_EQ(domain_.Stats().retired_objects, 300u);
    EXPECT_EQ(other.Collect(), 0u);
    EXPECT_EQ(domain_.Stats().retired_objects, 300u);
  }
  EXPECT_EQ(other.Collect(), 300u);
  EXPECT_EQ(domain_.Stats().retired_objects, 0u);
}

TEST_P(EpochTest, SlotsOfLeaversAreReused) {
  std::set<size_t> indexes;
  for (int i = 0; i < 1000; ++i) indexes.insert(domain_.Register().index());
  EXPECT_EQ(indexes.size(), 1u);
}

TEST_P(EpochTest, ParticipantsBeyondOneBlockAreSeenByCollectors) {
  std::vector<EpochDomain::Participant> crowd;
  for (int i = 0; i < 100; ++i) crowd.push_back(domain_.Register());
  std::set<size_t> indexes;
  for (const auto& participant : crowd) indexes.insert(participant.index());
  EXPECT_EQ(indexes.size(), 100u);
  for (auto& reader : crowd) {
    freed_ = 0;
    {
      const auto guard = reader.Pin();
      Retire(crowd[0]);
      crowd[0].Collect();
      EXPECT_EQ(freed_, 0) << "reader " << reader.index();
    }
    crowd[0].Collect();
    EXPECT_EQ(freed_, 1) << "reader " << reader.index();
  }
}

TEST_P(EpochTest, StalledReaderIsReportedWithTheMemoryItHolds) {
  auto writer = domain_.Register();
  auto stalled = domain_.Register();
  {
    const auto guard = stalled.Pin();
    for (int i = 0; i < 1000; ++i) Retire(writer, 100);
    writer.Collect();
    const EpochStats stats = domain_.Stats();
    EXPECT_EQ(stats.participants, 2u);
    EXPECT_EQ(stats.pinned, 1u);
    EXPECT_EQ(stats.oldest_index, stalled.index());
    EXPECT_EQ(stats.oldest_lag, 1000 / EpochDomain::kBagItems + 1);
    EXPECT_EQ(stats.retired_objects, 1000u);
    EXPECT_EQ(stats.retired_bytes, 100'000u);
  }
  writer.Collect();
  const EpochStats stats = domain_.Stats();
  EXPECT_EQ(stats.pinned, 0u);
  EXPECT_EQ(stats.oldest_lag, 0u);
  EXPECT_EQ(stats.retired_bytes, 0u);
}

TEST_P(EpochTest, RetirementsCollectByThemselves) {
  auto writer = domain_.Register();
  for (size_t i = 0; i < 10 * EpochDomain::kBagItems; ++i) Retire(writer);
  EXPECT_EQ(static_cast<size_t>(freed_), 10 * EpochDomain::kBagItems);
}

TEST_P(EpochTest, DeletersMayRetire) {
  struct Chain {
    EpochDomain::Participant writer;
    int left;
  };
  Chain chain{domain_.Register(), 500};
  const EpochDomain::Deleter retire_next = [](void* self, void* deleter) {
    auto* chain = static_cast<Chain*>(self);
    if (chain->left-- == 0) return;
    auto again = reinterpret_cast<EpochDomain::Deleter>(deleter);
    chain->writer.Retire(deleter, again, self, 8);
  };
  chain.writer.Retire(reinterpret_cast<void*>(retire_next), retire_next, &chain,
                      8);
  for (int i = 0; i < 1000 && chain.left >= 0; ++i) chain.writer.Collect();
  EXPECT_EQ(chain.left, -1);
  EXPECT_EQ(domain_.Stats().retired_objects, 0u);
}

TEST(EpochDomainTest, EndFreesWhatIsStillRetired) {
  int freed = 0;
  {
    EpochDomain domain;
    auto reader = domain.Register();
    {
      const auto guard = reader.Pin();
      auto writer = domain.Register();
      for (int i = 0; i < 200; ++i) {
        domain.Retire(writer, &freed, Count, &freed, 1);
      }
    }
    EXPECT_EQ(freed, 0);
  }
  EXPECT_EQ(freed, 200);
}

// Makes membarrier(2) fail from now on, as a sandbox would.
void ForbidMembarrier() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter = {4, program};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
    _exit(77);
  }
}

template <typename Body>
int ExitStatusOfChild(Body body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  waitpid(child, &status, 0);
  return WEXITSTATUS(status);
}

TEST(EpochDomainTest, PinsAreStrongWhereTheKernelRefusesTheBarrier) {
  const int status = ExitStatusOfChild([] {
    ForbidMembarrier();
    int freed = 0;
    EpochDomain domain;
    auto participant = domain.Register();
    domain.Retire(participant, &freed, Count, &freed, 1);
    participant.Collect();
    return domain.Stats().asymmetric || freed != 1;
  });
  if (status == 77) GTEST_SKIP() << "no seccomp here";
  EXPECT_EQ(status, 0);
}

TEST(EpochDomainTest, NothingIsFreedWhenTheBarrierIsWithdrawn) {
  const int status = ExitStatusOfChild([] {
    int freed = 0;
    EpochDomain domain;
    if (!domain.Stats().asymmetric) return 77;
    auto participant = domain.Register();
    ForbidMembarrier();
    domain.Retire(participant, &freed, Count, &freed, 1);
    participant.Collect();
    return static_cast<int>(freed != 0 || domain.Stats().retired_objects != 1);
  });
  if (status == 77) GTEST_SKIP() << "no seccomp or no barrier here";
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace tollgate
