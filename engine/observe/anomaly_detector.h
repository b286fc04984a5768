// Tells when something happens much more often than it used to.
//
//   AnomalyDetector detector;
//   for (const Anomaly& anomaly : detector.Look(totals, rules, now)) report it
//
// Each kind of event is counted over intervals. An interval is anomalous when
// it has at least `minimum` events and more than `factor` times what an
// interval has on average; the average moves by a tenth of each interval, of
// which no more counts than was not yet anomalous, so that an attack does not
// become what is usual while it lasts. An anomaly is told when it begins and
// when it is over.
//
// Thread-safety: one thread. Ownership: values. Cost: some ns a look. Errors:
// none; a clock that jumps makes an interval longer, and so more of it.

#ifndef TOLLGATE_ENGINE_OBSERVE_ANOMALY_DETECTOR_H_
#define TOLLGATE_ENGINE_OBSERVE_ANOMALY_DETECTOR_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"

namespace tollgate {

enum class AnomalyKind : uint8_t {
  kFailures = 0,  // credentials that are no good
  kUnknownIds,    // of keys that do not exist
  kLockouts,      // of sources and key ids
  kRevokedUse,    // credentials that were taken back
  kNewNetworks,   // keys used from networks they were not used from before
};
inline constexpr size_t kAnomalyKinds =
    static_cast<size_t>(AnomalyKind::kNewNetworks) + 1;

// Returns "failures", "unknown_ids", "lockouts", "revoked_use" or
// "new_networks".
std::string_view AnomalyName(AnomalyKind kind);

struct AnomalyRules {
  int64_t interval_ms = 10'000;
  double factor = 4;
  uint64_t minimum = 20;  // events of an interval that are worth telling
};

// By kind, since the engine began.
using AnomalyTotals = std::array<uint64_t, kAnomalyKinds>;

struct Anomaly {
  AnomalyKind kind = AnomalyKind::kFailures;
  bool begins = true;  // or is over
  uint64_t events = 0;
  double usual = 0;  // events of an interval, on average
};

class AnomalyDetector {
 public:
  // Looks at the interval that ended; nothing when none has.
  std::vector<Anomaly> Look(const AnomalyTotals& totals,
                            const AnomalyRules& rules, MonotonicNanos now);

  // How many began, and which last, by kind.
  const AnomalyTotals& begun() const { return begun_; }
  bool lasts(AnomalyKind kind) const {
    return series_[static_cast<size_t>(kind)].anomalous;
  }

 private:
  struct Series {
    uint64_t seen = 0;
    double usual = 0;
    bool anomalous = false;
  };

  std::array<Series, kAnomalyKinds> series_;
  AnomalyTotals begun_ = {};
  MonotonicNanos looked_;
  bool begun_looking_ = false;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_OBSERVE_ANOMALY_DETECTOR_H_
