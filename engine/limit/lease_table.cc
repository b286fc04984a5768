#include "engine/limit/lease_table.h"

#include <cassert>

namespace tollgate {

LeaseTable::LeaseTable(size_t sets)
    : shift_(32 - __builtin_ctzll(sets)),
      sets_(sets),
      leased_((sets + 63) / 64) {
  assert(sets > 1 && (sets & (sets - 1)) == 0);
}

LeaseEntry& LeaseTable::Victim(BucketId bucket, uint32_t now) {
  LeaseEntry* victim = nullptr;
  for (LeaseEntry& entry : sets_[IndexOf(bucket)].entries) {
    if (entry.bucket == 0) return entry;
    const bool better = victim == nullptr ||
                        (victim->quanta != 0) > (entry.quanta != 0) ||
                        ((victim->quanta != 0) == (entry.quanta != 0) &&
                         now - entry.since > now - victim->since);
    if (better) victim = &entry;
  }
  return *victim;
}

}  // namespace tollgate
