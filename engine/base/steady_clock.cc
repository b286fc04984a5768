#include "engine/base/steady_clock.h"

#include <ctime>
#include <fstream>
#include <string>

namespace tollgate {
namespace {

int64_t ReadNanos(clockid_t clock) {
  timespec time = {};
  // Cannot fail: both clocks exist on every Linux, and the pointer is valid.
  clock_gettime(clock, &time);
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

// The kernel gives up its "tsc" clock source when its watchdog finds that the
// counters of the processors are uneven or differ.
bool KernelRunsOnTicks() {
  std::ifstream file(
      "/sys/devices/system/clocksource/clocksource0/current_clocksource");
  std::string name;
  return static_cast<bool>(file >> name) && name == "tsc";
}

}  // namespace

bool SystemClocks::TicksAreSteady() const {
  static const bool steady = KernelRunsOnTicks();
  return steady;
}

int64_t SystemClocks::MonotonicNow() const {
  return ReadNanos(CLOCK_MONOTONIC);
}

int64_t SystemClocks::WallNow() const { return ReadNanos(CLOCK_REALTIME); }

}  // namespace tollgate
