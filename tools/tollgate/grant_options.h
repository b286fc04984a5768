// The options that say whose something is and what it may: of a key that is
// issued, of a certificate that is registered.
//
// Thread-safety: one thread. Errors: absl::Status that begins with the option.

#ifndef TOLLGATE_TOOLS_TOLLGATE_GRANT_OPTIONS_H_
#define TOLLGATE_TOOLS_TOLLGATE_GRANT_OPTIONS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "engine/base/clock.h"
#include "engine/key_ledger.h"
#include "tools/tollgate/command.h"

namespace tollgate::cli {

struct GrantOptions {
  KeyGrant grant;
  std::string expires;  // a duration from now; empty: never
};

// Adds --principal, which is required, --scope, --policy and --expires to
// `command`. `options` outlives it.
void AddGrantOptions(Command command, GrantOptions& options);

// Returns how many seconds `text`, the value of `option`, is. Refuses a
// duration that from `now` on ends after the last time that a key can keep.
absl::StatusOr<int64_t> ReadTimeAhead(std::string_view option,
                                      std::string_view text, UnixSeconds now);

// Returns the grant that the options mean at `now`.
absl::StatusOr<KeyGrant> ReadGrant(const GrantOptions& options,
                                   UnixSeconds now);

}  // namespace tollgate::cli

#endif  // TOLLGATE_TOOLS_TOLLGATE_GRANT_OPTIONS_H_
