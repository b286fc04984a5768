// The processor's own counters for the calling thread: instructions, cycles,
// branches and cache lines missed (perf_event_open, user mode only).
//
//   EventCounters counters;
//   const auto before = counters.Read();
//   ...
//   const auto after = counters.Read();    // null: this machine has none
//
// Many virtual machines have no counters, and kernel.perf_event_paranoid may
// forbid them; why_not() says which, for the report.
//
// Thread-safety: the thread that made it. Cost: a system call to read.

#ifndef TOLLGATE_BENCH_SUPPORT_EVENT_COUNTERS_H_
#define TOLLGATE_BENCH_SUPPORT_EVENT_COUNTERS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace tollgate::bench {

class EventCounters {
 public:
  struct Counts {
    uint64_t instructions = 0;
    uint64_t cycles = 0;
    uint64_t branch_misses = 0;
    uint64_t cache_misses = 0;
  };

  EventCounters();
  EventCounters(const EventCounters&) = delete;
  EventCounters& operator=(const EventCounters&) = delete;
  ~EventCounters();

  bool available() const { return why_not_.empty(); }
  // Empty when they are available.
  const std::string& why_not() const { return why_not_; }

  std::optional<Counts> Read() const;

 private:
  static constexpr size_t kEvents = 4;

  void Close();

  std::array<int, kEvents> files_;  // the first leads the group
  std::string why_not_;
};

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_SUPPORT_EVENT_COUNTERS_H_
