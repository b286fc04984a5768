#include "engine/limit/admission_limiter.h"

#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/support/sanitized.h"

namespace tollgate {
namespace {

constexpr FailureRules kRules = {
    .failures = 5, .per_ms = 60'000, .lockout_ms = 300'000};
constexpr int64_t kMinute = 60'000;
constexpr int64_t kHour = 60 * kMinute;

IpAddress Address(std::string_view text) {
  return IpAddress::Parse(text).value_or(IpAddress());
}

class AdmissionLimiterTest : public testing::Test {
 protected:
  AdmissionLimiter::Source Of(std::string_view address) const {
    return limiter_.SourceOf(Address(address));
  }
  // Fails `times` times at `now_ms`; returns whether the last locked out.
  bool Fail(std::string_view address, int64_t now_ms, int times = 1) {
    bool locked = false;
    for (int i = 0; i < times; ++i) {
      locked = limiter_.RecordFailure(Of(address), kRules, now_ms);
    }
    return locked;
  }
  int64_t LockedFor(std::string_view address, int64_t now_ms) const {
    return limiter_.LockedFor(Of(address), now_ms);
  }

  AdmissionLimiter limiter_{HashSeed(1, 2), 1024};
};

TEST_F(AdmissionLimiterTest, TheLastFailureAllowedLocksOut) {
  EXPECT_FALSE(Fail("192.0.2.1", 1000, 4));
  EXPECT_EQ(LockedFor("192.0.2.1", 1000), 0);
  EXPECT_TRUE(Fail("192.0.2.1", 1000));
  EXPECT_EQ(LockedFor("192.0.2.1", 1000), 300'000);
  EXPECT_EQ(LockedFor("192.0.2.1", 300'999), 1);
  EXPECT_EQ(LockedFor("192.0.2.1", 301'000), 0);
}

TEST_F(AdmissionLimiterTest, OnlyTheSourceIsLockedOut) {
  Fail("192.0.2.1", 1000, 5);
  EXPECT_EQ(LockedFor("192.0.2.2", 1000), 0);
  EXPECT_EQ(LockedFor("2001:db8::1", 1000), 0);
}

TEST_F(AdmissionLimiterTest, AnIpv6SourceIsItsNetworkOf64Bits) {
  for (int i = 0; i < 5; ++i) {
    Fail("2001:db8:0:1::" + std::to_string(i), 1000);
  }
  EXPECT_GT(LockedFor("2001:db8:0:1:ffff::9", 1000), 0);
  EXPECT_EQ(LockedFor("2001:db8:0:2::1", 1000), 0);
}

TEST_F(AdmissionLimiterTest, AMappedAddressIsItsIpv4Source) {
  Fail("::ffff:192.0.2.1", 1000, 5);
  EXPECT_GT(LockedFor("192.0.2.1", 1000), 0);
}

TEST_F(AdmissionLimiterTest, BehindNat64EachIpv4AddressIsASource) {
  for (uint32_t n = 0; n < kRules.failures; ++n) {
    limiter_.RecordFailure(Of("64:ff9b::192.0.2.1"), kRules, 1000);
  }
  EXPECT_GT(LockedFor("64:ff9b::192.0.2.1", 1000), 0);
  EXPECT_TRUE(limiter_.MayBeLocked(Address("64:ff9b::192.0.2.1"), 1000));
  EXPECT_EQ(LockedFor("64:ff9b::192.0.2.2", 1000), 0);
}

// What is asked before anything else never says no to who is locked out.
TEST_F(AdmissionLimiterTest, WhoIsLockedOutMayBe) {
  AdmissionLimiter limiter(HashSeed(1, 2), 1 << 16);
  std::vector<IpAddress> addresses;
  for (uint32_t i = 0; i < 2000; ++i) {
    addresses.push_back(IpAddress::FromV4(0xc0000200 + i));
    addresses.push_back(Address(absl::StrCat("2001:db8:", i, "::1")));
  }
  for (const IpAddress& address : addresses) {
    for (uint32_t n = 0; n < kRules.failures; ++n) {
      limiter.RecordFailure(limiter.SourceOf(address), kRules, 1000);
    }
    EXPECT_TRUE(limiter.MayBeLocked(address, 1000));
    EXPECT_TRUE(limiter.MayBeLocked(address, 300'999));
    EXPECT_FALSE(limiter.MayBeLocked(address, 302'048));
  }
}

TEST_F(AdmissionLimiterTest, AKeyIdIsASourceOfItsOwn) {
  const auto id = *KeyId::Parse("0123456789ab");
  for (int i = 0; i < 5; ++i) {
    limiter_.RecordFailure(limiter_.SourceOf(id), kRules, 1000);
  }
  EXPECT_GT(limiter_.LockedFor(limiter_.SourceOf(id), 1000), 0);
  EXPECT_EQ(limiter_.LockedFor(limiter_.SourceOf(*KeyId::Parse("0123456789aB")),
                               1000),
            0);
}

TEST_F(AdmissionLimiterTest, FailuresFarApartLockNobodyOut) {
  for (int i = 0; i < 1000; ++i) {
    EXPECT_FALSE(Fail("192.0.2.1", 1000 + i * kMinute / 3)) << i;
  }
}

TEST_F(AdmissionLimiterTest, AWindowSlides) {
  Fail("192.0.2.1", 0);
  Fail("192.0.2.1", kMinute - 1, 3);
  EXPECT_TRUE(Fail("192.0.2.1", kMinute + 1)) << "five within a minute";
}

TEST_F(AdmissionLimiterTest, TheWindowBeforeCountsForThePartThatIsSeen) {
  Fail("192.0.2.1", 0, 4);
  // A quarter of the window before is still in sight: one of its four.
  EXPECT_FALSE(Fail("192.0.2.1", kMinute + kMinute * 3 / 4, 3));
  EXPECT_TRUE(Fail("192.0.2.1", kMinute + kMinute * 3 / 4));
}

TEST_F(AdmissionLimiterTest, NothingIsCountedOfWhoIsLockedOut) {
  Fail("192.0.2.1", 1000, 5);
  EXPECT_FALSE(Fail("192.0.2.1", 200'000, 100));
  EXPECT_EQ(LockedFor("192.0.2.1", 200'000), 101'000);
  EXPECT_EQ(limiter_.stats().lockouts, 1u);
}

TEST_F(AdmissionLimiterTest, EachLockOutIsTwiceAsLong) {
  int64_t now = 1000;
  for (const int64_t minutes : {5, 10, 20, 40, 80, 160, 320, 320, 320}) {
    EXPECT_TRUE(Fail("192.0.2.1", now, 5));
    EXPECT_EQ(LockedFor("192.0.2.1", now), minutes * kMinute);
    now += minutes * kMinute;
  }
}

TEST_F(AdmissionLimiterTest, WhoIsQuietForAsLongBeginsAnew) {
  Fail("192.0.2.1", 0, 5);
  Fail("192.0.2.1", 5 * kMinute, 5);  // ten minutes, to the fifteenth
  EXPECT_TRUE(Fail("192.0.2.1", 25 * kMinute, 5));
  EXPECT_EQ(LockedFor("192.0.2.1", 25 * kMinute), 5 * kMinute);
}

TEST_F(AdmissionLimiterTest, QuietFailuresDoNotShortenTheMemory) {
  Fail("192.0.2.1", 0, 5);
  Fail("192.0.2.1", 5 * kMinute);  // one more, when it is over
  EXPECT_TRUE(Fail("192.0.2.1", 9 * kMinute, 5));
  EXPECT_EQ(LockedFor("192.0.2.1", 9 * kMinute), 10 * kMinute);
}

TEST_F(AdmissionLimiterTest, ALimitOfOneLocksOutAtOnce) {
  constexpr FailureRules kOne = {
      .failures = 1, .per_ms = 1000, .lockout_ms = 2000};
  EXPECT_TRUE(limiter_.RecordFailure(Of("192.0.2.1"), kOne, 10));
  EXPECT_EQ(LockedFor("192.0.2.1", 10), 2000);
}

TEST_F(AdmissionLimiterTest, TheGreatestLimitIsCounted) {
  constexpr FailureRules kMost = {.failures = limits::kAdmissionFailuresMax,
                                  .per_ms = limits::kAdmissionMillisMax,
                                  .lockout_ms = limits::kAdmissionMillisMax};
  const auto source = Of("192.0.2.1");
  for (uint32_t i = 1; i < kMost.failures; ++i) {
    ASSERT_FALSE(limiter_.RecordFailure(source, kMost, 1000)) << i;
  }
  EXPECT_TRUE(limiter_.RecordFailure(source, kMost, 1000));
  int64_t now = 1000;
  for (int times = 1; times <= 8; ++times) {
    const int64_t left = limiter_.LockedFor(source, now);
    EXPECT_EQ(left, kMost.lockout_ms << std::min(times - 1, 6));
    now += left;
    for (uint32_t i = 0; i < kMost.failures; ++i) {
      limiter_.RecordFailure(source, kMost, now);
    }
  }
}

// known-failures.md: "clock steps back: negative tokens, lockout or panic".
TEST_F(AdmissionLimiterTest, AClockThatIsSetBackFreesNobody) {
  Fail("192.0.2.1", kHour, 5);
  EXPECT_GT(LockedFor("192.0.2.1", 0), 0);
  Fail("192.0.2.2", kHour, 4);
  EXPECT_TRUE(Fail("192.0.2.2", 0));
  EXPECT_GT(LockedFor("192.0.2.2", 0), 0);
}

TEST_F(AdmissionLimiterTest, YearsLaterNothingIsLeft) {
  constexpr int64_t kYears = int64_t{20} * 365 * 24 * kHour;
  Fail("192.0.2.1", 1000, 5);
  Fail("192.0.2.2", 1000, 4);
  EXPECT_EQ(LockedFor("192.0.2.1", kYears), 0);
  EXPECT_FALSE(Fail("192.0.2.2", kYears, 4));
}

TEST_F(AdmissionLimiterTest, FailuresAreRememberedUntilTheyAreForgotten) {
  EXPECT_FALSE(limiter_.HasFailures(Of("192.0.2.1"), kRules, 0));
  Fail("192.0.2.1", 0);
  EXPECT_TRUE(limiter_.HasFailures(Of("192.0.2.1"), kRules, 0));
  EXPECT_FALSE(limiter_.HasFailures(Of("192.0.2.1"), kRules, 2 * kMinute));
}

// known-failures.md: "hash flooding, memory without bound".
TEST(AdmissionLimiterFloodTest, AFloodForgetsNobodyWhoIsLockedOut) {
  AdmissionLimiter limiter(HashSeed(3, 4), 4096);
  const size_t bytes = limiter.MemoryBytes();
  std::vector<AdmissionLimiter::Source> locked;
  for (uint32_t i = 0; i < 500; ++i) {
    locked.push_back(limiter.SourceOf(IpAddress::FromV4(0x0a000000 + i)));
    for (int n = 0; n < 5; ++n) limiter.RecordFailure(locked[i], kRules, 1000);
  }
  ASSERT_EQ(limiter.stats().lockouts, 500u);
  constexpr uint32_t kFlood = kSanitized ? 1'000'000 : 10'000'000;
  for (uint32_t i = 0; i < kFlood; ++i) {
    const auto source = limiter.SourceOf(IpAddress::FromV4(0x20000000 + i));
    limiter.RecordFailure(source, kRules, 2000);
    ASSERT_EQ(limiter.LockedFor(source, 2000), 0) << i;
  }
  for (const auto source : locked) {
    EXPECT_EQ(limiter.LockedFor(source, 2000), 299'000);
  }
  EXPECT_EQ(limiter.MemoryBytes(), bytes);
  EXPECT_EQ(limiter.stats().lockouts, 500u);
}

TEST(AdmissionLimiterFloodTest, WhoFailsOftenIsNotWashedAway) {
  AdmissionLimiter limiter(HashSeed(3, 4), 8);  // one set
  const auto guesser = limiter.SourceOf(Address("192.0.2.1"));
  for (int n = 0; n < 5; ++n) {
    EXPECT_EQ(limiter.RecordFailure(guesser, kRules, 1000 + n), n == 4);
    if (n == 0) continue;  // who has failed once is as good as any
    for (uint32_t i = 0; i < 100; ++i) {
      limiter.RecordFailure(limiter.SourceOf(IpAddress::FromV4(i)), kRules,
                            1000 + n);
    }
  }
}

TEST(AdmissionLimiterFloodTest, WithoutRoomNewcomersAreNotCountedAndTold) {
  AdmissionLimiter limiter(HashSeed(3, 4), 8);
  for (uint32_t i = 0; i < 8; ++i) {
    for (int n = 0; n < 5; ++n) {
      limiter.RecordFailure(limiter.SourceOf(IpAddress::FromV4(i)), kRules, 0);
    }
  }
  const auto other = limiter.SourceOf(Address("192.0.2.1"));
  for (int n = 0; n < 9; ++n) {
    EXPECT_FALSE(limiter.RecordFailure(other, kRules, 0));
  }
  EXPECT_EQ(limiter.stats().uncounted, 9u);
  // When the first are forgotten, there is room again.
  for (int n = 0; n < 5; ++n) limiter.RecordFailure(other, kRules, kHour);
  EXPECT_GT(limiter.LockedFor(other, kHour), 0);
}

TEST(AdmissionLimiterThreadsTest, NoFailureOfAKnownSourceIsLost) {
  constexpr FailureRules kMany = {
      .failures = 1000, .per_ms = 60'000, .lockout_ms = 1000};
  AdmissionLimiter limiter(HashSeed(5, 6), 64);
  const auto source = limiter.SourceOf(Address("192.0.2.1"));
  limiter.RecordFailure(source, kMany, 0);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 249; ++i) limiter.RecordFailure(source, kMany, 0);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(limiter.LockedFor(source, 0), 0);
  for (int i = 0; i < 2; ++i) limiter.RecordFailure(source, kMany, 0);
  EXPECT_EQ(limiter.LockedFor(source, 0), 0);
  EXPECT_TRUE(limiter.RecordFailure(source, kMany, 0)) << "the thousandth";
}

}  // namespace
}  // namespace tollgate
