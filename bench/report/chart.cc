#include "bench/report/chart.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace tollgate::bench {
namespace {

constexpr double kWidth = 720;

// Maps values to places on the paper.
class Scale {
 public:
  Scale(double least, double most, double from, double to, bool logarithmic)
      : logarithmic_(logarithmic),
        low_(Of(least)),
        span_(std::max(Of(most) - low_, 1e-9)),
        from_(from),
        to_(to) {}

  double operator()(double value) const {
    return from_ + (Of(value) - low_) / span_ * (to_ - from_);
  }

 private:
  double Of(double value) const {
    return logarithmic_ ? std::log10(std::max(value, 1e-3)) : value;
  }

  bool logarithmic_;
  double low_;
  double span_;
  double from_;
  double to_;
};

// One, two or five times a power of ten, so that some five fit below `most`.
std::vector<std::pair<double, std::string>> RoundTicks(double most) {
  const double rough = most / 5;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (rough <= factor * power) {
      step = factor * power;
      break;
    }
  }
  std::vector<std::pair<double, std::string>> ticks;
  for (double at = 0; at < most + step / 2; at += step) {
    ticks.push_back({at, ShortNumber(at)});
  }
  return ticks;
}

std::vector<std::pair<double, std::string>> PowerTicks(double least,
                                                       double most) {
  std::vector<std::pair<double, std::string>> ticks;
  double at = std::pow(10, std::floor(std::log10(std::max(least, 1e-3))));
  for (;; at *= 10) {
    ticks.push_back({at, ShortNumber(at)});
    if (at >= most) return ticks;
  }
}

std::vector<std::pair<double, std::string>> TicksOf(const Axis& axis,
                                                    double least, double most) {
  if (!axis.ticks.empty()) return axis.ticks;
  return axis.logarithmic ? PowerTicks(least, most) : RoundTicks(most);
}

std::string Text(double x, double y, std::string_view anchor,
                 std::string_view text) {
  return absl::StrFormat(
      "<text class=\"label\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s"
      "</text>\n",
      x, y, anchor, EscapeMarkup(text));
}

std::string Line(std::string_view kind, double x1, double y1, double x2,
                 double y2) {
  return absl::StrFormat(
      "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
      kind, x1, y1, x2, y2);
}

std::string Open(std::string_view title, double height) {
  return absl::StrFormat(
      "<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" "
      "xmlns=\"http://www.w3.org/2000/svg\"><title>%s</title>\n",
      kWidth, height, EscapeMarkup(title));
}

// Where the names of the series stand: at their last points, moved apart.
std::vector<double> Places(const std::vector<Series>& series, const Scale& y) {
  constexpr double kLine = 14;
  std::vector<std::pair<double, size_t>> order;
  for (size_t i = 0; i < series.size(); ++i) {
    order.push_back({y(series[i].points.back().second), i});
  }
  std::sort(order.begin(), order.end());
  std::vector<double> places(series.size());
  double least = -1e9;
  for (const auto& [at, i] : order) {
    places[i] = std::max(at, least);
    least = places[i] + kLine;
  }
  return places;
}

std::string Curve(const Series& series, size_t colour, const Scale& x,
                  const Scale& y) {
  std::string points, marks;
  for (const auto& [at, value] : series.points) {
    absl::StrAppendFormat(&points, "%.1f,%.1f ", x(at), y(value));
    absl::StrAppendFormat(
        &marks,
        "<circle class=\"s%d fill\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"><title>%s: "
        "%s</title></circle>\n",
        static_cast<int>(colour), x(at), y(value), EscapeMarkup(series.name),
        ShortNumber(value));
  }
  return absl::StrFormat("<polyline class=\"s%d line\" points=\"%s\"/>\n%s",
                         static_cast<int>(colour), points, marks);
}

}  // namespace

