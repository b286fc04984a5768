// Medians and what is known of them.
//
// Durations on a shared machine have a long tail on one side, so nothing here
// is a mean. The interval of a median is the one of order statistics (a sign
// test turned round), which assumes no distribution.

#ifndef TOLLGATE_BENCH_SUPPORT_STATISTICS_H_
#define TOLLGATE_BENCH_SUPPORT_STATISTICS_H_

#include <vector>

namespace tollgate::bench {

// A median and the interval that holds it with 95 percent confidence. With
// fewer than six values the interval is all of them.
struct Estimate {
  double median = 0;
  double low = 0;
  double high = 0;
};

// REQUIRES: `values` is not empty.
Estimate MedianOf(std::vector<double> values);

// Estimates a[i] / b[i], or a[i] - b[i]: series of one interleaved run, in
// which what disturbed round i disturbed both.
Estimate RatioOf(const std::vector<double>& a, const std::vector<double>& b);
Estimate DifferenceOf(const std::vector<double>& a,
                      const std::vector<double>& b);

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_SUPPORT_STATISTICS_H_
