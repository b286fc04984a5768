#include "engine/verify/dpop.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/types/span.h"
#include "engine/base/base64url.h"
#include "engine/base/limits.h"
#include "engine/base/percent_escape.h"
#include "engine/crypto/sha256.h"
#include "engine/lookup/jwk.h"

namespace tollgate {
namespace {

constexpr std::string_view kType = "dpop+jwt";

// What stands between a scheme and a path (RFC 3986 section 3.2), without user.
struct Authority {
  std::string_view host;  // an address of version 6 in its brackets
  std::string_view port;
};

bool IsHostCharacter(char c) {
  constexpr std::string_view kOthers = "-._~%!$&'()*+,;=";
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         kOthers.find(c) != kOthers.npos;
}

bool IsBracketed(std::string_view host) {
  if (host.size() < 3 || host.front() != '[' || host.back() != ']') {
    return false;
  }
  host = host.substr(1, host.size() - 2);
  return std::all_of(host.begin(), host.end(),
                     [](char c) { return c == ':' || IsHostCharacter(c); });
}

bool IsHost(std::string_view host) {
  return !host.empty() &&
         (IsBracketed(host) ||
          std::all_of(host.begin(), host.end(), IsHostCharacter));
}

bool IsPort(std::string_view port) {
  constexpr size_t kDigitsMax = 5;
  return !port.empty() && port.size() <= kDigitsMax &&
         std::all_of(port.begin(), port.end(),
                     [](unsigned char c) { return absl::ascii_isdigit(c); });
}

std::optional<Authority> ReadAuthority(std::string_view text,
                                       std::string_view default_port) {
  Authority authority{text, default_port};
  const size_t colon = text.rfind(':');
  if (colon != text.npos && text.find(']', colon) == text.npos) {
    authority = {text.substr(0, colon), text.substr(colon + 1)};
  }
  if (!IsHost(authority.host) || !IsPort(authority.port)) return std::nullopt;
  return authority;
}

bool SameAuthority(std::string_view text, std::string_view host,
                   std::string_view default_port) {
  const auto claimed = ReadAuthority(text, default_port);
  const auto asked = ReadAuthority(host, default_port);
  return claimed.has_value() && asked.has_value() &&
         absl::EqualsIgnoreCase(claimed->host, asked->host) &&
         claimed->port == asked->port;
}

// Takes "http://" or "https://" from the front of `uri` and returns the
// scheme's port, or an empty view.
std::string_view TakeScheme(std::string_view& uri) {
  constexpr std::string_view kPlain = "http://";
  constexpr std::string_view kSecure = "https://";
  const bool secure = absl::StartsWithIgnoreCase(uri, kSecure);
  if (!secure && !absl::StartsWithIgnoreCase(uri, kPlain)) return {};
  uri.remove_prefix(secure ? kSecure.size() : kPlain.size());
  return secure ? "443" : "80";
}

// Takes the first character of a path off `text`, an escape as one.
int TakeNormalized(std::string_view& text) {
  constexpr int kEscaped = 0x100;
  const int byte = EscapedByte(text, 0);
  const auto c = static_cast<char>(byte < 0 ? text.front() : byte);
  text.remove_prefix(byte < 0 ? 1 : 3);
  return byte < 0 || IsUnreserved(c) ? c : kEscaped | byte;
}

// Whether two paths are written alike, but for what RFC 3986 says is the same
// (sections 6.2.2.1 and 6.2.2.2): the case of escapes' digits, and escapes of
// unreserved characters.
bool SamePath(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    if (TakeNormalized(a) != TakeNormalized(b)) return false;
  }
  return a.empty() && b.empty();
}

// Section 4.3, check 9: whether `uri` names the request's target.
bool NamesTarget(std::string_view uri, const DpopRequest& request) {
  uri = uri.substr(0, uri.find_first_of("?#"));
  const std::string_view default_port = TakeScheme(uri);
  if (default_port.empty()) return false;
  const size_t slash = std::min(uri.find('/'), uri.size());
  const std::string_view path = slash < uri.size() ? uri.substr(slash) : "/";
  return SameAuthority(uri.substr(0, slash), request.host, default_port) &&
         SamePath(path, request.target.substr(0, request.target.find('?')));
}

bool IsRecent(DateMicros issued, const WallRange& now) {
  int64_t age = 0;
  int64_t ahead = 0;
  return !__builtin_sub_overflow(now.latest, issued, &age) &&
         !__builtin_sub_overflow(issued, now.earliest, &ahead) &&
         age <= limits::kDpopAgeMicrosMax &&
         ahead <= limits::kDpopSkewMicrosMax;
}

// Returns the second after the one in which a proof is last accepted.
// REQUIRES: IsRecent.
UnixSeconds EndOfAge(DateMicros issued) {
  const DateMicros last = issued + limits::kDpopAgeMicrosMax;
  const bool cut_upwards = last < 0 && last % kMicrosInSecond != 0;
  return {last / kMicrosInSecond - (cut_upwards ? 1 : 0) + 1};
}

std::optional<DateMicros> DateOf(const JsonObject& claims,
                                 std::string_view name) {
  const auto value = claims.Find(name);
  return value.has_value() ? ReadNumericDate(*value) : std::nullopt;
}

// Whether what a proof says of its own times, if anything, holds (RFC 7519
// sections 4.1.4 and 4.1.5), give or take the skew of clocks.
bool HoldsNow(const JsonObject& claims, const WallRange& now) {
  constexpr DateMicros kSkew = limits::kDpopSkewMicrosMax;
  int64_t left = 0;
  if (claims.Find("exp").has_value()) {
    const auto end = DateOf(claims, "exp");
    if (!end.has_value() || __builtin_sub_overflow(*end, now.latest, &left) ||
        left <= -kSkew) {
      return false;
    }
  }
  if (!claims.Find("nbf").has_value()) return true;
  const auto begin = DateOf(claims, "nbf");
  return begin.has_value() &&
         !__builtin_sub_overflow(*begin, now.earliest, &left) && left <= kSkew;
}

std::string HashOf(std::string_view access_token) {
  const Sha256Digest digest = Sha256(access_token);
  return EncodeBase64Url(BytesOf(digest));
}

// Returns the text of the claim; empty if it is missing or something else.
std::string_view TextOf(const JsonObject& claims, std::string_view name) {
  const auto value = claims.Find(name);
  if (!value.has_value() || value->kind() != JsonKind::kString) return {};
  return *value->String();
}

bool IsExpected(std::string_view thumbprint, std::string_view expected) {
  return expected.empty() || thumbprint == expected;
}

}  // namespace