std::string EscapeMarkup(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string ShortNumber(double value) {
  constexpr struct {
    double unit;
    std::string_view name;
  } kUnits[] = {{1e9, " G"}, {1e6, " M"}, {1e3, " k"}};
  std::string_view name;
  for (const auto& unit : kUnits) {
    // What would be rounded up to the next unit has that one.
    if (std::abs(value) < 0.9995 * unit.unit) continue;
    value /= unit.unit;
    name = unit.name;
    break;
  }
  const double size = std::abs(value);
  const int decimals = size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
  std::string text = absl::StrFormat("%.*f", decimals, value);
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  return absl::StrCat(text, name);
}

std::string LineChart(std::string_view title, const Axis& x, const Axis& y,
                      const std::vector<Series>& series) {
  if (series.empty()) return "";
  constexpr double kHeight = 300, kLeft = 64, kRight = 560, kTop = 16,
                   kBottom = 252;
  double x_low = 1e300, x_high = -1e300, y_low = 1e300, y_high = -1e300;
  for (const Series& each : series) {
    for (const auto& [at, value] : each.points) {
      x_low = std::min(x_low, at);
      x_high = std::max(x_high, at);
      y_low = std::min(y_low, value);
      y_high = std::max(y_high, value);
    }
  }
  if (x_low > x_high) return "";
  const auto y_ticks = TicksOf(y, y_low, y_high);
  const Scale to_x(x_low, x_high, kLeft, kRight, x.logarithmic);
  const Scale to_y(std::min(y_low, y_ticks.front().first),
                   std::max(y_high, y_ticks.back().first), kBottom, kTop,
                   y.logarithmic);
  std::string svg = Open(title, kHeight);
  for (const auto& [at, label] : y_ticks) {
    svg += Line("grid", kLeft, to_y(at), kRight, to_y(at));
    svg += Text(kLeft - 8, to_y(at) + 4, "end", label);
  }
  for (const auto& [at, label] : TicksOf(x, x_low, x_high)) {
    if (at < x_low || at > x_high) continue;
    svg += Text(to_x(at), kBottom + 18, "middle", label);
  }
  svg += Line("axis", kLeft, kBottom, kRight, kBottom);
  svg += Text((kLeft + kRight) / 2, kHeight - 8, "middle", x.title);
  svg += Text(4, 11, "start", y.title);
  const std::vector<double> places = Places(series, to_y);
  for (size_t i = 0; i < series.size(); ++i) {
    svg += Curve(series[i], i % kChartColours, to_x, to_y);
    svg += Text(kRight + 8, places[i] + 4, "start", series[i].name);
  }
  return svg + "</svg>\n";
}

std::string BarChart(std::string_view title, const std::vector<Bar>& bars) {
  if (bars.empty()) return "";
  constexpr double kRow = 26, kBar = 16, kLeft = 190, kRight = 600, kTop = 30;
  double most = 0;
  std::vector<std::string> names;
  for (const Bar& bar : bars) {
    double sum = 0;
    for (const auto& [name, value] : bar.parts) {
      sum += value;
      if (std::find(names.begin(), names.end(), name) == names.end()) {
        names.push_back(name);
      }
    }
    most = std::max(most, sum);
  }
  const Scale scale(0, most, 0, kRight - kLeft, false);
  const double height = kTop + kRow * static_cast<double>(bars.size());
  std::string svg = Open(title, height);
  double at = 8;
  for (size_t i = 0; i < names.size(); ++i) {
    absl::StrAppendFormat(
        &svg,
        "<rect class=\"s%d fill\" x=\"%.1f\" y=\"4\" width=\"10\" "
        "height=\"10\"/>\n",
        static_cast<int>(i % kChartColours), at);
    svg += Text(at + 14, 13, "start", names[i]);
    at += 32 + 6.6 * static_cast<double>(names[i].size());
  }
  double y = kTop;
  for (const Bar& bar : bars) {
    double x = kLeft;
    for (const auto& [name, value] : bar.parts) {
      const auto place = std::find(names.begin(), names.end(), name);
      absl::StrAppendFormat(
          &svg,
          "<rect class=\"s%d fill\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
          "height=\"%.0f\"><title>%s: %s</title></rect>\n",
          static_cast<int>(static_cast<size_t>(place - names.begin()) %
                           kChartColours),
          x, y, std::max(scale(value), 0.5), kBar, EscapeMarkup(name),
          ShortNumber(value));
      x += scale(value);
    }
    svg += Text(kLeft - 8, y + 12, "end", bar.label);
    svg += Text(x + 8, y + 12, "start", bar.value);
    y += kRow;
  }
  return svg + "</svg>\n";
}

}  // namespace tollgate::bench
