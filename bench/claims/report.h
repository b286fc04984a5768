// What a run of the table found: claims, and the figures behind them.
//
// Thread-safety: one thread.

#ifndef TOLLGATE_BENCH_CLAIMS_REPORT_H_
#define TOLLGATE_BENCH_CLAIMS_REPORT_H_

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

struct Report {
  Machine machine;
  std::string command;
  std::vector<Claim> claims;
  std::vector<Figure> figures;
  std::vector<StrategyCost> costs;
  std::vector<std::string> notes;

  // The cost of `strategy`, added when there is none yet.
  StrategyCost& CostOf(std::string_view strategy);

  bool all_met() const;
};

// For people, and for programs (one JSON object and a line break).
std::string FormatText(const Report& report);
std::string FormatJson(const Report& report);

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_CLAIMS_REPORT_H_
