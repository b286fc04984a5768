// Stored keys as people and programs read them; never a secret or a digest.

#ifndef TOLLGATE_TOOLS_TOLLGATE_KEY_TEXT_H_
#define TOLLGATE_TOOLS_TOLLGATE_KEY_TEXT_H_

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/clock.h"
#include "engine/store/stored_key.h"

namespace tollgate::cli {

// Returns "active", "disabled", "revoked", "expired" or "rotating".
std::string_view StateName(const StoredKeyView& key, UnixSeconds now);

// A key, and the day on which it was used last: its first second; nothing when
// it never was, as far as was saved.
struct ShownKey {
  const StoredKeyView& key;
  std::optional<int64_t> last_used_at;
};

// Appends the key as one JSON object and a line break.
void AppendKeyJson(const ShownKey& shown, UnixSeconds now, std::string& out);

// Appends the key as a row of a table whose header is AppendKeyHeading.
void AppendKeyHeading(std::string& out);
void AppendKeyRow(const ShownKey& shown, UnixSeconds now, std::string& out);

// Appends the key as a list of its fields.
void AppendKeyFields(const ShownKey& shown, UnixSeconds now, std::string& out);

// Returns "2025-01-31T12:00:00Z".
std::string FormatTime(int64_t unix_seconds);

// Returns a view of `key`, with its scopes joined in `scopes`.
StoredKeyView ViewOf(const StoredKey& key, std::string& scopes);

}  // namespace tollgate::cli

#endif  // TOLLGATE_TOOLS_TOLLGATE_KEY_TEXT_H_
