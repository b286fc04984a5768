#include "tools/tollgate/key_text.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "engine/json/writer.h"
#include "engine/unicode/hidden_text.h"

namespace tollgate::cli {
namespace {

// The secret before the last rotation, while it is still accepted.
const StoredPreviousSecret* Overlap(const StoredKeyView& key, UnixSeconds now) {
  const bool lasts =
      key.previous.has_value() && now.value < key.previous->valid_until;
  return lasts ? &*key.previous : nullptr;
}

// Keeps a principal's bytes from ruining a terminal.
std::string Shown(std::string_view text) { return WithHiddenShown(text); }

std::string ScopesOr(const StoredKeyView& key, std::string_view otherwise) {
  return std::string(key.scopes.empty() ? otherwise : key.scopes);
}

std::string PolicyOr(const StoredKeyView& key, std::string_view otherwise) {
  return Shown(key.policy.empty() ? otherwise : key.policy);
}

void WriteScopes(std::string_view joined, JsonWriter& json) {
  json.Key("scopes").BeginArray();
  for (const std::string_view scope :
       absl::StrSplit(joined, ' ', absl::SkipEmpty())) {
    json.String(scope);
  }
  json.EndArray();
}

void AppendField(std::string_view name, std::string_view value,
                 std::string& out) {
  absl::StrAppendFormat(&out, "%-12s %s\n", name, value);
}

int64_t AgeDays(const StoredKeyView& key, UnixSeconds now) {
  constexpr int64_t kSecondsPerDay = 86'400;
  return std::max<int64_t>(now.value - key.created_at, 0) / kSecondsPerDay;
}

// The day, or "never".
std::string LastUse(const ShownKey& shown) {
  return shown.last_used_at.has_value()
             ? absl::FormatTime("%Y-%m-%d",
                                absl::FromUnixSeconds(*shown.last_used_at),
                                absl::UTCTimeZone())
             : "never";
}

}  // namespace

std::string_view StateName(const StoredKeyView& key, UnixSeconds now) {
  if (key.state == KeyState::kRevoked) return "revoked";
  if (key.expires_at.has_value() && now.value >= *key.expires_at) {
    return "expired";
  }
  if (key.state == KeyState::kDisabled) return "disabled";
  return Overlap(key, now) == nullptr ? "active" : "rotating";
}

std::string FormatTime(int64_t unix_seconds) {
  return absl::FormatTime("%Y-%m-%d%ET%H:%M:%SZ",
                          absl::FromUnixSeconds(unix_seconds),
                          absl::UTCTimeZone());
}

StoredKeyView ViewOf(const StoredKey& key, std::string& scopes) {
  scopes = JoinScopes(key);
  StoredKeyView view;
  view.key_id = key.key_id;
  view.previous = key.previous;
  view.principal = key.principal;
  view.scopes = scopes;
  view.policy = key.policy;
  view.state = key.state;
  view.created_at = key.created_at;
  view.updated_at = key.updated_at;
  view.expires_at = key.expires_at;
  return view;
}

void AppendKeyJson(const ShownKey& shown, UnixSeconds now, std::string& out) {
  const StoredKeyView& key = shown.key;
  JsonWriter json(&out);
  json.BeginObject().Key("key_id").String(key.key_id);
  json.Key("state").String(StateName(key, now));
  json.Key("principal").String(key.principal);
  WriteScopes(key.scopes, json);
  json.Key("policy").String(key.policy);
  json.Key("created_at").Int(key.created_at);
  json.Key("updated_at").Int(key.updated_at);
  json.Key("age_days").Int(AgeDays(key, now));
  json.Key("last_used_at");
  shown.last_used_at.has_value() ? json.Int(*shown.last_used_at) : json.Null();
  if (key.expires_at.has_value()) {
    json.Key("expires_at").Int(*key.expires_at);
  }
  if (const StoredPreviousSecret* previous = Overlap(key, now)) {
    json.Key("previous_valid_until").Int(previous->valid_until);
  }
  json.EndObject();
  out += '\n';
}

void AppendKeyHeading(std::string& out) {
  absl::StrAppendFormat(
      &out, "%-12s  %-8s  %6s  %-10s  %-20s  %-20s  %-12s  %s\n", "KEY ID",
      "STATE", "AGE", "LAST USED", "EXPIRES", "PRINCIPAL", "POLICY", "SCOPES");
}

void AppendKeyRow(const ShownKey& shown, UnixSeconds now, std::string& out) {
  const StoredKeyView& key = shown.key;
  const std::string expires =
      key.expires_at.has_value() ? FormatTime(*key.expires_at) : "never";
  absl::StrAppendFormat(
      &out, "%-12s  %-8s  %5dd  %-10s  %-20s  %-20s  %-12s  %s\n",
      Shown(key.key_id), StateName(key, now), AgeDays(key, now), LastUse(shown),
      expires, Shown(key.principal), PolicyOr(key, "-"), ScopesOr(key, "-"));
}

void AppendKeyFields(const ShownKey& shown, UnixSeconds now, std::string& out) {
  const StoredKeyView& key = shown.key;
  AppendField("key id", Shown(key.key_id), out);
  AppendField("state", StateName(key, now), out);
  AppendField("principal", Shown(key.principal), out);
  AppendField("scopes", ScopesOr(key, "those of the policy"), out);
  AppendField("policy", PolicyOr(key, "the configuration's default"), out);
  AppendField("created", FormatTime(key.created_at), out);
  AppendField("updated", FormatTime(key.updated_at), out);
  AppendField("last used", LastUse(shown), out);
  AppendField(
      "expires",
      key.expires_at.has_value() ? FormatTime(*key.expires_at) : "never", out);
  if (const StoredPreviousSecret* previous = Overlap(key, now)) {
    AppendField("old secret",
                absl::StrCat("until ", FormatTime(previous->valid_until)), out);
  }
}

}  // namespace tollgate::cli
