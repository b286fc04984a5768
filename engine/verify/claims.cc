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

bool ReadDate(JsonValue value, std::optional<DateMicros>& out) {
  out = ReadNumericDate(value);
  return out.has_value();
}

// No value is asked for what it may not be, here and below: an error has a
// message, which costs.
bool ReadName(JsonValue value, std::string_view& out) {
  const std::string_view text = value.TextOrNull();
  if (text.empty()) return false;
  out = text;
  return true;
}

bool ReadAudiences(JsonValue value, Claims& out) {
  if (value.kind() == JsonKind::kString) {
    out.audiences.push_back(value.TextOrNull());
    return true;
  }
  if (value.kind() != JsonKind::kArray) return false;
  const JsonArray list = *value.Array();
  if (list.size() > limits::kAudiencesMax) return false;
  for (const JsonValue item : list) {
    const std::string_view text = item.TextOrNull();
    if (text.data() == nullptr) return false;
    out.audiences.push_back(text);
  }
  return true;
}

bool AddScope(std::string_view name, Claims& out) {
  if (out.scopes.size() == limits::kScopesPerGrantMax) return false;
  out.scopes.push_back(name);
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

// Reads one claim; those that nobody here knows are of any type.
bool ReadClaim(const JsonMember& claim, Claims& out,
               std::string_view& authorized_party) {
  const JsonValue value = claim.value;
  if (claim.Is("iss")) return ReadName(value, out.issuer);
  if (claim.Is("sub")) return ReadName(value, out.subject);
  if (claim.Is("aud")) return ReadAudiences(value, out);
  if (claim.Is("exp")) return ReadDate(value, out.expires);
  if (claim.Is("nbf")) return ReadDate(value, out.not_before);
  if (claim.Is("iat")) return ReadDate(value, out.issued);
  if (claim.Is("jti")) return ReadName(value, out.token_id);
  if (claim.Is("client_id")) return ReadName(value, out.client);
  if (claim.Is("azp")) return ReadName(value, authorized_party);
  if (claim.Is("scope")) {
    return value.kind() == JsonKind::kString && ReadScopes(value, out);
  }
  if (claim.Is("scp") || claim.Is("scopes")) return ReadScopes(value, out);
  if (claim.Is("cnf")) return ReadConfirmation(value, out);
  if (claim.Is("policy")) out.policy = value;
  return true;
}

}  // namespace

DateMicros DateOf(UnixSeconds seconds) { return FromSeconds(seconds.value); }

std::optional<DateMicros> ReadNumericDate(const JsonValue& value) {
  switch (value.kind()) {
    case JsonKind::kInt64:
      return FromSeconds(*value.Int64());
    case JsonKind::kUint64:
      return kLatest;
    case JsonKind::kDouble:
      return FromNumber(*value.Number());
    case JsonKind::kNull:
    case JsonKind::kBool:
    case JsonKind::kString:
    case JsonKind::kArray:
    case JsonKind::kObject:
      return std::nullopt;
  }
  return std::nullopt;
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
