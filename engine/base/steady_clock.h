// A clock reader for hot loops: makes a Now for about the cost of one counter
// read, where ReadClock() takes two readings of the kernel's clocks.
//
// Each worker thread owns one. It reads the kernel's clocks every kSpanNanos,
// and where the second of the wall clock ends; in between it advances monotonic
// time by the processor's time stamp counter and leaves the wall second as it
// is. So wall seconds change on time, a step of the wall clock is seen within a
// span, and monotonic time, which never goes back within one reader, is off the
// kernel's by a few microseconds at most.
//
// The counter is used only where the kernel itself runs on it (see
// RunsOnTicks), and only after two measurements of its rate agreed. Each span
// measures it again; when that disagrees, as after a virtual machine was moved,
// the counter is left alone until two agree again. Where the counter and the
// kernel's clock part, as when a machine is halted and goes on, time is wrong
// until a span has passed by the counter. Without the counter, a read is one
// reading of the monotonic clock.
//
// Thread-safety: none, one reader a thread. Cost: about 9 ns
// (BM_SteadyClock_Read), and two clock readings each span; no allocation.

#ifndef TOLLGATE_ENGINE_BASE_STEADY_CLOCK_H_
#define TOLLGATE_ENGINE_BASE_STEADY_CLOCK_H_

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string_view>

#include "engine/base/clock.h"

namespace tollgate {

// The machine's clocks.
struct SystemClocks {
  // Returns the processor's counter; a constant where there is none.
  uint64_t Ticks() const {
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#else
    return 0;
#endif
  }

  // Returns whether Ticks() advances evenly, and alike on all processors.
  bool TicksAreSteady() const;

  int64_t MonotonicNow() const;  // nanoseconds
  int64_t WallNow() const;       // nanoseconds since 1970
};

namespace internal {

// Returns whether a kernel whose clock source has this name (as in Linux's
// /sys/devices/system/clocksource) makes its time from the counter.
//
// "tsc" is given up by the kernel when its watchdog finds the counters of the
// processors uneven or different. The paravirtual clocks scale the counter by
// what the hypervisor says of it, and are also what the kernel uses where it,
// or an operator, does not want to rely on "tsc" alone. They exist where the
// counter varies with the processor's frequency, too, hence `invariant`: what
// CPUID says of it. Where the counters of processors differ, a thread that
// moves between them meets a step: one of a span or more is noticed at once,
// one of less at the end of the span.
bool RunsOnTicks(std::string_view clock_source, bool invariant);

}  // namespace internal

// `Clocks` is SystemClocks, or a test's own.
template <typename Clocks>
class BasicSteadyClock {
 public:
  static constexpr int64_t kSpanNanos = 4'000'000;
  static constexpr int64_t kMeasureNanos = 2'000'000;

  explicit BasicSteadyClock(Clocks clocks = Clocks())
      : clocks_(clocks), ticks_are_steady_(clocks_.TicksAreSteady()) {}

  Now Read() {
    const uint64_t ticks = clocks_.Ticks() - anchor_.ticks;
    if (ticks >= span_ticks_) [[unlikely]] {
      return ReadSlow();
    }
    // A counter of another processor may be behind.
    last_nanos_ = std::max(last_nanos_, anchor_.nanos + NanosOf(ticks));
    return Now{wall_, MonotonicNanos{last_nanos_}};
  }

 private:
  static constexpr int64_t kSecondNanos = 1'000'000'000;

  // The counter and the monotonic clock at one moment.
  struct Sample {
    uint64_t ticks = 0;
    int64_t nanos = 0;
  };

  // REQUIRES: `ticks` is less than a span. Then the product is less than
  // kSpanNanos * 2^32, whatever the rate of the counter.
  int64_t NanosOf(uint64_t ticks) const {
    return static_cast<int64_t>((ticks * nanos_per_tick_q32_) >> 32);
  }

  // Reads counter and clock as near to each other as an interruption lets it.
  Sample TakeSample() const;

  // Out of line, since it runs once a span: reads the kernel's clocks.
  [[gnu::noinline]] Now ReadSlow();

