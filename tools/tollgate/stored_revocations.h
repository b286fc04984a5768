// The revocations of tokens and of tool definitions in a store, for commands
// that ask without an engine.
//
// Thread-safety: one thread. Ownership: a copy, as of when it was loaded; the
// database may go. Cost: Load reads every revocation of the store. Errors: as
// KeyDatabase's.

#ifndef TOLLGATE_TOOLS_TOLLGATE_STORED_REVOCATIONS_H_
#define TOLLGATE_TOOLS_TOLLGATE_STORED_REVOCATIONS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "engine/base/clock.h"
#include "engine/lookup/revocation_list.h"
#include "engine/store/key_database.h"
#include "engine/sync/epoch.h"

namespace tollgate::cli {

class StoredRevocations {
 public:
  static absl::StatusOr<std::unique_ptr<StoredRevocations>> Load(
      KeyDatabase& database);

  bool IsRevoked(const RevocableToken& token, UnixSeconds now);

 private:
  StoredRevocations();

  EpochDomain epochs_;
  RevocationList list_;
  EpochDomain::Participant participant_;
};

}  // namespace tollgate::cli

#endif  // TOLLGATE_TOOLS_TOLLGATE_STORED_REVOCATIONS_H_
