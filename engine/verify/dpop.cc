#include "engine/verify/dpop.h"

#include <optional>
#include <utility>

#include "absl/types/span.h"
#include "engine/base/base64url.h"
#include "engine/base/limits.h"
#include "engine/crypto/sha256.h"
#include "engine/lookup/jwk.h"
#include "engine/verify/dpop_target.h"

namespace tollgate {
namespace {

constexpr std::string_view kType = "dpop+jwt";

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
      !NamesTarget(TextOf(*claims, "htu"), request.host, request.target) ||
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