  // Measures the rate of the counter up to `sample`; uses it when trusted.
  void MeasureTicks(const Sample& sample);

  // Returns whether `rate` is the rate measured before: one that a jump of the
  // counter or of the machine falsified is not measured twice.
  bool IsTrusted(double rate) const;

  // Reads the wall clock and decides when to do it again.
  void RefreshWall(int64_t nanos);

  // Read by Read(). A span of 0 sends the next read to ReadSlow().
  Sample anchor_;
  uint64_t span_ticks_ = 0;
  uint64_t nanos_per_tick_q32_ = 0;  // 32 fractional bits; 0 while unknown
  UnixSeconds wall_;
  // What was returned last.
  int64_t last_nanos_ = std::numeric_limits<int64_t>::min();

  // ReadSlow()'s own.
  [[no_unique_address]] Clocks clocks_;
  bool ticks_are_steady_;
  bool started_ = false;
  Sample measured_;  // where the rate was measured last
  double rate_ = 0;  // nanoseconds a tick, as measured last
  int64_t refresh_at_nanos_ = 0;
};

using SteadyClock = BasicSteadyClock<SystemClocks>;

// Implementation.

template <typename Clocks>
Now BasicSteadyClock<Clocks>::ReadSlow() {
  const Sample sample = TakeSample();
  anchor_.nanos = last_nanos_ = std::max(last_nanos_, sample.nanos);
  if (ticks_are_steady_) MeasureTicks(sample);
  if (!started_ || anchor_.nanos >= refresh_at_nanos_) {
    RefreshWall(anchor_.nanos);
  }
  started_ = true;
  anchor_.ticks = sample.ticks;
  span_ticks_ =
      nanos_per_tick_q32_ == 0
          ? 0
          : (static_cast<uint64_t>(refresh_at_nanos_ - anchor_.nanos) << 32) /
                nanos_per_tick_q32_;
  return Now{wall_, MonotonicNanos{anchor_.nanos}};
}

template <typename Clocks>
typename BasicSteadyClock<Clocks>::Sample BasicSteadyClock<Clocks>::TakeSample()
    const {
  constexpr uint64_t kTightTicks = 2000;
  Sample sample;
  for (int tries = 0; tries < 3; ++tries) {
    sample.ticks = clocks_.Ticks();
    sample.nanos = clocks_.MonotonicNow();
    if (clocks_.Ticks() - sample.ticks < kTightTicks) break;
  }
  return sample;
}

template <typename Clocks>
void BasicSteadyClock<Clocks>::MeasureTicks(const Sample& sample) {
  if (!started_) measured_ = sample;
  const int64_t nanos = sample.nanos - measured_.nanos;
  if (nanos < kMeasureNanos) return;
  // As floating point: the time since the last measurement may be of any
  // length. A counter that stood still gives infinity, which is refused.
  const double rate = static_cast<double>(nanos) /
                      static_cast<double>(sample.ticks - measured_.ticks);
  nanos_per_tick_q32_ =
      IsTrusted(rate) ? static_cast<uint64_t>(rate * 0x1p32) : 0;
  rate_ = rate;
  measured_ = sample;
}

template <typename Clocks>
bool BasicSteadyClock<Clocks>::IsTrusted(double rate) const {
  // Four times what the kernel may slew its own clock by (500 ppm).
  const double tolerance = rate_ * 0.002;
  const bool repeated = rate >= rate_ - tolerance && rate <= rate_ + tolerance;
  // Between 10 GHz and 100 MHz, so that it fits 32.32 bits.
  return repeated && rate > 0.1 && rate < 10;
}

template <typename Clocks>
void BasicSteadyClock<Clocks>::RefreshWall(int64_t nanos) {
  const int64_t wall = clocks_.WallNow();
  int64_t into_second = wall % kSecondNanos;
  if (into_second < 0) into_second += kSecondNanos;  // before 1970
  wall_ = UnixSeconds{(wall - into_second) / kSecondNanos};
  refresh_at_nanos_ = nanos + std::min(kSpanNanos, kSecondNanos - into_second);
}

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_BASE_STEADY_CLOCK_H_
