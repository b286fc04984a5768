// The limiter by itself, over three windows as a policy has them. The clock is
// read once in 64 charges; in a validation it is read for each.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bench/claims/measurements.h"
#include "bench/support/charge_loop.h"
#include "bench/support/thread_team.h"

namespace tollgate::bench {
namespace {

constexpr size_t kThreads = 2;

// The buckets of one limiter and one loop a thread.
struct Charges {
  Charges(const ChargeOptions& options, size_t threads) : buckets(options) {
    for (size_t i = 0; i < threads; ++i) {
      loops.push_back(std::make_unique<ChargeLoop>(&buckets, i, threads));
    }
  }

  ChargeBuckets buckets;
  std::vector<std::unique_ptr<ChargeLoop>> loops;
};

}  // namespace

void MeasureLimiter(Context& context) {
  const Effort& effort = context.effort();
  const size_t keys = effort.few_keys;
  const std::string many = absl::StrCat(context.few_text(), " buckets");
  Charges own({.buckets = keys}, 1);
  Charges leased({.buckets = keys}, kThreads);
  Charges exact({.buckets = keys, .leases = false}, kThreads);
  Charges hot({.buckets = 1}, kThreads);
  Charges refused({.buckets = keys, .scarce = true}, 1);

  ThreadTeam team(kThreads);
  InterleavedRun run;
  const auto add = [&](std::string name, Charges& charges) {
    const size_t threads = charges.loops.size();
    auto body = Repeat([&charges](size_t thread) {
      return [loop = charges.loops[thread].get()] { loop->Call(); };
    });
    run.Add(std::move(name),
            [&team, threads, slice = 2 * effort.slice, body = std::move(body)] {
              return team.NanosPerOp(threads, slice, body);
            });
  };
  add(absl::StrCat("Charge, only worker, ", many), own);
  add(absl::StrCat("Charge refused, ", many), refused);
  add(absl::StrCat("Charge, 2 threads, leased, ", many), leased);
  add(absl::StrCat("Charge, 2 threads, exact, ", many), exact);
  add("Charge, 2 threads, leased, one bucket", hot);
  run.Run(effort.Share(0.05));
  for (size_t i = 0; i < run.size(); ++i) context.AddFigure(run, i);

  const double bytes = static_cast<double>(own.buckets.MemoryBytes()) /
                       static_cast<double>(keys);
  context.report().notes.push_back(absl::StrFormat(
      "A bucket of three windows takes %.1f bytes, of %s buckets.", bytes,
      context.few_text()));
}

}  // namespace tollgate::bench