DpopReader::DpopReader()
    : claims_reader_({.bytes_max = limits::kDpopProofBytesMax,
                      .depth_max = limits::kDpopClaimsNestingMax}),
      payload_(Base64UrlDecodedBytesMax(limits::kDpopProofBytesMax)) {}

Reason DpopReader::Read(std::string_view proof, const DpopRequest& request,
                        DpopProof& out) {
  constexpr Reason kFailed = Reason::kProofOfPossessionFailed;
  CompactJws jws;
  if (proof.size() > limits::kDpopProofBytesMax ||
      !SplitCompactJws(proof, jws)) {
    return kFailed;
  }
  JwsHeader header;
  if (header_reader_.Read(jws.header, header) != Reason::kOk ||
      header.type != kType || !header.jwk.has_value()) {
    return kFailed;
  }
  DpopProof read;
  if (!ReadClaims(jws.payload, request, read)) return kFailed;
  auto key = ReadProofKey(*header.jwk, header.algorithm);
  // Another's key, of another's size, is never verified with.
  if (!key.ok() || !IsExpected(key->thumbprint, request.thumbprint) ||
      !VerifySignature(jws, key->key)) {
    return kFailed;
  }
  read.thumbprint = std::move(key->thumbprint);
  out = std::move(read);
  return Reason::kOk;
}

bool DpopReader::ReadClaims(std::string_view encoded,
                            const DpopRequest& request, DpopProof& out) {
  const auto size = DecodeBase64Url(encoded, absl::MakeSpan(payload_));
  if (!size.has_value()) return false;
  const auto claims = claims_reader_.ParseObject({payload_.data(), *size});
  if (!claims.ok()) return false;
  const std::string_view token_id = TextOf(*claims, "jti");
  const auto issued = DateOf(*claims, "iat");
  if (token_id.empty() || token_id.size() > limits::kDpopTokenIdBytesMax ||
      !issued.has_value() || !IsRecent(*issued, request.now) ||
      !HoldsNow(*claims, request.now) || request.method.empty() ||
      TextOf(*claims, "htm") != request.method ||
      !NamesTarget(TextOf(*claims, "htu"), request) ||
      request.access_token.empty() ||
      TextOf(*claims, "ath") != HashOf(request.access_token)) {
    return false;
  }
  out.token_id = std::string(token_id);
  out.issued = *issued;
  out.replayable_until = EndOfAge(*issued);
  return true;
}

}  // namespace tollgate
