// Whether one run of the benchmarks is faster or slower than another.
//
// A report has one time for each path and round (`rounds` of its JSON), or, of
// several runs, one for each run: their medians, since two runs of one program
// differ by more than its rounds do. Two series are compared by the
// Mann-Whitney U test, which asks nothing of how the times are distributed;
// over all paths the chance of a false alarm is held down by Holm's method. A
// difference counts if it is unlikely to be chance *and* at least as large as
// people care for.
//
// Thread-safety: pure functions. Source: Mann and Whitney, 1947; Holm, 1979;
// the effect size is Cliff's delta.

#ifndef TOLLGATE_BENCH_COMPARE_COMPARE_H_
#define TOLLGATE_BENCH_COMPARE_COMPARE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace tollgate::bench {

// The outcome of a Mann-Whitney U test, two-sided.
struct RankTest {
  double u = 0;      // of the first sample
  double p = 1;      // the chance of a difference at least as large
  double delta = 0;  // -1: all of `a` are above all of `b`; 1: below
};

// Exact for small samples without equal values, else the normal approximation
// with corrections for ties and continuity.
RankTest TestRanks(const std::vector<double>& a, const std::vector<double>& b);

struct CompareOptions {
  double chance = 0.01;      // of any false alarm
  double difference = 0.03;  // of medians; less does not count
};

struct Comparison {
  enum class Outcome { kNoChange, kFaster, kSlower };

  std::string path;
  double old_nanos = 0;
  double new_nanos = 0;
  RankTest test;
  double adjusted_p = 1;  // Holm's, over all paths
  Outcome outcome = Outcome::kNoChange;

  double ratio() const { return new_nanos / old_nanos; }
};

// The times of one path.
struct Samples {
  std::string path;
  std::vector<double> nanos;
};

// Reads the times of all paths of `reports`, JSON texts. Errors: what is no
// report, or reports without a path in common (InvalidArgument).
absl::StatusOr<std::vector<Samples>> ReadSamples(
    const std::vector<std::string>& reports);

// Compares the paths that both have, in the order of `olds`.
std::vector<Comparison> Compare(const std::vector<Samples>& olds,
                                const std::vector<Samples>& news,
                                const CompareOptions& options);

// A table, and a line that says how it went.
std::string FormatComparisons(const std::vector<Comparison>& comparisons);

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_COMPARE_COMPARE_H_
