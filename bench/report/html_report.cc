#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bench/report/chart.h"
#include "bench/report/report.h"

namespace tollgate::bench {
namespace {

constexpr std::string_view kPrimitive = "primitive";
constexpr std::string_view kKnown = "/known";

// Colours that differ for most eyes, on paper too; no fonts, no scripts.
constexpr std::string_view kStyle = R"(
:root { color-scheme: light dark;
  --ink: #1b1f24; --soft: #59636e; --paper: #ffffff; --rule: #d5dae0;
  --met: #1a7f37; --missed: #b42318; --tint: #f4f6f8;
  --c0: #0b63c4; --c1: #c2570c; --c2: #16803c; --c3: #7c3aad;
  --c4: #b3154a; --c5: #6b6f76; --c6: #0e7490; --c7: #8a6a00; }
@media (prefers-color-scheme: dark) { :root {
  --ink: #e6eaef; --soft: #9aa5b1; --paper: #14181d; --rule: #343b44;
  --met: #56d364; --missed: #ff8a7a; --tint: #1d232a;
  --c0: #6cb0ff; --c1: #ffa25c; --c2: #5fd38a; --c3: #c79bf2;
  --c4: #ff86ab; --c5: #a9b1bb; --c6: #58cfe8; --c7: #e0c04c; } }
@media print { :root { --ink: #000; --soft: #333; --paper: #fff; }
  section { break-inside: avoid; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink);
  background: var(--paper); max-width: 76rem; margin: 2rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .4rem; }
p, figcaption { color: var(--soft); max-width: 46rem; margin: .3rem 0 .8rem; }
table { border-collapse: collapse; width: 100%; font-size: .86rem;
  font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .25rem .6rem; border-bottom: 1px solid var(--rule);
  white-space: nowrap; }
th { color: var(--soft); font-weight: 600; } tbody tr:hover { background: var(--tint); }
.t { text-align: left; white-space: normal; } code { font-size: .95em; }
.met { color: var(--met); } .missed { color: var(--missed); font-weight: 600; }
.wide { overflow-x: auto; } figure { margin: 1rem 0; }
svg { width: 100%; max-width: 46rem; height: auto; }
svg .label { font: 12px system-ui, sans-serif; fill: var(--ink); }
svg .grid { stroke: var(--rule); } svg .axis { stroke: var(--soft); }
svg .line { fill: none; stroke-width: 2; }
)";

std::string Style() {
  std::string style(kStyle);
  for (size_t i = 0; i < kChartColours; ++i) {
    absl::StrAppendFormat(&style,
                          ".s%1$d.line { stroke: var(--c%1$d); } .s%1$d.fill { "
                          "fill: var(--c%1$d); }\n",
                          static_cast<int>(i));
  }
  return style;
}

std::string Head(std::string_view cell, bool text = false) {
  return absl::StrCat("<th", text ? " class=\"t\"" : "", ">",
                      EscapeMarkup(cell), "</th>");
}

std::string Text(std::string_view cell) {
  return absl::StrCat("<td class=\"t\">", EscapeMarkup(cell), "</td>");
}

std::string Number(std::string_view cell) {
  return absl::StrCat("<td>", EscapeMarkup(cell), "</td>");
}

std::string Nanos(double nanos) {
  return Number(absl::StrFormat("%.*f", nanos < 100 ? 1 : 0, nanos));
}

std::string Table(std::string_view head, std::string_view rows) {
  return absl::StrCat("<div class=\"wide\"><table><thead><tr>", head,
                      "</tr></thead><tbody>\n", rows,
                      "</tbody></table></div>\n");
}

std::string Section(std::string_view title, std::string_view about,
                    std::string_view content) {
  if (content.empty()) return "";
  return absl::StrCat("<section><h2>", EscapeMarkup(title), "</h2>\n<p>",
                      EscapeMarkup(about), "</p>\n", content, "</section>\n");
}

std::string MachineTable(const Report& report, std::string_view raw) {
  const bench::Machine& machine = report.machine;
  std::string rows;
  const auto row = [&rows](std::string_view name, std::string_view value) {
    if (!value.empty()) {
      absl::StrAppend(&rows, "<tr>", Text(name), Text(value), "</tr>\n");
    }
  };
  row("processor", absl::StrCat(machine.processor, ", ", machine.processors,
                                " processors, ", machine.caches));
  row("system", machine.system);
  row("load before", absl::StrFormat("%.2f", machine.load));
  row("compiler", machine.compiler);
  row("commit", machine.commit);
  row("command", report.command);
  row("timer", absl::StrFormat("%.1f ns a reading, taken off each latency",
                               report.timer_nanos));
  return absl::StrCat(
      "<table><tbody>", rows, "</tbody></table>\n<p>Raw data: <a href=\"",
      EscapeMarkup(raw), "\">", EscapeMarkup(raw), "</a></p>\n");
}

std::string Headline(const Report& report) {
  std::string rows;
  for (const PathFigures& path : report.paths) {
    if (path.strategy() == kPrimitive) continue;
    const Percentiles latency = path.latency.value_or(Percentiles());
    absl::StrAppend(
        &rows, "<tr data-path=\"", EscapeMarkup(path.name), "\">",
        "<td class=\"t\"><code>", EscapeMarkup(path.name), "</code></td>",
        Text(path.meaning), Nanos(path.nanos.median),
        Number(absl::StrFormat("%.1f..%.1f", path.nanos.low, path.nanos.high)),
        Number(ShortNumber(path.calls_per_second())), Nanos(latency.p50),
        Nanos(latency.p99), Nanos(latency.p999),
        Number(absl::StrFormat("%.1f", path.allocations)),
        Number(path.floor.empty()
                   ? ""
                   : absl::StrFormat("%.2fx", path.floor_ratio.median)),
        "</tr>\n");
  }
  if (rows.empty()) return "";
  return Table(
      absl::StrCat(Head("path", true), Head("a credential that is", true),
                   Head("ns"), Head("95 % interval"),
                   Head("a second, one core"), Head("p50"), Head("p99"),
                   Head("p99.9"), Head("allocations"), Head("/ floor")),
      rows);
}

// What every strategy's good, known credential costs.
std::string Bars(const Report& report) {
  std::vector<Bar> bars;
  for (const PathFigures& path : report.paths) {
    if (path.stages.empty() || !absl::EndsWith(path.name, kKnown)) continue;
    Bar bar{.label = path.name, .parts = {}, .value = ""};
    double sum = 0;
    for (const Part& stage : path.stages) {
      bar.parts.push_back({stage.name, stage.nanos});
      sum += stage.nanos;
    }
    bar.value = absl::StrCat(ShortNumber(sum), " ns");
    bars.push_back(std::move(bar));
  }
  return BarChart("Nanoseconds of each stage", bars);
}

std::string Floors(const Report& report) {
  std::string rows;
  for (const PathFigures& path : report.paths) {
    if (path.floor.empty()) continue;
    double sum = 0;
    std::string parts;
    for (const Part& part : path.floor) {
      sum += part.nanos;
      absl::StrAppendFormat(&parts, "%s%s %.1f", parts.empty() ? "" : " + ",
                            part.name.substr(part.name.find('/') + 1),
                            part.nanos);
    }
    absl::StrAppend(&rows, "<tr><td class=\"t\"><code>",
                    EscapeMarkup(path.name), "</code></td>",
                    Nanos(path.nanos.median), Nanos(sum),
                    Number(absl::StrFormat("%.2fx", path.floor_ratio.median)),
                    Number(absl::StrFormat("%.2f..%.2f", path.floor_ratio.low,
                                           path.floor_ratio.high)),
                    Text(parts), "</tr>\n");
  }
  if (rows.empty()) return "";
  return Table(absl::StrCat(Head("path", true), Head("ns"), Head("floor ns"),
                            Head("ratio"), Head("95 % interval"),
                            Head("what it can not do without, ns", true)),
               rows);
}

std::string Counters(const Report& report) {
  std::string rows;
  for (const PathFigures& path : report.paths) {
    if (!path.counts.has_value()) continue;
    const CallCounts& counts = *path.counts;
    absl::StrAppend(
        &rows, "<tr><td class=\"t\"><code>", EscapeMarkup(path.name),
        "</code></td>", Number(absl::StrFormat("%.0f", counts.instructions)),
        Number(absl::StrFormat("%.0f", counts.cycles)),
        Number(absl::StrFormat("%.2f", counts.cycles > 0
                                           ? counts.instructions / counts.cycles
                                           : 0)),
        Number(absl::StrFormat("%.2f", counts.branch_misses)),
        Number(absl::StrFormat("%.2f", counts.cache_misses)), "</tr>\n");
  }
  if (rows.empty()) return "";
  return Table(
      absl::StrCat(Head("path", true), Head("instructions"), Head("cycles"),
                   Head("IPC"), Head("branch misses"), Head("cache misses")),
      rows);
}

std::string PercentilePlot(const Report& report) {
  std::vector<Series> series;
  for (const PathFigures& path : report.paths) {
    if (!path.open_loop.has_value() || !absl::EndsWith(path.name, kKnown)) {
      continue;
    }
    const Percentiles& latency = path.open_loop->latency;
    series.push_back({path.name,
                      {{2, latency.p50},
                       {10, latency.p90},
                       {100, latency.p99},
                       {1000, latency.p999},
                       {10000, latency.p9999}}});
  }
  const Axis x = {
      "percentile",
      true,
      {{2, "50"}, {10, "90"}, {100, "99"}, {1000, "99.9"}, {10000, "99.99"}}};
  return LineChart("Latency at half load", x, {"ns", true, {}}, series);
}

std::string Latencies(const Report& report) {
  std::string rows;
  for (const PathFigures& path : report.paths) {
    const auto row = [&](std::string_view how, const Percentiles& latency) {
      absl::StrAppend(&rows, "<tr><td class=\"t\"><code>",
                      EscapeMarkup(path.name), "</code></td>", Text(how),
                      Nanos(latency.p50), Nanos(latency.p90),
                      Nanos(latency.p99), Nanos(latency.p999),
                      Nanos(latency.p9999), Nanos(latency.max), "</tr>\n");
    };
    if (path.latency.has_value()) row("one after the other", *path.latency);
    if (path.open_loop.has_value()) {
      row(absl::StrCat(ShortNumber(path.open_loop->per_second),
                       " a second, due at their times"),
          path.open_loop->latency);
    }
  }
  if (rows.empty()) return "";
  return Table(absl::StrCat(Head("path", true), Head("calls", true),
                            Head("p50"), Head("p90"), Head("p99"),
                            Head("p99.9"), Head("p99.99"), Head("max")),
               rows);
}

std::string ScalingPlot(const Report& report) {
  std::vector<Series> series;
  std::vector<std::pair<double, std::string>> ticks;
  for (const Scaling& scaling : report.scaling) {
    Series curve{scaling.path, {}};
    for (const Scaling::Point& point : scaling.points) {
      curve.points.push_back(
          {static_cast<double>(point.threads), 1e9 / point.nanos.median});
      if (series.empty()) {
        ticks.push_back(
            {static_cast<double>(point.threads), absl::StrCat(point.threads)});
      }
    }
    series.push_back(std::move(curve));
  }
  return LineChart("Validations a second by threads",
                   {"threads", false, std::move(ticks)},
                   {"validations a second", false, {}}, series);
}

std::string Transfers(const Report& report) {
  std::string rows;
  for (const Scaling& scaling : report.scaling) {
    for (const Scaling::Point& point : scaling.points) {
      const double extra = scaling.extra_nanos(point);
      absl::StrAppend(
          &rows, "<tr><td class=\"t\"><code>", EscapeMarkup(scaling.path),
          "</code></td>", Number(absl::StrCat(point.threads)),
          Number(ShortNumber(1e9 / point.nanos.median)),
          Nanos(point.nanos.median * static_cast<double>(point.threads)),
          Nanos(extra),
          Number(
              report.line_transfer_nanos > 0
                  ? absl::StrFormat("%.2f", extra / report.line_transfer_nanos)
                  : ""),
          "</tr>\n");
    }
  }
  if (rows.empty()) return "";
  return Table(absl::StrCat(Head("path", true), Head("threads"),
                            Head("calls a second"), Head("ns of a call"),
                            Head("extra ns"), Head("line transfers")),
               rows) +
         absl::StrFormat(
             "<p>A cache line takes %.0f ns from one processor to another; the "
             "extra time of a call, in such transfers.</p>\n",
             report.line_transfer_nanos);
}

std::string Peers(const Report& report) {
  std::string rows;
  for (const PeerGroup& group : report.peers) {
    double ours = 0;
    for (const PeerGroup::Entry& entry : group.entries) {
      if (entry.ours) ours = entry.nanos.median;
    }
    for (const PeerGroup::Entry& entry : group.entries) {
      absl::StrAppend(
          &rows, "<tr>", Text(group.task), Text(entry.name),
          Nanos(entry.nanos.median),
          Number(
              absl::StrFormat("%.1f..%.1f", entry.nanos.low, entry.nanos.high)),
          Number(ours > 0 ? absl::StrFormat("%.2fx", entry.nanos.median / ours)
                          : ""),
          "</tr>\n");
    }
  }
  if (rows.empty()) return "";
  return Table(absl::StrCat(Head("task", true), Head("by", true), Head("ns"),
                            Head("95 % interval"), Head("/ ours")),
               rows);
}

std::string Claims(const Report& report) {
  std::string rows;
  for (const Claim& claim : report.claims) {
    const bool at_most = claim.bound == Claim::Bound::kAtMost;
    const auto value = [&claim](double number) {
      return absl::StrFormat("%.*f%s", claim.decimals, number, claim.unit);
    };
    absl::StrAppend(
        &rows, "<tr>", Text(claim.text), Number(value(claim.measured.median)),
        Number(absl::StrFormat("%.*f..%.*f", claim.decimals, claim.measured.low,
                               claim.decimals, claim.measured.high)),
        Number(absl::StrCat(at_most ? "≤ " : "≥ ", value(claim.required))),
        "<td class=\"", claim.met() ? "met" : "missed", "\">",
        claim.met() ? "met" : "not met",
        claim.borderline() ? " (borderline)" : "", "</td></tr>\n");
  }
  if (rows.empty()) return "";
  return Table(absl::StrCat(Head("claim", true), Head("measured"),
                            Head("95 % interval"), Head("required"), Head("")),
               rows);
}

std::string Figures(const Report& report) {
  std::string rows;
  for (const Figure& figure : report.figures) {
    absl::StrAppend(&rows, "<tr>", Text(figure.name),
                    Nanos(figure.nanos.median),
                    Number(absl::StrFormat("%.1f..%.1f", figure.nanos.low,
                                           figure.nanos.high)),
                    Number(ShortNumber(figure.calls_per_second())), "</tr>\n");
  }
  if (rows.empty()) return "";
  return Table(absl::StrCat(Head("case", true), Head("ns"),
                            Head("95 % interval"), Head("calls a second")),
               rows);
}

std::string Memory(const Report& report) {
  std::string rows;
  for (const StrategyCost& cost : report.costs) {
    if (cost.credential_bytes <= 0) continue;
    absl::StrAppend(&rows, "<tr>", Text(cost.strategy),
                    Number(absl::StrFormat("%.1f", cost.credential_bytes)),
                    "</tr>\n");
  }
  if (rows.empty()) return "";
  return Table(absl::StrCat(Head("strategy", true), Head("bytes a credential")),
               rows);
}

std::string Notes(const Report& report) {
  std::string items;
  for (const std::string& note : report.notes) {
    absl::StrAppend(&items, "<p>", EscapeMarkup(note), "</p>\n");
  }
  return items;
}

}  // namespace

std::string FormatHtml(const Report& report, std::string_view raw) {
  return absl::StrCat(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width\">\n"
      "<title>Tollgate: validations per second</title><style>",
      Style(),
      "</style></head><body>\n<h1>Tollgate: validations per second</h1>\n",
      Section("Every path",
              "Processor time of one call on one thread: clock "
              "read, request with its headers, decision checked. Each call "
              "presents another credential. Percentiles are of single calls, "
              "one after the other.",
              Headline(report)),
      Section("Where the time goes",
              "Medians of each stage of a decision about "
              "a known credential, by Worker::Explain; each holds a clock "
              "reading of its own.",
              Bars(report)),
      Section(
          "The floor",
          "The primitives that a path can not do without, each "
          "measured by itself in the same run, and what the path takes "
          "beside their sum. Below one: parts overlap, or were done before.",
          Floors(report)),
      Section("Latency at half load",
              "Calls are due at their own times, at "
              "half the rate that the thread can do; a latency counts from "
              "when a call was due.",
              PercentilePlot(report)),
      Section("Scaling", "One engine, each thread on a processor of its own.",
              absl::StrCat(ScalingPlot(report), Transfers(report))),
      Section("Beside others", "The same work in the same run, in turn.",
              Peers(report)),
      Section("Claims", "Ratios are medians over interleaved rounds.",
              Claims(report)),
      Section("Processor's counters", "Of one call, in user mode.",
              Counters(report)),
      Section("All latencies", "Nanoseconds.", Latencies(report)),
      Section("Memory", "", Memory(report)),
      Section("All cases", "Of the claims.", Figures(report)),
      Section("Notes", "", Notes(report)),
      Section("Machine and build", "", MachineTable(report, raw)),
      "</body></html>\n");
}

}  // namespace tollgate::bench
