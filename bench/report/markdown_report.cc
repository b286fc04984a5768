#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "bench/report/chart.h"
#include "bench/report/report.h"

namespace tollgate::bench {
namespace {

std::string Cell(std::string_view text) {
  return absl::StrReplaceAll(text, {{"|", "\\|"}});
}

std::string Row(const PathFigures& path) {
  const Percentiles latency = path.latency.value_or(Percentiles());
  return absl::StrFormat(
      "| `%s` | %s | %s | %s | %s | %s | %s |\n", path.name, Cell(path.meaning),
      ShortNumber(path.nanos.median), ShortNumber(path.calls_per_second()),
      ShortNumber(latency.p99), ShortNumber(latency.p999),
      path.floor.empty() ? ""
                         : absl::StrFormat("%.2f", path.floor_ratio.median));
}

}  // namespace

std::string FormatMarkdown(const Report& report) {
  std::string text =
      "| path | a credential that is | ns | a second, one core | p99 ns | "
      "p99.9 ns | / floor |\n|---|---|---:|---:|---:|---:|---:|\n";
  for (const PathFigures& path : report.paths) {
    if (path.strategy() != "primitive") text += Row(path);
  }
  const Machine& machine = report.machine;
  absl::StrAppend(&text, "\n", machine.processor, ", ", machine.caches, ", ",
                  machine.compiler, ", `", report.command, "`",
                  machine.commit.empty() ? "" : ", commit ", machine.commit,
                  ".\n");
  return text;
}

}  // namespace tollgate::bench
