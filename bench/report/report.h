// What a run of the benchmarks found: claims and the figures behind them, every
// path with its latency, counters and floor, scaling, and peers.
//
// A report is written as text for a terminal, as JSON for programs (the raw
// data: tools/bench_compare, `tollgate recommend`), as one HTML file for people
// and as Markdown for a README; all say the same.
//
// Thread-safety: one thread.

#ifndef TOLLGATE_BENCH_REPORT_REPORT_H_
#define TOLLGATE_BENCH_REPORT_REPORT_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/support/machine.h"
#include "bench/support/statistics.h"

namespace tollgate::bench {

// A requirement on one number.
struct Claim {
  enum class Bound { kAtMost, kAtLeast };

  std::string text;
  Bound bound = Bound::kAtMost;
  double required = 0;
  Estimate measured;
  std::string unit;  // behind the number: "x", " s"
  int decimals = 2;

  // By the median; `borderline` when its interval holds the requirement.
  bool met() const;
  bool borderline() const;
};

// The time of one case.
struct Figure {
  std::string name;
  Estimate nanos;  // per call, of all threads together
  double calls_per_second() const { return 1e9 / nanos.median; }
};

// What a strategy costs, for the advisor (tollgate recommend).
struct StrategyCost {
  std::string strategy;
  double nanos = 0;             // a validation, on one core
  double credential_bytes = 0;  // of memory; zero: not measured
};

// Nanoseconds of single calls.
struct Percentiles {
  double p50 = 0;
  double p90 = 0;
  double p99 = 0;
  double p999 = 0;
  double p9999 = 0;
  double max = 0;
};

// Calls that are due at their own times, whatever the calls before took: a
// latency counts from when a call was due (no coordinated omission).
struct OpenLoop {
  double per_second = 0;
  Percentiles latency;
};

// Of one call, by the processor's counters.
struct CallCounts {
  double instructions = 0;
  double cycles = 0;
  double branch_misses = 0;
  double cache_misses = 0;
};

// A part of a whole: a primitive of a floor, a stage of a decision.
struct Part {
  std::string name;
  double nanos = 0;
};

// What is known of one path (bench/paths/path.h).
struct PathFigures {
  std::string name;
  std::string meaning;
  Estimate nanos;  // processor time of a call, on one thread
  std::vector<double> rounds;
  double allocations = 0;
  std::optional<CallCounts> counts;
  std::optional<Percentiles> latency;  // one call after the other
  std::optional<OpenLoop> open_loop;
  std::vector<Part> floor;
  Estimate floor_ratio;  // zero without a floor
  std::vector<Part> stages;

  double calls_per_second() const { return 1e9 / nanos.median; }
  std::string_view strategy() const {
    return std::string_view(name).substr(0, name.find('/'));
  }
};

// A path on several threads of one engine.
struct Scaling {
  struct Point {
    size_t threads = 0;
    Estimate nanos;  // wall time, divided by the calls of all threads
  };

  std::string path;
  std::vector<Point> points;

  // What a thread takes longer for a call than the first alone, of `point`.
  double extra_nanos(const Point& point) const {
    return point.nanos.median * static_cast<double>(point.threads) -
           points.front().nanos.median;
  }
};

// Others that do the same, measured in one interleaved run.
struct PeerGroup {
  struct Entry {
    std::string name;
    Estimate nanos;
    bool ours = false;
  };

  std::string task;
  std::vector<Entry> entries;
};

struct Report {
  Machine machine;
  std::string command;
  double timer_nanos = 0;  // what reading the timer costs; taken off latencies
  double line_transfer_nanos = 0;  // of a cache line between two processors
  std::vector<Claim> claims;
  std::vector<PathFigures> paths;
  std::vector<Scaling> scaling;
  std::vector<PeerGroup> peers;
  std::vector<Figure> figures;
  std::vector<StrategyCost> costs;
  std::vector<std::string> notes;

  // The cost of `strategy`, added when there is none yet.
  StrategyCost& CostOf(std::string_view strategy);

  bool all_met() const;
};

// Each is whole, with a line break at its end.
std::string FormatText(const Report& report);
std::string FormatJson(const Report& report);
std::string FormatMarkdown(const Report& report);
// One file that loads nothing. `raw` is the name of the JSON beside it.
std::string FormatHtml(const Report& report, std::string_view raw);

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_REPORT_REPORT_H_
