#include "absl/strings/str_cat.h"
#include "bench/claims/measurements.h"

namespace tollgate::bench {

// Once, since it takes seconds: from Validator::Open to ready to validate. The
// file was written a moment ago, so its pages are in the system's cache.
void MeasureLoading(Context& context) {
  const EngineFixture& engine = context.many();
  const double seconds = engine.open_seconds();
  context.AddClaim({
      .text = absl::StrCat("Opening a store of ", context.many_text(),
                           " keys (SQLite)"),
      .bound = Claim::Bound::kAtMost,
      .required = 3,
      .measured = {seconds, seconds, seconds},
      .unit = " s",
  });
  const double nanos =
      seconds * 1e9 / static_cast<double>(context.effort().many_keys);
  context.report().figures.push_back(
      {absl::StrCat("Load a key from SQLite, of ", context.many_text()),
       {nanos, nanos, nanos}});
}

}  // namespace tollgate::bench
