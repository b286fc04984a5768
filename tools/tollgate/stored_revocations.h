// The revocations of tokens and of tool definitions in a store, for commands
// that ask without an engine.
//
// Thread-safety: one thread. Ownership: borrows the database. Cost: the first
// question reads every revocation of the store, others what came since. Errors:
// as KeyDatabase's.

#ifndef TOLLGATE_TOOLS_TOLLGATE_STORED_REVOCATIONS_H_
#define TOLLGATE_TOOLS_TOLLGATE_STORED_REVOCATIONS_H_

#include <cstdint>
#include <limits>

#include "absl/status/statusor.h"
#include "engine/base/clock.h"
#include "engine/lookup/revocation_list.h"
#include "engine/store/key_database.h"
#include "engine/sync/epoch.h"

namespace tollgate::cli {

class StoredRevocations {
 public:
  explicit StoredRevocations(KeyDatabase* database);

  // Whether what the store revokes by now ends `token` at `now`. An error when
  // its file is not in its place any more.
  absl::StatusOr<bool> IsRevoked(const RevocableToken& token, UnixSeconds now);

 private:
  absl::Status CatchUp();

  KeyDatabase& database_;
  EpochDomain epochs_;
  RevocationList list_;
  EpochDomain::Participant participant_;
  int64_t sequence_ = std::numeric_limits<int64_t>::min();  // of the last read
};

}  // namespace tollgate::cli

#endif  // TOLLGATE_TOOLS_TOLLGATE_STORED_REVOCATIONS_H_
