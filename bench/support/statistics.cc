#include "bench/support/statistics.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>

#include "bench/support/check.h"

namespace tollgate::bench {
namespace {

std::vector<double> Combine(
    const std::vector<double>& a, const std::vector<double>& b,
    const std::function<double(double, double)>& combine) {
  Require(a.size() == b.size() && !a.empty(), "series of different lengths");
  std::vector<double> result(a.size());
  std::transform(a.begin(), a.end(), b.begin(), result.begin(), combine);
  return result;
}

}  // namespace

Estimate MedianOf(std::vector<double> values) {
  Require(!values.empty(), "the median of nothing");
  std::sort(values.begin(), values.end());
  const size_t n = values.size();
  const double median = (values[(n - 1) / 2] + values[n / 2]) / 2;
  // The number of values below the median is binomial(n, 1/2): normal enough.
  const double reach = 0.98 * std::sqrt(static_cast<double>(n));
  const double low = std::floor((static_cast<double>(n) - 1) / 2 - reach);
  const size_t first = n < 6 || low < 0 ? 0 : static_cast<size_t>(low);
  return {median, values[first], values[n - 1 - first]};
}

Estimate RatioOf(const std::vector<double>& a, const std::vector<double>& b) {
  return MedianOf(Combine(a, b, std::divides<double>()));
}

Estimate DifferenceOf(const std::vector<double>& a,
                      const std::vector<double>& b) {
  return MedianOf(Combine(a, b, std::minus<double>()));
}

}  // namespace tollgate::bench
