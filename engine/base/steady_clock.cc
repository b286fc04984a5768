#include "engine/base/steady_clock.h"

#include <ctime>
#include <fstream>
#include <string>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace tollgate {
namespace {

int64_t ReadNanos(clockid_t clock) {
  timespec time = {};
  // Cannot fail: both clocks exist on every Linux, and the pointer is valid.
  clock_gettime(clock, &time);
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

// CPUID 0x80000007, EDX bit 8 (AMD APM volume 3 appendix E.4.6; Intel SDM
// volume 3 section 18.17.1): the counter runs at one rate in all states.
bool CounterIsInvariant() {
#if defined(__x86_64__)
  constexpr unsigned kPowerManagement = 0x80000007;
  constexpr unsigned kInvariant = 1u << 8;
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
  return __get_cpuid(kPowerManagement, &eax, &ebx, &ecx, &edx) != 0 &&
         (edx & kInvariant) != 0;
#else
  return false;
#endif
}

std::string ClockSource() {
  std::ifstream file(
      "/sys/devices/system/clocksource/clocksource0/current_clocksource");
  std::string name;
  file >> name;  // Stays empty where there is none.
  return name;
}

}  // namespace

bool internal::RunsOnTicks(std::string_view clock_source, bool invariant) {
  if (clock_source == "tsc") return true;
  const bool scaled = clock_source == "kvm-clock" ||
                      clock_source == "hyperv_clocksource_tsc_page";
  return scaled && invariant;
}

bool SystemClocks::TicksAreSteady() const {
  static const bool steady =
      internal::RunsOnTicks(ClockSource(), CounterIsInvariant());
  return steady;
}

int64_t SystemClocks::MonotonicNow() const {
  return ReadNanos(CLOCK_MONOTONIC);
}

int64_t SystemClocks::WallNow() const { return ReadNanos(CLOCK_REALTIME); }

}  // namespace tollgate
