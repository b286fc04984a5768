// The `admission` section: what happens to sources of failed credentials, and
// how much is spent on what is not proved.
//
//   admission:
//     failures: { limit: 20, per: 1m, lockout: 5m }
//     verify_budget: { per_second: 5000, per_source: 50 }   # each optional
//
// Thread-safety: values and pure functions. Errors: go to the field's context.

#ifndef TOLLGATE_ENGINE_CONFIG_ADMISSION_FIELDS_H_
#define TOLLGATE_ENGINE_CONFIG_ADMISSION_FIELDS_H_

#include <cstdint>

#include "engine/config/field_reader.h"

namespace tollgate {

struct AdmissionOptions {
  // A source is locked out for `lockout_us` after this many failures within
  // `per_us`, and twice as long each time that it happens again.
  uint32_t failures = 0;
  uint64_t per_us = 0;
  uint64_t lockout_us = 0;

  // Public-key operations a second on what is not proved; 0: as many as come.
  uint32_t verify_per_second = 0;
  uint32_t verify_per_source = 0;
};

AdmissionOptions ReadAdmission(const Field& field);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CONFIG_ADMISSION_FIELDS_H_
