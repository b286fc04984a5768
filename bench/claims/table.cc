#include "bench/claims/table.h"

#include <cstdio>
#include <string_view>

#include "absl/strings/match.h"
#include "bench/claims/measurements.h"

namespace tollgate::bench {
namespace {

struct Part {
  std::string_view name;
  void (*measure)(Context&);
};

constexpr Part kParts[] = {
    {"loading", MeasureLoading},  {"validation", MeasureValidation},
    {"threads", MeasureThreads},  {"disturbance", MeasureDisturbance},
    {"tokens", MeasureTokens},    {"certificates", MeasureCertificates},
    {"tools", MeasureTools},      {"guard", MeasureGuard},
    {"key_maps", MeasureKeyMaps}, {"limiter", MeasureLimiter},
    {"memory", MeasureMemory},
};

void AddNotes(Report& report) {
  report.notes.push_back(
      "ns/call of one thread is processor time; of several, wall time over the "
      "calls of all. A call reads the "
      "clock and finds the credential among 8 to 10 headers; socket, HTTP "
      "parsing and response are not in it. Limits are three windows, so large "
      "that nothing is throttled (each decision is checked). Ratios are "
      "medians over interleaved rounds. See bench/README.md.");
}

}  // namespace

Report MeasureTable(const TableOptions& options) {
  Context context(options.effort);
  context.report().machine = DescribeMachine();
  context.report().command = options.command;
  for (const Part& part : kParts) {
    if (!absl::StrContains(part.name, options.only)) continue;
    const auto start = Clock::now();
    std::fprintf(stderr, "measuring %.*s ...",
                 static_cast<int>(part.name.size()), part.name.data());
    part.measure(context);
    std::fprintf(stderr, " %.1f s\n",
                 std::chrono::duration<double>(Clock::now() - start).count());
  }
  AddNotes(context.report());
  return std::move(context.report());
}

}  // namespace tollgate::bench
