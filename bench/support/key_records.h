// Records for benchmarks of maps: filled, and read whole.

#ifndef TOLLGATE_BENCH_SUPPORT_KEY_RECORDS_H_
#define TOLLGATE_BENCH_SUPPORT_KEY_RECORDS_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "engine/lookup/key_record.h"
#include "engine/model/key_id.h"

namespace tollgate::bench {

// Returns the record of key number `i`. It has no profile, so it is for the
// maps alone, never for a validator.
inline KeyRecord MakeKeyRecord(const KeyId& id, size_t i) {
  KeyRecord record;
  record.id = id;
  std::memcpy(record.digest.data(), &i, sizeof(i));
  record.status = KeyStatus::kActive;
  record.expires_at = kNeverExpires;
  return record;
}

// Reads all words of `record`.
inline uint64_t SumOf(const KeyRecord& record) {
  uint64_t words[sizeof(KeyRecord) / sizeof(uint64_t)];
  std::memcpy(words, &record, sizeof(words));
  uint64_t sum = 0;
  for (const uint64_t word : words) sum += word;
  return sum;
}

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_SUPPORT_KEY_RECORDS_H_
