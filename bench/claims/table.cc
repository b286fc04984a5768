#include "bench/claims/table.h"

#include <iterator>
#include <string_view>

#include "absl/strings/match.h"
#include "bench/claims/measurements.h"
#include "bench/support/progress.h"

namespace tollgate::bench {
namespace {

struct Measurement {
  std::string_view name;
  void (*measure)(Context&);
  double share;  // of the seconds, roughly, for the progress line
};

constexpr Measurement kMeasurements[] = {
    {"loading", MeasureLoading, 0.3},
    {"paths", MeasurePaths, 0.5},
    {"validation", MeasureValidation, 0.45},
    {"threads", MeasureThreads, 0.15},
    {"disturbance", MeasureDisturbance, 0.3},
    {"tokens", MeasureTokens, 0.5},
    {"certificates", MeasureCertificates, 0.3},
    {"tools", MeasureTools, 0.15},
    {"guard", MeasureGuard, 0.15},
    {"key_maps", MeasureKeyMaps, 0.3},
    {"limiter", MeasureLimiter, 0.1},
    {"memory", MeasureMemory, 0.1},
    {"gateways", MeasureGateways, 0.4},
};

bool IsAskedFor(const Measurement& part, std::string_view only) {
  return absl::StrContains(part.name, only);
}

double SharesFrom(const Measurement* part, std::string_view only) {
  double shares = 0;
  for (; part != std::end(kMeasurements); ++part) {
    if (IsAskedFor(*part, only)) shares += part->share;
  }
  return shares;
}

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
  for (const Measurement& part : kMeasurements) {
    if (!IsAskedFor(part, options.only)) continue;
    const double seconds = options.effort.seconds;
    BeginProgress(part.name, part.share * seconds,
                  SharesFrom(&part + 1, options.only) * seconds);
    part.measure(context);
  }
  EndProgress();
  AddNotes(context.report());
  return std::move(context.report());
}

}  // namespace tollgate::bench
