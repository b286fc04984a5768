// verify: proves a JWT (RFC 7519) that came as a bearer token.
//
//   JwtReader reader;                          // one per thread
//   ParsedJwt jwt;
//   Reason reason = reader.Parse(token, jwt);  // form and types
//   ... find the context of jwt.claims.issuer ...
//   reason = JudgeJwt(jwt, context, now);      // key, times, audience; then
//                                              // the signature
//
// Checks come in the order of their cost, the signature last; nothing that the
// token says is believed before it, but for choosing what to check against.
// What is refused, and where it is written:
//   * what is not a compact JWS of three parts in strict base64url, or longer
//     than limits::kTokenBytesMax (RFC 7515 section 7.1); a JWE;
//   * a header or claims that are not one JSON object without duplicate
//     members, or whose members have other types than their RFCs say;
//   * `crit`, `b64` (no extension is known: RFC 7515 section 4.1.11), embedded
//     or fetched keys (`jwk`, `x5c`, `jku`, `x5u`: RFC 8725 section 3.10);
//   * `alg` that the key found is not bound to, or the issuer does not use
//     (RFC 8725 section 3.1); `none` does not exist;
//   * a `typ` of another kind of token (RFC 8725 section 3.11, RFC 9068);
//   * no `exp`; `now >= exp + leeway`, `now < nbf - leeway`, `iat` in the
//     future; a lifetime beyond the issuer's; an audience or issuer that is
//     not exactly the one expected; a required claim that is missing.
//
// Thread-safety: a JwtReader belongs to one thread, JudgeJwt is pure.
// Ownership: a ParsedJwt views the token and the reader, until its next token.
// Cost: Parse about a nanosecond a byte; JudgeJwt some 50 ns and what its
// key's algorithm takes (BM_Jwt_*).

#ifndef TOLLGATE_ENGINE_VERIFY_JWT_H_
#define TOLLGATE_ENGINE_VERIFY_JWT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/crypto/sha256.h"
#include "engine/json/reader.h"
#include "engine/lookup/verification_context.h"
#include "engine/model/reason.h"
#include "engine/verify/claims.h"
#include "engine/verify/jws.h"

namespace tollgate {

struct ParsedJwt {
  CompactJws jws;
  JwsHeader header;
  std::string_view payload;    // decoded
  std::string_view signature;  // decoded
  Claims claims;
};

class JwtReader {
 public:
  JwtReader();

  // Reads the form of `token`: kOk, kMalformedCredential or
  // kAlgorithmNotAllowed. `out` must be fresh.
  [[nodiscard]] Reason Parse(std::string_view token, ParsedJwt& out);

 private:
  JwsHeaderReader header_reader_;
  JsonReader claims_reader_;  // which holds the payload, too
  std::vector<char> signature_;
};

// When a check happens: a clock that tells whole seconds tells no instant but a
// range of them, and each check takes the end that refuses.
struct WallRange {
  DateMicros earliest = 0;
  DateMicros latest = 0;

  // Returns all of the second that begins at `now`.
  static WallRange Second(UnixSeconds now);
};

// Judges everything about `jwt` but its issuer's name and its revocation: first
// what costs little, and finds the key that its signature is to be of; then the
// signature.
[[nodiscard]] Reason JudgeJwtClaims(const ParsedJwt& jwt,
                                    const VerificationContext& context,
                                    const WallRange& now,
                                    const KeySet::Entry*& key);
[[nodiscard]] Reason JudgeJwtSignature(const ParsedJwt& jwt,
                                       const KeySet::Entry& key);
[[nodiscard]] Reason JudgeJwt(const ParsedJwt& jwt,
                              const VerificationContext& context,
                              const WallRange& now);

// Returns the SHA-256 of the claims of `token`, which JwtReader has read
// before.
Sha256Digest DigestOfClaims(std::string_view token);

// Returns the first instant at which the token is refused for its age.
// REQUIRES: JudgeJwt found kOk.
DateMicros EndOf(const Claims& claims, const IssuerRules& rules);

// Returns the claim that names the principal, or an empty view when it is not
// there, not text, or too long for a principal's name.
std::string_view PrincipalOf(const Claims& claims, const IssuerRules& rules);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_VERIFY_JWT_H_
