// What the validator tells of itself, in Prometheus' text format.

#include <array>
#include <string>
#include <string_view>

#include "engine/observe/prometheus_text.h"
#include "engine/shared.h"
#include "engine/snapshot.h"
#include "engine/validator.h"

namespace tollgate {
namespace {

constexpr double kNanosPerSecond = 1e9;
constexpr std::string_view kCounter = "counter";
constexpr std::string_view kGauge = "gauge";

double Real(uint64_t count) { return static_cast<double>(count); }

void WriteValidations(const ValidationTotals& totals, PrometheusText& text) {
  text.Family("tollgate_validations_total",
              "Validations, by the strategy that decided and why.", kCounter);
  for (size_t s = 0; s < kStrategyCount; ++s) {
    for (int r = 0; r < kReasonCount; ++r) {
      const uint64_t count = totals.reasons[s][static_cast<size_t>(r)];
      if (count == 0) continue;
      const auto reason = static_cast<Reason>(r);
      text.Sample({{"strategy", StrategyName(static_cast<Strategy>(s))},
                   {"decision", VerdictName(VerdictOf(reason))},
                   {"reason", ReasonName(reason)}},
                  Real(count));
    }
  }
}

void WriteLatencies(const ValidationTotals& totals, PrometheusText& text) {
  std::array<double, kLatencyBoundsNanos.size()> bounds;
  for (size_t i = 0; i < bounds.size(); ++i) {
    bounds[i] = Real(kLatencyBoundsNanos[i]) / kNanosPerSecond;
  }
  text.Family("tollgate_validation_duration_seconds",
              "How long a validation took, of one in 64.", "histogram");
  for (size_t s = 0; s < kStrategyCount; ++s) {
    for (size_t v = 0; v < kVerdictCount; ++v) {
      const LatencyTotals& latency = totals.latencies[s][v];
      uint64_t count = 0;
      for (const uint64_t bucket : latency.buckets) count += bucket;
      if (count == 0) continue;
      text.Histogram({{"strategy", StrategyName(static_cast<Strategy>(s))},
                      {"decision", VerdictName(static_cast<Verdict>(v))}},
                     bounds, latency.buckets,
                     Real(latency.sum_nanos) / kNanosPerSecond);
    }
  }
}

struct CacheMetrics {
  Strategy strategy;
  VerifiedCacheStats stats;
};

void WriteCaches(const std::array<CacheMetrics, 3>& caches,
                 const ValidationTotals& totals, PrometheusText& text) {
  const auto family = [&](std::string_view name, std::string_view help,
                          std::string_view type, auto value) {
    text.Family(name, help, type);
    for (const CacheMetrics& cache : caches) {
      text.Sample({{"strategy", StrategyName(cache.strategy)}},
                  Real(value(cache)));
    }
  };
  const auto index = [](const CacheMetrics& cache) {
    return static_cast<size_t>(cache.strategy);
  };
  family("tollgate_cache_hits_total", "Proofs found in the verified cache.",
         kCounter,
         [&](const auto& cache) { return totals.cache_hits[index(cache)]; });
  family("tollgate_cache_misses_total", "Proofs not found there.", kCounter,
         [&](const auto& cache) { return totals.cache_misses[index(cache)]; });
  family("tollgate_cache_evictions_total",
         "Good proofs that had to make room for others.", kCounter,
         [](const auto& cache) { return cache.stats.displaced; });
  family("tollgate_cache_entries", "Proofs in the verified cache.", kGauge,
         [](const auto& cache) { return cache.stats.entries; });
}

void WriteAdmission(const Admission::Stats& stats, PrometheusText& text) {
  const auto family = [&](std::string_view name, std::string_view help,
                          uint64_t AdmissionLimiter::Stats::*member) {
    text.Family(name, help, kCounter);
    text.Sample({{"kind", "source"}}, Real(stats.sources.*member));
    text.Sample({{"kind", "key_id"}}, Real(stats.keys.*member));
  };
  family("tollgate_admission_failures_total",
         "Failed credentials counted against sources and key ids.",
         &AdmissionLimiter::Stats::failures);
  family("tollgate_admission_lockouts_total", "Lock-outs that began.",
         &AdmissionLimiter::Stats::lockouts);
  family("tollgate_admission_uncounted_total",
         "Failures that found no room beside sources that are locked out.",
         &AdmissionLimiter::Stats::uncounted);
}

void WriteAnomalies(const Observer::Totals& totals, PrometheusText& text) {
  text.Family("tollgate_anomalies_total", "Anomalies that began.", kCounter);
  for (size_t i = 0; i < kAnomalyKinds; ++i) {
    text.Sample({{"kind", AnomalyName(static_cast<AnomalyKind>(i))}},
                Real(totals.anomalies[i]));
  }
  text.Family("tollgate_anomaly_active", "Whether an anomaly lasts.", kGauge);
  for (size_t i = 0; i < kAnomalyKinds; ++i) {
    text.Sample({{"kind", AnomalyName(static_cast<AnomalyKind>(i))}},
                totals.anomalous[i] ? 1 : 0);
  }
}

void WriteOne(std::string_view name, std::string_view help,
              std::string_view type, double value, PrometheusText& text) {
  text.Family(name, help, type);
  text.Sample({}, value);
}

}  // namespace

std::string Validator::Metrics() {
  std::string out;
  PrometheusText text(&out);
  const Observer::Totals totals = shared_->observer.totals();
  WriteValidations(totals.validations, text);
  WriteLatencies(totals.validations, text);
  WriteCaches({{{Strategy::kJwt, shared_->tokens.Stats()},
                {Strategy::kMtls, shared_->certificates.Stats()},
                {Strategy::kSignedTool, shared_->definitions.Stats()}}},
              totals.validations, text);
  WriteAdmission(shared_->admission.stats(), text);
  WriteOne("tollgate_keys", "API keys, in whatever state.", kGauge,
           Real(shared_->keys.size()), text);
  WriteOne("tollgate_certificate_registrations",
           "Certificates registered, in whatever state.", kGauge,
           Real(shared_->registrations.size()), text);
  WriteOne("tollgate_token_revocations", "Revocations of tokens in force.",
           kGauge, Real(shared_->revocations.size()), text);
  absl::MutexLock lock(&mutex_);
  {
    const auto guard = participant_.Pin();
    const PinTable* const pins = shared_->pins.Load();
    WriteOne("tollgate_tool_pins", "Tool definitions approved.", kGauge,
             pins != nullptr ? Real(pins->pins().size()) : 0, text);
  }
  WriteOne("tollgate_retired_bytes",
           "Memory that waits for readers that stall.", kGauge,
           Real(shared_->epochs.Stats().retired_bytes), text);
  text.Family("tollgate_config_reloads_total", "Reloads of the configuration.",
              kCounter);
  text.Sample({{"result", "applied"}},
              Real(reloads_.load(std::memory_order_relaxed)));
  text.Sample({{"result", "refused"}},
              Real(reloads_refused_.load(std::memory_order_relaxed)));
  WriteOne("tollgate_config_last_reload_successful",
           "Whether the last reload was applied.", kGauge,
           last_reload_good_.load(std::memory_order_relaxed) ? 1 : 0, text);
  WriteOne("tollgate_config_last_reload_success_timestamp_seconds",
           "When a configuration was applied last.", kGauge,
           static_cast<double>(reloaded_at_.load(std::memory_order_relaxed)),
           text);
  WriteOne("tollgate_config_generation",
           "The generation of keys and configuration in force.", kGauge,
           Real(generation_), text);
  WriteOne("tollgate_audit_lines_total", "Lines written to the audit.",
           kCounter, Real(totals.audit.written), text);
  WriteOne("tollgate_audit_events_lost_total",
           "Events that could not be written to the audit.", kCounter,
           Real(totals.audit.lost), text);
  WriteAnomalies(totals, text);
  return out;
}

}  // namespace tollgate
