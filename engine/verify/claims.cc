#include "engine/verify/claims.h"

#include <cmath>

#include "engine/base/limits.h"

namespace tollgate {
namespace {

constexpr DateMicros kLatest = std::numeric_limits<DateMicros>::max();
constexpr DateMicros kEarliest = std::numeric_limits<DateMicros>::min();

DateMicros FromSeconds(int64_t seconds) {
  DateMicros micros;
  if (!__builtin_mul_overflow(seconds, kMicrosInSecond, &micros)) return micros;
  return seconds < 0 ? kEarliest : kLatest;
}

DateMicros FromNumber(double seconds) {
  const double micros = std::floor(seconds * kMicrosInSecond);
  if (micros >= 0x1p63) return kLatest;
  if (micros < -0x1p63) return kEarliest;
  return static_cast<DateMicros>(micros);
}

// Reads a date. Not as an optional, which is written in two parts and would be
// copied as one, when both have been waited for.
bool ReadDate(const JsonValue& value, DateMicros& out) {
  switch (value.kind()) {
    case JsonKind::kInt64:
      out = FromSeconds(*value.Int64OrNull());
      return true;
    case JsonKind::kUint64:
      out = kLatest;
      return true;
    case JsonKind::kDouble:
      out = FromNumber(*value.Number());
      return true;
    case JsonKind::kNull:
    case JsonKind::kBool:
    case JsonKind::kString:
    case JsonKind::kArray:
    case JsonKind::kObject:
      return false;
  }
  return false;
}

bool ReadDate(const JsonValue& value, std::optional<DateMicros>& out) {
  DateMicros date;
  if (!ReadDate(value, date)) return false;
  out.emplace(date);
  return true;
}

// No value is asked for what it may not be, here and below: an error has a
// message, which costs.
bool ReadName(JsonValue value, std::string_view& out) {
  const std::string_view text = value.TextOrNull();
  if (text.empty()) return false;
  out = text;
  return true;
}

// Made in place, of parts: a copy would wait until both were stored.
template <typename Texts>
inline void AddText(std::string_view text, Texts& out) {
  out.emplace_back(text.data(), text.size());
}

bool ReadAudiences(JsonValue value, Claims& out) {
  if (value.kind() == JsonKind::kString) {
    AddText(value.TextOrNull(), out.audiences);
    return true;
  }
  if (value.kind() != JsonKind::kArray) return false;
  const JsonArray list = *value.Array();
  if (list.size() > limits::kAudiencesMax) return false;
  for (const JsonValue item : list) {
    const std::string_view text = item.TextOrNull();
    if (text.data() == nullptr) return false;
    AddText(text, out.audiences);
  }
  return true;
}

bool AddScope(std::string_view name, Claims& out) {
  if (out.scopes.size() == limits::kScopesPerGrantMax) return false;
  AddText(name, out.scopes);
  return true;
}

// Space-delimited (RFC 6749 section 3.3).
bool ReadScopeText(std::string_view text, Claims& out) {
  while (!text.empty()) {
    const size_t end = text.find(' ');
    const std::string_view name = text.substr(0, end);
    if (!name.empty() && !AddScope(name, out)) return false;
    if (end == text.npos) break;
    text.remove_prefix(end + 1);
  }
  return true;
}

// `scope` is text; `scp` and `scopes` are text or lists.
bool ReadScopes(JsonValue value, Claims& out) {
  out.carries_scopes = true;
  if (value.kind() == JsonKind::kString) {
    return ReadScopeText(value.TextOrNull(), out);
  }
  if (value.kind() != JsonKind::kArray) return false;
  const JsonArray list = *value.Array();
  for (const JsonValue item : list) {
    std::string_view name;
    if (!ReadName(item, name) || !AddScope(name, out)) return false;
  }
  return true;
}

bool ReadConfirmation(JsonValue value, Claims& out) {
  if (value.kind() != JsonKind::kObject) return false;
  const JsonObject methods = *value.Object();
  if (methods.size() == 0) return false;
  out.bound = true;
  for (const JsonMember method : methods) {
    if (method.name == "x5t#S256") {
      if (!ReadName(method.value, out.certificate_thumbprint)) return false;
    } else if (method.name == "jkt") {
      if (!ReadName(method.value, out.key_thumbprint)) return false;
    } else {
      out.bound_otherwise = true;
    }
  }
  return true;
}

// Reads one claim; those that nobody here knows are of any type. Told apart by
// their size first, by which few names are left to compare.
bool ReadClaim(const JsonMember& claim, Claims& out,
               std::string_view& authorized_party) {
  const JsonValue value = claim.value;
  switch (claim.name.size()) {
    case 3:
      if (claim.Is("iss")) return ReadName(value, out.issuer);
      if (claim.Is("sub")) return ReadName(value, out.subject);
      if (claim.Is("aud")) return ReadAudiences(value, out);
      if (claim.Is("exp")) return ReadDate(value, out.expires);
      if (claim.Is("nbf")) return ReadDate(value, out.not_before);
      if (claim.Is("iat")) return ReadDate(value, out.issued);
      if (claim.Is("jti")) return ReadName(value, out.token_id);
      if (claim.Is("azp")) return ReadName(value, authorized_party);
      if (claim.Is("scp")) return ReadScopes(value, out);
      if (claim.Is("cnf")) return ReadConfirmation(value, out);
      return true;
    case 5:
      if (!claim.Is("scope")) return true;
      return value.kind() == JsonKind::kString && ReadScopes(value, out);
    case 6:
      if (claim.Is("scopes")) return ReadScopes(value, out);
      if (claim.Is("policy")) out.policy = value;
      return true;
    case 9:
      return !claim.Is("client_id") || ReadName(value, out.client);
    default:
      return true;
  }
}

}  // namespace

DateMicros DateOf(UnixSeconds seconds) { return FromSeconds(seconds.value); }

std::optional<DateMicros> ReadNumericDate(const JsonValue& value) {
  DateMicros date;
  if (!ReadDate(value, date)) return std::nullopt;
  return date;
}

Reason ReadClaims(const JsonObject& object, Claims& out) {
  out.all = object;
  std::string_view authorized_party;
  for (const JsonMember claim : object) {
    if (!ReadClaim(claim, out, authorized_party)) {
      return Reason::kMalformedCredential;
    }
  }
  if (out.client.empty()) out.client = authorized_party;
  return Reason::kOk;
}

}  // namespace tollgate
