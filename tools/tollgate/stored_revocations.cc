#include "tools/tollgate/stored_revocations.h"

#include "absl/status/status.h"
#include "engine/crypto/random.h"

namespace tollgate::cli {

StoredRevocations::StoredRevocations(KeyDatabase* database)
    : database_(*database),
      list_(RandomHashSeed()),
      participant_(epochs_.Register()) {}

absl::StatusOr<bool> StoredRevocations::IsRevoked(const RevocableToken& token,
                                                  UnixSeconds now) {
  absl::Status status = database_.CheckInPlace();
  if (status.ok()) status = CatchUp();
  if (!status.ok()) return status;
  const EpochDomain::Guard guard = participant_.Pin();
  return list_.IsRevoked(token, now);
}

// Those that are over by now are read as well: a question may be about the
// past.
absl::Status StoredRevocations::CatchUp() {
  return database_.RevocationsSince(
      sequence_, [this](const StoredRevocation& stored) {
        const absl::Status added =
            list_.Add(participant_, stored.revocation, UnixSeconds{0});
        if (added.ok()) sequence_ = stored.sequence;
        return added;
      });
}

}  // namespace tollgate::cli
