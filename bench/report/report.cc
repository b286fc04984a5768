#include "bench/report/report.h"

#include <algorithm>

namespace tollgate::bench {

StrategyCost& Report::CostOf(std::string_view strategy) {
  for (StrategyCost& cost : costs) {
    if (cost.strategy == strategy) return cost;
  }
  return costs.emplace_back(StrategyCost{.strategy = std::string(strategy)});
}

bool Claim::met() const {
  return bound == Bound::kAtMost ? measured.median <= required
                                 : measured.median >= required;
}

bool Claim::borderline() const {
  return measured.low <= required && required <= measured.high;
}

bool Report::all_met() const {
  return std::all_of(claims.begin(), claims.end(),
                     [](const Claim& claim) { return claim.met(); });
}

}  // namespace tollgate::bench
