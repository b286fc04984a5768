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
constexpr size_t kTools = 50;

}  // namespace

void MeasureTools(Context& context) {
  const auto slice = context.effort().slice;
  LiveTools tools(kTools);
  ToolHitLoop hits(&tools);
  ToolMissLoop misses(&tools);
  BareToolLoop bare(&tools);
  CanonicalLoop canonical(&tools);
  InterleavedRun run;
  const auto add = [&](std::string name, auto& loop) {
    return run.Add(std::move(name), [&loop, slice] {
      return NanosPerOp(slice, [&loop] { loop.Call(); });
    });
  };
  const std::string size =
      absl::StrFormat("%.1f KiB", canonical.mean_bytes() / 1024);
  const size_t hit = add(absl::StrCat("Tool definition found, ", size), hits);
  const size_t miss = add("Tool definition seen first, ES256", misses);
  const size_t signature = add("Its signature", bare);
  const size_t form = add("Its canonical form and SHA-256", canonical);
  run.Run(context.effort().Share(0.06));
  const double bytes = canonical.mean_bytes();
  const Estimate nanos = run.Median(form);
  context.AddClaim(
      {.text = absl::StrCat("Canonical form and SHA-256 of ", size),
       .bound = Claim::Bound::kAtLeast,
       .required = 0.5,
       .measured = {bytes / nanos.median, bytes / nanos.high,
                    bytes / nanos.low},
       .unit = " GB/s"});
  context.AddClaim({.text = "Definition seen first / its signature",
                    .bound = Claim::Bound::kAtMost,
                    .required = 1.1,
                    .measured = run.Ratio(miss, signature),
                    .unit = "x"});
  context.AddClaim({.text = absl::StrCat("Definition found, ", size),
                    .bound = Claim::Bound::kAtMost,
                    .required = 300,
                    .measured = run.Median(hit),
                    .unit = " ns",
                    .decimals = 0});
  for (size_t i = 0; i < run.size(); ++i) context.AddFigure(run, i);
}

}  // namespace tollgate::bench
