#include "tools/tollgate/grant_options.h"

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/base/duration.h"

namespace tollgate::cli {

void AddGrantOptions(Command command, GrantOptions& options) {
  command.AddOption("--principal", options.grant.principal, "Whose it is")
      .Required();
  command
      .AddOption("--scope", options.grant.scopes,
                 "A scope to grant, once for each; without, the policy's")
      .OneValueEach();
  command.AddOption("--policy", options.grant.policy,
                    "A policy of the configuration");
  command.AddOption("--expires", options.expires,
                    "For how long from now: 90d, 24h");
}

absl::StatusOr<int64_t> ReadTimeAhead(std::string_view option,
                                      std::string_view text, UnixSeconds now) {
  const auto seconds = ParseDurationSeconds(text);
  if (!seconds.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(option, ": ", seconds.status().message()));
  }
  if (*seconds > kKeyTimeMax - now.value) {
    return absl::InvalidArgumentError(
        absl::StrCat(option, ": ends after the year 2106"));
  }
  return *seconds;
}

absl::StatusOr<KeyGrant> ReadGrant(const GrantOptions& options,
                                   UnixSeconds now) {
  KeyGrant grant = options.grant;
  if (options.expires.empty()) return grant;
  const auto seconds = ReadTimeAhead("--expires", options.expires, now);
  if (!seconds.ok()) return seconds.status();
  grant.expires_at = UnixSeconds{now.value + *seconds};
  return grant;
}

}  // namespace tollgate::cli
