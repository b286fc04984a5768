#include "engine/base/steady_clock.h"

#include <cstdint>

#include "gtest/gtest.h"

namespace tollgate {
namespace {

constexpr int64_t kMicros = 1'000;
constexpr int64_t kMillis = 1'000'000;
constexpr int64_t kSeconds = 1'000'000'000;

// Clocks that stand still until they are advanced.
struct Machine {
  double ticks_per_nano = 2.5;
  bool steady = true;
  uint64_t ticks = 1'000'000;
  int64_t monotonic = 500 * kSeconds;
  int64_t wall = 1'700'000'000 * kSeconds;
  int64_t resolution = 1;  // of the monotonic clock
  int kernel_reads = 0;

  void Advance(int64_t nanos) {
    ticks += static_cast<uint64_t>(static_cast<double>(nanos) * ticks_per_nano);
    monotonic += nanos;
    wall += nanos;
  }
};

struct FakeClocks {
  Machine* machine;
  uint64_t Ticks() const { return machine->ticks; }
  bool TicksAreSteady() const { return machine->steady; }
  int64_t MonotonicNow() const {
    ++machine->kernel_reads;
    return machine->monotonic - machine->monotonic % machine->resolution;
  }
  int64_t WallNow() const { return machine->wall; }
};

using FakeSteadyClock = BasicSteadyClock<FakeClocks>;

// Reads and advances until two measurements of the counter agree.
void Measure(Machine& machine, FakeSteadyClock& clock) {
  for (int i = 0; i < 3; ++i) {
    clock.Read();
    machine.Advance(3 * kMillis);
  }
  clock.Read();
}

TEST(SteadyClockTest, TheCounterIsUsedWhereTheKernelRunsOnIt) {
  EXPECT_TRUE(internal::RunsOnTicks("tsc", true));
  EXPECT_TRUE(internal::RunsOnTicks("tsc", false)) << "the kernel watches it";
  for (const char* scaled : {"kvm-clock", "hyperv_clocksource_tsc_page"}) {
    EXPECT_TRUE(internal::RunsOnTicks(scaled, true)) << scaled;
    EXPECT_FALSE(internal::RunsOnTicks(scaled, false)) << scaled;
  }
  for (const char* other : {"", "hpet", "acpi_pm", "jiffies", "tsc-early",
                            "xen", "kvm", "hyperv_clocksource_msr"}) {
    EXPECT_FALSE(internal::RunsOnTicks(other, true)) << other;
  }
}

TEST(SteadyClockTest, StartsWithTheTimeOfTheKernel) {
  Machine machine;
  FakeSteadyClock clock(FakeClocks{&machine});
  const Now now = clock.Read();
  EXPECT_EQ(now.monotonic.value, 500 * kSeconds);
  EXPECT_EQ(now.wall.value, 1'700'000'000);
}

TEST(SteadyClockTest, WithoutASteadyCounterEveryReadIsTheKernels) {
  Machine machine;
  machine.steady = false;
  FakeSteadyClock clock(FakeClocks{&machine});
  for (int i = 1; i <= 100; ++i) {
    machine.Advance(kMillis);
    EXPECT_EQ(clock.Read().monotonic.value, machine.monotonic);
    EXPECT_EQ(machine.kernel_reads, i);
  }
}

TEST(SteadyClockTest, ReadsTheKernelOnceASpanWhenTheCounterIsMeasured) {
  Machine machine;
  FakeSteadyClock clock(FakeClocks{&machine});
  Measure(machine, clock);
  machine.kernel_reads = 0;
  for (int i = 0; i < 1000; ++i) {
    machine.Advance(10 * kMicros);
    EXPECT_NEAR(
        static_cast<double>(clock.Read().monotonic.value - machine.monotonic),
        0, 2);
  }
  // 10 ms are two spans and a half.
  EXPECT_LE(machine.kernel_reads, 4);
  EXPECT_GE(machine.kernel_reads, 2);
}

TEST(SteadyClockTest, WallSecondsChangeOnTime) {
  for (bool steady : {false, true}) {
    Machine machine;
    machine.steady = steady;
    machine.wall += 37 * kMicros;
    FakeSteadyClock clock(FakeClocks{&machine});
    for (int i = 0; i < 30'000; ++i) {
      machine.Advance(100 * kMicros);
      ASSERT_EQ(clock.Read().wall.value, machine.wall / kSeconds)
          << "after " << i << " steps, steady " << steady;
    }
  }
}

TEST(SteadyClockTest, ASecondBefore1970IsRoundedTowardsThePast) {
  Machine machine;
  machine.wall = -1;
  FakeSteadyClock clock(FakeClocks{&machine});
  EXPECT_EQ(clock.Read().wall.value, -1);
  machine.wall = -kSeconds;
  FakeSteadyClock other(FakeClocks{&machine});
  EXPECT_EQ(other.Read().wall.value, -1);
}

TEST(SteadyClockTest, AStepOfTheWallClockIsSeenWithinASpan) {
  for (int64_t step : {-3600 * kSeconds, 3600 * kSeconds}) {
    Machine machine;
    FakeSteadyClock clock(FakeClocks{&machine});
    Measure(machine, clock);
    machine.wall += step;
    const MonotonicNanos before = clock.Read().monotonic;
    machine.Advance(FakeSteadyClock::kSpanNanos + kMicros);
    const Now now = clock.Read();
    EXPECT_EQ(now.wall.value, machine.wall / kSeconds) << step;
    EXPECT_NEAR(static_cast<double>(now.monotonic.value - before.value),
                static_cast<double>(FakeSteadyClock::kSpanNanos + kMicros), 2)
        << "monotonic time does not follow the wall clock";
  }
}

TEST(SteadyClockTest, MonotonicTimeDoesNotGoBackWhenTheCounterSpeedsUp) {
  Machine machine;
  FakeSteadyClock clock(FakeClocks{&machine});
  Measure(machine, clock);
  machine.ticks_per_nano *= 1.5;
  MonotonicNanos last = clock.Read().monotonic;
  for (int i = 0; i < 10'000; ++i) {
    machine.Advance(5 * kMicros);
    const MonotonicNanos next = clock.Read().monotonic;
    ASSERT_LE(last, next) << i;
    ASSERT_LE(next.value - machine.monotonic, FakeSteadyClock::kSpanNanos);
    last = next;
  }
  EXPECT_NEAR(static_cast<double>(last.value - machine.monotonic), 0, 10)
      << "the new rate is measured";
}

// As for a thread that moves to processors whose counters are each behind.
TEST(SteadyClockTest, TimeStandsStillWhileTheCounterIsBehind) {
  Machine machine;
  FakeSteadyClock clock(FakeClocks{&machine});
  Measure(machine, clock);
  machine.Advance(3 * kMillis);
  MonotonicNanos last = clock.Read().monotonic;
  for (int i = 0; i < 6; ++i) {
    machine.ticks -= static_cast<uint64_t>(2.9e6 * machine.ticks_per_nano);
    for (int j = 0; j < 30; ++j) {
      machine.Advance(100 * kMicros);
      const MonotonicNanos next = clock.Read().monotonic;
      ASSERT_LE(last, next) << i << " " << j;
      last = next;
    }
  }
  machine.Advance(FakeSteadyClock::kSpanNanos);
  EXPECT_NEAR(
      static_cast<double>(clock.Read().monotonic.value - machine.monotonic), 0,
      10);
}

TEST(SteadyClockTest, AJumpOfTheCounterIsForgottenWithinASpan) {
  for (uint64_t jump : {uint64_t{1} << 40, uint64_t{1} << 62,
                        ~uint64_t{1'000'000}, uint64_t{30'000'000}}) {
    Machine machine;
    FakeSteadyClock clock(FakeClocks{&machine});
    Measure(machine, clock);
    machine.ticks += jump;
    const int64_t after_jump = clock.Read().monotonic.value;
    EXPECT_LE(after_jump - machine.monotonic, FakeSteadyClock::kSpanNanos)
        << jump;
    for (int i = 0; i < 10; ++i) {
      machine.Advance(kMillis);
      clock.Read();
    }
    EXPECT_NEAR(
        static_cast<double>(clock.Read().monotonic.value - machine.monotonic),
        0, 10)
        << jump;
  }
}

TEST(SteadyClockTest, AJumpWhileMeasuringIsNotTakenForTheRate) {
  for (uint64_t jump :
       {uint64_t{1} << 40, uint64_t{1} << 62, ~uint64_t{1'000'000}}) {
    Machine machine;
    FakeSteadyClock clock(FakeClocks{&machine});
    clock.Read();
    machine.ticks += jump;
    for (int i = 0; i < 20; ++i) {
      machine.Advance(kMillis);
      EXPECT_NEAR(
          static_cast<double>(clock.Read().monotonic.value - machine.monotonic),
          0, 10)
          << jump << " " << i;
    }
  }
}

TEST(SteadyClockTest, ACoarseKernelClockIsMeasuredOverALongTime) {
  Machine machine;
  machine.resolution = kMicros;
  FakeSteadyClock clock(FakeClocks{&machine});
  for (int i = 0; i < 40'000; ++i) {
    EXPECT_NEAR(
        static_cast<double>(clock.Read().monotonic.value - machine.monotonic),
        0, 4 * kMicros)
        << i;
    machine.Advance(1'300);
  }
}

TEST(SteadyClockTest, ASlowCounterIsNotUsed) {
  Machine machine;
  machine.ticks_per_nano = 1e-5;
  FakeSteadyClock clock(FakeClocks{&machine});
  for (int i = 0; i < 1'000; ++i) {
    machine.Advance(100 * kMicros);
    EXPECT_EQ(clock.Read().monotonic.value, machine.monotonic) << i;
    machine.monotonic += 30 * kMicros;  // between two ticks
    EXPECT_EQ(clock.Read().monotonic.value, machine.monotonic) << i;
  }
}

TEST(SteadyClockTest, AnIdleReaderWakesUpWithTheRightTime) {
  Machine machine;
  FakeSteadyClock clock(FakeClocks{&machine});
  Measure(machine, clock);
  machine.Advance(30 * 24 * 3600 * kSeconds);
  const Now now = clock.Read();
  EXPECT_EQ(now.monotonic.value, machine.monotonic);
  EXPECT_EQ(now.wall.value, machine.wall / kSeconds);
}

TEST(SteadyClockTest, ACounterThatStandsStillIsNotUsed) {
  Machine machine;
  machine.ticks_per_nano = 0;
  FakeSteadyClock clock(FakeClocks{&machine});
  for (int i = 0; i < 100; ++i) {
    machine.Advance(kMillis);
    EXPECT_EQ(clock.Read().monotonic.value, machine.monotonic);
  }
}

TEST(SteadyClockTest, TheMachinesOwnClocksDoNotGoBack) {
  SteadyClock clock;
  Now last = clock.Read();
  for (int i = 0; i < 300'000; ++i) {
    const Now next = clock.Read();
    ASSERT_LE(last.monotonic, next.monotonic);
    last = next;
  }
  EXPECT_LE(last.wall.value, ReadClock().wall.value);
}

}  // namespace
}  // namespace tollgate
