#include "bench/support/event_counters.h"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace tollgate::bench {
namespace {

constexpr std::array<uint64_t, 4> kConfigs = {
    PERF_COUNT_HW_INSTRUCTIONS, PERF_COUNT_HW_CPU_CYCLES,
    PERF_COUNT_HW_BRANCH_MISSES, PERF_COUNT_HW_CACHE_MISSES};

int Open(uint64_t config, int group) {
  perf_event_attr attributes = {};
  attributes.type = PERF_TYPE_HARDWARE;
  attributes.size = sizeof(attributes);
  attributes.config = config;
  attributes.exclude_kernel = 1;
  attributes.exclude_hv = 1;
  attributes.read_format = PERF_FORMAT_GROUP;
  return static_cast<int>(
      syscall(SYS_perf_event_open, &attributes, 0, -1, group, 0));
}

std::string WhyNot(int error) {
  if (error == EACCES || error == EPERM) {
    return "forbidden; sysctl kernel.perf_event_paranoid=2 allows them";
  }
  if (error == ENOENT || error == EOPNOTSUPP || error == ENODEV) {
    return "this machine has none, as most virtual ones";
  }
  return absl::StrCat("perf_event_open: ", std::strerror(error));
}

}  // namespace

EventCounters::EventCounters() {
  files_.fill(-1);
  for (size_t i = 0; i < kEvents; ++i) {
    files_[i] = Open(kConfigs[i], i == 0 ? -1 : files_[0]);
    if (files_[i] >= 0) continue;
    why_not_ = WhyNot(errno);
    Close();
    return;
  }
}

EventCounters::~EventCounters() { Close(); }

void EventCounters::Close() {
  for (int& file : files_) {
    if (file >= 0) close(file);
    file = -1;
  }
}

std::optional<EventCounters::Counts> EventCounters::Read() const {
  if (!available()) return std::nullopt;
  std::array<uint64_t, 1 + kEvents> values = {};  // how many, and each
  if (read(files_[0], values.data(), sizeof(values)) !=
      static_cast<ssize_t>(sizeof(values))) {
    return std::nullopt;
  }
  return Counts{values[1], values[2], values[3], values[4]};
}

}  // namespace tollgate::bench
