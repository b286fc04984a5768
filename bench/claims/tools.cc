// Signed tool definitions: found in the cache, seen first, and canonical form
// by itself.

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bench/claims/measurements.h"
#include "bench/support/latency.h"
#include "bench/support/live_tools.h"

namespace tollgate::bench {
namespace {

// As many as a large gateway offers; more text than most second caches have.
constexpr size_t kTools = 200;

// Of definitions of four KiB, and of one.
constexpr size_t kManyProperties = 20;
constexpr size_t kFewProperties = 4;

std::string SizeText(const LiveTools& tools) {
  constexpr double kKibi = 1024;
  return absl::StrFormat("%.1f KiB", tools.mean_definition_bytes() / kKibi);
}

// Definitions seen first, beside their signatures.
void MeasureMisses(Context& context, const LiveTools& tools) {
  const auto slice = context.effort().slice;
  ToolMissLoop misses(&tools);
  BareToolLoop bare(&tools);
  InterleavedRun run;
  const std::string size = SizeText(tools);
  const size_t miss =
      run.Add(absl::StrCat("Tool definition seen first, ES256, ", size),
              [&] { return NanosPerOp(slice, [&] { misses.Call(); }); });
  const size_t signature = run.Add(absl::StrCat("Its signature, ", size), [&] {
    return NanosPerOp(slice, [&] { bare.Call(); });
  });
  run.Run(context.effort().Share(0.03));
  context.AddClaim({.text = absl::StrCat("Definition of ", size,
                                         " seen first / its signature"),
                    .bound = Claim::Bound::kAtMost,
                    .required = 1.1,
                    .measured = run.Ratio(miss, signature),
                    .unit = "x"});
  for (size_t i = 0; i < run.size(); ++i) context.AddFigure(run, i);
}

// Definitions found, and canonical form by itself.
void MeasureHits(Context& context, LiveTools& tools) {
  const auto slice = context.effort().slice;
  ToolHitLoop hits(&tools);
  CanonicalLoop canonical(&tools);
  InterleavedRun run;
  const std::string size = SizeText(tools);
  const size_t hit =
      run.Add(absl::StrCat("Tool definition found, ", size),
              [&] { return NanosPerOp(slice, [&] { hits.Call(); }); });
  const size_t form = run.Add("Its canonical form and SHA-256", [&] {
    return NanosPerOp(slice, [&] { canonical.Call(); });
  });
  run.Run(context.effort().Share(0.03));
  const double bytes = tools.mean_definition_bytes();
  const Estimate nanos = run.Median(form);
  context.AddClaim(
      {.text = absl::StrCat("Canonical form and SHA-256 of ", size),
       .bound = Claim::Bound::kAtLeast,
       .required = 0.5,
       .measured = {bytes / nanos.median, bytes / nanos.high,
                    bytes / nanos.low},
       .unit = " GB/s"});
  context.AddClaim({.text = absl::StrCat("Definition found, ", size),
                    .bound = Claim::Bound::kAtMost,
                    .required = 300,
                    .measured = run.Median(hit),
                    .unit = " ns",
                    .decimals = 0});
  for (size_t i = 0; i < run.size(); ++i) context.AddFigure(run, i);
}

}  // namespace

void MeasureTools(Context& context) {
  LiveTools tools(kTools, kManyProperties);
  MeasureHits(context, tools);
  MeasureMisses(context, tools);
  MeasureMisses(context, LiveTools(kTools, kFewProperties));
}

}  // namespace tollgate::bench
