#include "tools/tollgate/stored_revocations.h"

#include "engine/crypto/random.h"

namespace tollgate::cli {

StoredRevocations::StoredRevocations()
    : list_(RandomHashSeed()), participant_(epochs_.Register()) {}

// Those that are over by now are read as well: a question may be about the
// past.
absl::StatusOr<std::unique_ptr<StoredRevocations>> StoredRevocations::Load(
    KeyDatabase& database) {
  std::unique_ptr<StoredRevocations> loaded(new StoredRevocations);
  const absl::Status status =
      database.ForEachRevocation([&](const StoredRevocation& stored) {
        return loaded->list_.Add(loaded->participant_, stored.revocation,
                                 UnixSeconds{0});
      });
  if (!status.ok()) return status;
  return loaded;
}

bool StoredRevocations::IsRevoked(const RevocableToken& token,
                                  UnixSeconds now) {
  const EpochDomain::Guard guard = participant_.Pin();
  return list_.IsRevoked(token, now);
}

}  // namespace tollgate::cli
