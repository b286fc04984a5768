// Real threads on the revocation list: adds, changes of terms, expiry, growth
// and questions at once. The facts are those of
// engine/lookup/revocation_list.h. Run under ThreadSanitizer and
// AddressSanitizer.

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "engine/lookup/revocation_list.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

using Participant = EpochDomain::Participant;

constexpr char kIssuer[] = "https://idp.example";
constexpr UnixSeconds kNow = {1000};
constexpr int kStaying = 6000;

std::string IdOf(int number) { return "token-" + std::to_string(number); }

Revocation OfId(int number, int64_t expires_at) {
  return {RevocationKind::kTokenId, kIssuer, IdOf(number), {}, expires_at};
}

bool IsIdRevoked(const RevocationList& list, Participant& participant,
                 int number) {
  const std::string id = IdOf(number);
  const auto guard = participant.Pin();
  return list.IsRevoked({.issuer = kIssuer, .token_id = id}, kNow);
}

// Runs `body(thread number, participant)` on four threads.
template <typename Body>
void RunThreads(EpochDomain& domain, Body body) {
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 4; ++i) {
    threads.emplace_back([&domain, &body, i] {
      auto participant = domain.Register();
      body(i, participant);
    });
  }
  for (auto& thread : threads) thread.join();
}

// R2-R6: one thread adds what stays, one adds, changes and removes other
// entries of the same cells, two ask. Whatever was added before the question is
// revoked; what is never added is not.
TEST(RevocationListStressTest, NothingThatWasAddedIsEverMissed) {
  EpochDomain domain;
  RevocationList list(HashSeed(1, 2));
  std::atomic<int> added{0};
  std::atomic<int> missed{0};
  std::atomic<int> invented{0};
  RunThreads(domain, [&](unsigned thread, Participant& participant) {
    if (thread == 0) {
      for (int i = 0; i < kStaying; ++i) {
        ASSERT_TRUE(list.Add(participant, OfId(i, 5000), kNow).ok());
        // Pairs with the acquire of those who ask.
        added.store(i + 1, std::memory_order_release);
      }
      return;
    }
    unsigned random = thread;
    int count = 0;
    while ((count = added.load(std::memory_order_acquire)) < kStaying) {
      random = random * 1664525 + 1013904223;
      if (thread == 1) {
        const int coming = -1 - static_cast<int>(random >> 16) % 500;
        ASSERT_TRUE(list.Add(participant, OfId(coming, 2000), kNow).ok());
        if (count > 0) {
          const int changed = static_cast<int>(random >> 8) % count;
          ASSERT_TRUE(
              list.Add(participant, OfId(changed, 5000 + count), kNow).ok());
        }
        if (random >> 27 == 0) list.RemoveExpired(participant, {2000});
        continue;
      }
      if (count == 0) continue;
      const int number = static_cast<int>(random >> 8) % count;
      if (!IsIdRevoked(list, participant, number)) ++missed;
      if (!IsIdRevoked(list, participant, count - 1)) ++missed;
      if (IsIdRevoked(list, participant, kStaying + number)) ++invented;
    }
  });
  EXPECT_EQ(missed, 0);
  EXPECT_EQ(invented, 0);
  auto participant = domain.Register();
  list.RemoveExpired(participant, {2000});
  EXPECT_EQ(list.size(), size_t{kStaying});
  for (int i = 0; i < kStaying; ++i) {
    ASSERT_TRUE(IsIdRevoked(list, participant, i)) << i;
  }
}

// R7: who reads a generation sees what it counts. The only writer's i-th entry
// is counted by generation i + 1.
TEST(RevocationListStressTest, AGenerationComesAfterWhatItCounts) {
  EpochDomain domain;
  RevocationList list(HashSeed(1, 2));
  std::atomic<int> missed{0};
  RunThreads(domain, [&](unsigned thread, Participant& participant) {
    if (thread == 0) {
      for (int i = 0; i < kStaying; ++i) {
        ASSERT_TRUE(list.Add(participant, OfId(i, 5000), kNow).ok());
      }
      return;
    }
    for (int generation = 0; generation < kStaying;) {
      generation = static_cast<int>(list.generation());
      if (generation == 0) continue;
      if (!IsIdRevoked(list, participant, generation - 1)) ++missed;
    }
  });
  EXPECT_EQ(missed, 0);
}

// R4, R5: an entry whose terms change again and again is in force throughout,
// with neighbours that come and go.
TEST(RevocationListStressTest, AnEntryThatChangesIsNeverOutOfForce) {
  EpochDomain domain;
  // All hashes are the same with this seed: one chain has all entries.
  RevocationList list(HashSeed(std::array<uint64_t, HashSeed::kWords>{}));
  {
    auto participant = domain.Register();
    ASSERT_TRUE(list.Add(participant, OfId(0, 5000), kNow).ok());
  }
  std::atomic<int> asking{3};
  std::atomic<int> missed{0};
  RunThreads(domain, [&](unsigned thread, Participant& participant) {
    if (thread > 0) {
      for (int i = 0; i < 100'000; ++i) {
        if (!IsIdRevoked(list, participant, 0)) ++missed;
      }
      --asking;
      return;
    }
    // Neighbours are put ahead of it, so that it stands deep in the chain.
    constexpr int kNeighbours = 40;
    for (int i = 1; asking > 0; ++i) {
      EXPECT_TRUE(list.Add(participant, OfId(i, 2000), kNow).ok());
      EXPECT_TRUE(list.Add(participant, OfId(0, 5000 + i), kNow).ok());
      if (i % kNeighbours == 0) list.RemoveExpired(participant, {2000});
    }
  });
  EXPECT_EQ(missed, 0);
}

// R6: a kind that comes and goes is never out of the question while it has an
// entry; four threads each with a kind of their own.
TEST(RevocationListStressTest, KindsThatComeAndGoAreNotConfused) {
  EpochDomain domain;
  RevocationList list(HashSeed(1, 2));
  std::atomic<int> wrong{0};
  RunThreads(domain, [&](unsigned thread, Participant& participant) {
    const auto kind = static_cast<RevocationKind>(thread);
    const RevocableToken token = {.issuer = kIssuer,
                                  .token_id = thread == 0 ? "x" : "",
                                  .subject = thread == 1 ? "x" : "",
                                  .client = thread == 2 ? "x" : "",
                                  .key_id = thread == 3 ? "x" : ""};
    for (int64_t end = 1; end < 2000; ++end) {
      // Each thread's clock is its own, and far from the others'.
      const int64_t base = int64_t{10'000} * (4 - thread);
      ASSERT_TRUE(list.Add(participant, {kind, kIssuer, "x", {}, base + end},
                           {base + end - 1})
                      .ok());
      const auto guard = participant.Pin();
      // Those of higher clocks may have removed it; the highest one's stays.
      if (thread == 0 && !list.IsRevoked(token, {base + end - 1})) ++wrong;
      if (list.IsRevoked(token, {base + end})) ++wrong;
      if (end % 3 == 0) list.RemoveExpired(participant, {base + end});
    }
  });
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace tollgate
