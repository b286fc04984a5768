#include "engine/verify/jwt.h"

#include <algorithm>
#include <array>

#include "absl/strings/match.h"
#include "absl/types/span.h"
#include "engine/base/base64url.h"
#include "engine/base/limits.h"

namespace tollgate {
namespace {

// Adds with the result held within range: no date is past all dates.
DateMicros Saturated(DateMicros date, int64_t micros) {
  DateMicros sum;
  if (!__builtin_add_overflow(date, micros, &sum)) return sum;
  return micros < 0 ? std::numeric_limits<DateMicros>::min()
                    : std::numeric_limits<DateMicros>::max();
}

// Media types may leave "application/" out where no other '/' follows (RFC 7515
// section 4.1.9).
std::string_view Subtype(std::string_view type) {
  constexpr std::string_view kPrefix = "application/";
  if (!absl::StartsWithIgnoreCase(type, kPrefix)) return type;
  const std::string_view rest = type.substr(kPrefix.size());
  return rest.empty() || absl::StrContains(rest, '/') ? type : rest;
}

// Media types have no case.
bool IsType(std::string_view type, std::string_view expected) {
  return type == expected ||
         absl::EqualsIgnoreCase(Subtype(type), Subtype(expected));
}

constexpr std::string_view kAccessToken = "at+jwt";  // RFC 9068 section 2.1

bool TypeFits(const JwsHeader& header, const IssuerRules& rules) {
  if (!rules.type.empty()) {
    return header.has_type && IsType(header.type, rules.type);
  }
  return !header.has_type || IsType(header.type, "JWT") ||
         IsType(header.type, kAccessToken);
}

bool HasClaim(const Claims& claims, std::string_view name) {
  const auto value = claims.all->Find(name);
  if (!value.has_value() || value->is_null()) return false;
  return value->kind() != JsonKind::kString || !value->String()->empty();
}

bool HasRequired(const Claims& claims, const IssuerRules& rules) {
  // RFC 9068 section 2.2; iss, exp and aud are asked for by other checks.
  constexpr std::string_view kOfAccessTokens[] = {
      "iss", "exp", "aud", "sub", "client_id", "iat", "jti"};
  if (!claims.expires.has_value()) return false;
  if (rules.issuer.has_value() && claims.issuer.empty()) return false;
  if (rules.max_lifetime_us.has_value() && !claims.issued.has_value()) {
    return false;
  }
  if (rules.one_time && claims.token_id.empty()) return false;
  const auto has = [&claims](std::string_view name) {
    return HasClaim(claims, name);
  };
  if (!rules.type.empty() && IsType(rules.type, kAccessToken) &&
      !std::all_of(std::begin(kOfAccessTokens), std::end(kOfAccessTokens),
                   has)) {
    return false;
  }
  return std::all_of(rules.required.begin(), rules.required.end(), has);
}

Reason JudgeTimes(const Claims& claims, const IssuerRules& rules,
                  const WallRange& now) {
  // The instant of expiry itself is expired (RFC 7519 section 4.1.4).
  if (now.latest >= EndOf(claims, rules)) return Reason::kTokenExpired;
  const DateMicros soon = Saturated(now.earliest, rules.leeway_us);
  if (claims.not_before.has_value() && soon < *claims.not_before) {
    return Reason::kTokenNotYetValid;
  }
  if (claims.issued.has_value() && soon < *claims.issued) {
    return Reason::kTokenNotYetValid;
  }
  if (rules.max_lifetime_us.has_value() &&
      *claims.expires > Saturated(*claims.issued, *rules.max_lifetime_us)) {
    return Reason::kTokenLivesTooLong;
  }
  return Reason::kOk;
}

bool AudienceFits(const Claims& claims, const IssuerRules& rules) {
  if (!rules.audiences.has_value()) return true;
  return std::any_of(claims.audiences.begin(), claims.audiences.end(),
                     [&rules](std::string_view audience) {
                       return std::find(rules.audiences->begin(),
                                        rules.audiences->end(),
                                        audience) != rules.audiences->end();
                     });
}

// RFC 7519 section 5.2: says that its content is a token, not claims.
bool IsNested(const JwsHeader& header) {
  return IsType(header.content_type, "JWT");
}

// Everything but the signature.
Reason JudgeClaims(const ParsedJwt& jwt, const IssuerRules& rules,
                   const WallRange& now) {
  const Claims& claims = jwt.claims;
  if (!TypeFits(jwt.header, rules) || IsNested(jwt.header)) {
    return Reason::kWrongTokenType;
  }
  if (!HasRequired(claims, rules)) return Reason::kMissingClaim;
  if (rules.issuer.has_value() && claims.issuer != *rules.issuer) {
    return Reason::kUnknownIssuer;
  }
  const Reason times = JudgeTimes(claims, rules, now);
  if (times != Reason::kOk) return times;
  return AudienceFits(claims, rules) ? Reason::kOk : Reason::kAudienceMismatch;
}

// What no part of a token is longer than.
constexpr size_t kPartBytesMax =
    Base64UrlDecodedBytesMax(limits::kTokenBytesMax);

// Decodes `text` into the front of `buffer`.
bool Decode(std::string_view text, absl::Span<char> buffer,
            std::string_view& out) {
  const auto size = DecodeBase64Url(text, buffer);
  if (!size.has_value()) return false;
  out = {buffer.data(), *size};
  return true;
}

}  // namespace

WallRange WallRange::Second(UnixSeconds now) {
  constexpr int64_t kSecondsMax =
      std::numeric_limits<DateMicros>::max() / kMicrosInSecond - 1;
  const int64_t seconds = std::clamp(now.value, -kSecondsMax, kSecondsMax);
  const DateMicros first = seconds * kMicrosInSecond;
  return {first, first + kMicrosInSecond - 1};
}

JwtReader::JwtReader()
    : claims_reader_({.bytes_max = limits::kTokenBytesMax,
                      .depth_max = limits::kClaimsDepthMax}),
      signature_(kPartBytesMax) {}

Reason JwtReader::Parse(std::string_view token, ParsedJwt& out) {
  if (!SplitCompactJws(token, out.jws)) return Reason::kMalformedCredential;
  const Reason header = header_reader_.Read(out.jws.header, out.header);
  if (header != Reason::kOk) return header;
  if (out.header.has_embedded_key) return Reason::kMalformedCredential;
  const absl::Span<char> room(claims_reader_.Room(kPartBytesMax),
                              kPartBytesMax);
  if (!Decode(out.jws.payload, room, out.payload) ||
      !Decode(out.jws.signature, absl::MakeSpan(signature_), out.signature)) {
    return Reason::kMalformedCredential;
  }
  const auto object = claims_reader_.ParseObjectInRoom(out.payload.size());
  if (!object.ok()) return Reason::kMalformedCredential;
  return ReadClaims(*object, out.claims);
}

Sha256Digest DigestOfClaims(std::string_view token) {
  std::array<char, kPartBytesMax> payload;
  CompactJws jws;
  size_t size = 0;
  if (SplitCompactJws(token, jws)) {
    size = DecodeBase64Url(jws.payload, absl::MakeSpan(payload)).value_or(0);
  }
  return Sha256(std::string_view(payload.data(), size));
}

Reason JudgeJwtClaims(const ParsedJwt& jwt, const VerificationContext& context,
                      const WallRange& now, const KeySet::Entry*& key) {
  const JwsHeader& header = jwt.header;
  if (!context.rules.Allows(header.algorithm)) {
    return Reason::kAlgorithmNotAllowed;
  }
  const KeySet::Entry* const entry =
      context.keys.Find(header.kid, header.has_kid, header.algorithm);
  if (entry == nullptr) {
    return header.has_kid && context.keys.HasKid(header.kid)
               ? Reason::kAlgorithmNotAllowed
               : Reason::kUnknownKid;
  }
  key = entry;
  return JudgeClaims(jwt, context.rules, now);
}

Reason JudgeJwtSignature(const ParsedJwt& jwt, const KeySet::Entry& key) {
  return key.key.Verify(jwt.jws.signing_input, jwt.signature)
             ? Reason::kOk
             : Reason::kBadSignature;
}

Reason JudgeJwt(const ParsedJwt& jwt, const VerificationContext& context,
                const WallRange& now) {
  const KeySet::Entry* key = nullptr;
  const Reason claims = JudgeJwtClaims(jwt, context, now, key);
  return claims == Reason::kOk ? JudgeJwtSignature(jwt, *key) : claims;
}

DateMicros EndOf(const Claims& claims, const IssuerRules& rules) {
  return Saturated(*claims.expires, rules.leeway_us);
}

namespace {

// Of C0 and C1, and DEL: who copies a principal into a header must not be told
// of two lines. REQUIRES: `text` is UTF-8.
bool HasControl(std::string_view text) {
  char before = 0;
  for (const char c : text) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte < 0x20 || byte == 0x7f || (before == '\xc2' && byte < 0xa0)) {
      return true;
    }
    before = c;
  }
  return false;
}

}  // namespace

std::string_view PrincipalOf(const Claims& claims, const IssuerRules& rules) {
  const auto value = claims.all->Find(rules.principal_claim);
  if (!value.has_value() || value->kind() != JsonKind::kString) return {};
  const std::string_view name = *value->String();
  const bool good =
      name.size() <= limits::kPrincipalBytesMax && !HasControl(name);
  return good ? name : std::string_view();
}

}  // namespace tollgate
