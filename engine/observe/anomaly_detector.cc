#include "engine/observe/anomaly_detector.h"

#include <algorithm>

namespace tollgate {
namespace {

constexpr double kWeight = 0.1;  // of an interval in the average

}  // namespace

std::string_view AnomalyName(AnomalyKind kind) {
  switch (kind) {
    case AnomalyKind::kFailures:
      return "failures";
    case AnomalyKind::kUnknownIds:
      return "unknown_ids";
    case AnomalyKind::kLockouts:
      return "lockouts";
    case AnomalyKind::kRevokedUse:
      return "revoked_use";
    case AnomalyKind::kNewNetworks:
      return "new_networks";
  }
  return "";
}

std::vector<Anomaly> AnomalyDetector::Look(const AnomalyTotals& totals,
                                           const AnomalyRules& rules,
                                           MonotonicNanos now) {
  std::vector<Anomaly> told;
  const int64_t passed_ms = (now.value - looked_.value) / 1'000'000;
  if (begun_looking_ && passed_ms >= 0 && passed_ms < rules.interval_ms) {
    return told;
  }
  looked_ = now;
  if (!begun_looking_) {
    begun_looking_ = true;
    for (size_t i = 0; i < kAnomalyKinds; ++i) series_[i].seen = totals[i];
    return told;
  }
  for (size_t i = 0; i < kAnomalyKinds; ++i) {
    Series& series = series_[i];
    const uint64_t events = totals[i] - series.seen;
    series.seen = totals[i];
    const double bound = std::max(rules.factor * series.usual,
                                  static_cast<double>(rules.minimum));
    const auto count = static_cast<double>(events);
    const bool anomalous = events >= rules.minimum && count >= bound;
    if (anomalous != series.anomalous) {
      told.push_back(
          {static_cast<AnomalyKind>(i), anomalous, events, series.usual});
      begun_[i] += anomalous;
      series.anomalous = anomalous;
    }
    series.usual += kWeight * (std::min(count, bound) - series.usual);
  }
  return told;
}

}  // namespace tollgate
