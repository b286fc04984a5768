#include "engine/config/audit_fields.h"

namespace tollgate {
namespace {

constexpr uint64_t kSampleMax = 1'000'000'000;
constexpr uint64_t kCheckpointLinesMax = 1'000'000;
constexpr uint64_t kFactorMax = 1000;
constexpr uint64_t kMicrosPerSecond = 1'000'000;

}  // namespace

AuditOptions ReadAudit(
    const Field& field,
    const std::function<std::string(const Field&)>& resolve) {
  AuditOptions options;
  const Fields fields(field, {"file", "sample_allows", "chain_key_file",
                              "signing_key_file", "checkpoint_lines"});
  fields.Required("file", [&](const Field& f) { options.file = resolve(f); });
  fields.Optional("sample_allows", [&](const Field& f) {
    options.sample_allows = ReadInteger(f, {1, kSampleMax});
  });
  fields.Optional("chain_key_file",
                  [&](const Field& f) { options.chain_key_file = resolve(f); });
  fields.Optional("signing_key_file", [&](const Field& f) {
    options.signing_key_file = resolve(f);
    if (!fields.Has("chain_key_file")) {
      f.Fail("signs the chain of `chain_key_file`, and there is none");
    }
  });
  fields.Optional("checkpoint_lines", [&](const Field& f) {
    options.checkpoint_lines = ReadInteger(f, {1, kCheckpointLinesMax});
  });
  return options;
}

AnomalyOptions ReadAnomalies(const Field& field) {
  AnomalyOptions options;
  const Fields fields(field, {"interval", "factor", "minimum"});
  fields.Optional("interval", [&](const Field& f) {
    options.interval_us = ReadDuration(f);
    if (options.interval_us < kMicrosPerSecond) f.Fail("less than 1s");
  });
  fields.Optional("factor", [&](const Field& f) {
    options.factor = ReadInteger(f, {1, kFactorMax});
  });
  fields.Optional("minimum", [&](const Field& f) {
    options.minimum = ReadInteger(f, {1, kSampleMax});
  });
  return options;
}

}  // namespace tollgate
