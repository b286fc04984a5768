// The `audit` and `anomalies` sections: what is written down, and when somebody
// should look.
//
//   audit:
//     file: audit.jsonl
//     sample_allows: 100             # one allow in so many; default: none
//     chain_key_file: audit.key      # tamper evidence, under at least 32 bytes
//     signing_key_file: audit.pem    # signs checkpoints; Ed25519 or P-256
//     checkpoint_lines: 1000
//   anomalies: { interval: 10s, factor: 4, minimum: 20 }
//
// Thread-safety: values and pure functions. Errors: go to the field's context.

#ifndef TOLLGATE_ENGINE_CONFIG_AUDIT_FIELDS_H_
#define TOLLGATE_ENGINE_CONFIG_AUDIT_FIELDS_H_

#include <cstdint>
#include <functional>
#include <string>

#include "engine/config/field_reader.h"

namespace tollgate {

struct AuditOptions {
  std::string file;              // resolved, as all files here
  uint64_t sample_allows = 0;    // zero: no allow is written
  std::string chain_key_file;    // empty: no tamper evidence
  std::string signing_key_file;  // empty: no checkpoints
  uint64_t checkpoint_lines = 1000;

  friend bool operator==(const AuditOptions&, const AuditOptions&) = default;
};

// See engine/observe/anomaly_detector.h.
struct AnomalyOptions {
  uint64_t interval_us = 10'000'000;
  uint64_t factor = 4;
  uint64_t minimum = 20;
};

// `resolve` reads a path as seen from the configuration's folder.
AuditOptions ReadAudit(const Field& field,
                       const std::function<std::string(const Field&)>& resolve);

AnomalyOptions ReadAnomalies(const Field& field);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CONFIG_AUDIT_FIELDS_H_
