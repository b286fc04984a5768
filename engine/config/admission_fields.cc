#include "engine/config/admission_fields.h"

#include "engine/base/limits.h"

namespace tollgate {
namespace {

uint64_t ReadAdmissionTime(const Field& field) {
  const uint64_t time_us = ReadDuration(field);
  if (time_us > uint64_t{limits::kAdmissionMillisMax} * 1000) {
    field.Fail("more than 7d");
  }
  return time_us;
}

void ReadFailures(const Field& field, AdmissionOptions& options) {
  const Fields fields(field, {"limit", "per", "lockout"});
  fields.Required("limit", [&](const Field& f) {
    options.failures = static_cast<uint32_t>(
        ReadInteger(f, {1, limits::kAdmissionFailuresMax}));
  });
  fields.Required(
      "per", [&](const Field& f) { options.per_us = ReadAdmissionTime(f); });
  fields.Required("lockout", [&](const Field& f) {
    options.lockout_us = ReadAdmissionTime(f);
  });
}

uint32_t ReadOperations(const Field& field) {
  return static_cast<uint32_t>(
      ReadInteger(field, {1, limits::kVerifyBudgetMax}));
}

void ReadVerifyBudget(const Field& field, AdmissionOptions& options) {
  const Fields fields(field, {"per_second", "per_source"});
  fields.Optional("per_second", [&](const Field& f) {
    options.verify_per_second = ReadOperations(f);
  });
  fields.Optional("per_source", [&](const Field& f) {
    options.verify_per_source = ReadOperations(f);
  });
  fields.RequireEither("per_second", "per_source",
                       "a budget is `per_second`, `per_source`, or both");
}

}  // namespace

AdmissionOptions ReadAdmission(const Field& field) {
  AdmissionOptions options;
  const Fields fields(field, {"failures", "verify_budget"});
  fields.Required("failures",
                  [&](const Field& f) { ReadFailures(f, options); });
  fields.Optional("verify_budget",
                  [&](const Field& f) { ReadVerifyBudget(f, options); });
  return options;
}

}  // namespace tollgate
