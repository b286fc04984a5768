// Charts as inline SVG, for a page whose style sheet gives the colours:
// classes `s0` to `s7` of series, `axis`, `grid`, and `label`.
//
// Everything in them is text of SVG: they load nothing, print well, and are
// read out by their titles. Cost: some microseconds. Errors: none; a chart of
// nothing is an empty string.

#ifndef TOLLGATE_BENCH_REPORT_CHART_H_
#define TOLLGATE_BENCH_REPORT_CHART_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tollgate::bench {

inline constexpr size_t kChartColours = 8;

// Returns `text` with what XML and HTML have a use for written as references.
std::string EscapeMarkup(std::string_view text);

// A number as people write it: three digits and a unit prefix ("12.4 M").
std::string ShortNumber(double value);

struct Axis {
  std::string title;
  bool logarithmic = false;
  // Where the grid's lines are, with their labels; empty: chosen.
  std::vector<std::pair<double, std::string>> ticks;
};

struct Series {
  std::string name;
  std::vector<std::pair<double, double>> points;  // x ascending
};

// Lines with a mark at each point and the series' name at its last.
std::string LineChart(std::string_view title, const Axis& x, const Axis& y,
                      const std::vector<Series>& series);

// Horizontal bars of parts, one behind the other; parts of one name have one
// colour. `value` stands behind the bar.
struct Bar {
  std::string label;
  std::vector<std::pair<std::string, double>> parts;
  std::string value;
};

std::string BarChart(std::string_view title, const std::vector<Bar>& bars);

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_REPORT_CHART_H_
