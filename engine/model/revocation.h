// A revocation of tokens, as an operator states it: which tokens, and until
// when that matters.
//
// When to use: on the control path, to add to the revocation list
// (engine/lookup/revocation_list.h) and to the durable store. API keys are
// revoked in their own records instead.
//
// Thread-safety: a value and pure functions. Ownership: owns its texts. Cost:
// two strings. Errors: InvalidArgument, in one line that does not quote the
// texts. RFC 7519 section 4.1: issuer, jti, sub and iat are compared exactly,
// byte for byte, with what the token says.

#ifndef TOLLGATE_ENGINE_MODEL_REVOCATION_H_
#define TOLLGATE_ENGINE_MODEL_REVOCATION_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "absl/status/status.h"

namespace tollgate {

// What of a token is named. The values are in files: never renumber.
enum class RevocationKind : uint8_t {
  kTokenId = 0,  // one token: its jti
  kSubject = 1,  // all tokens of a user
  kClient = 2,   // all tokens that a client obtained
  kKeyId = 3,    // all tokens signed by a key: its kid
  kIssuer = 4,   // all tokens of the issuer
  kClaims = 5,   // one token, without a jti: the SHA-256 of its claims
};
inline constexpr size_t kRevocationKinds = 6;

// As Revocation::expires_at: the revocation stays for good.
inline constexpr int64_t kRevokedForGood = std::numeric_limits<int64_t>::max();

struct Revocation {
  RevocationKind kind = RevocationKind::kTokenId;

  // Tokens of other issuers are not touched: a jti or a subject means
  // something beside its issuer only.
  std::string issuer;

  // The jti, the subject, ...; for kClaims 64 lower-case hexadecimal digits;
  // empty for kIssuer.
  std::string value;

  // Revokes what was issued (iat) in this Unix second or before it, fractions
  // included; nullopt, and the latest instant there is, whatever was issued
  // whenever. A token without iat was issued before everything.
  std::optional<int64_t> issued_until;

  // The first Unix second in which no token that this revokes could be accepted
  // any more, so the latest exp of them *and the leeway granted to it*: from
  // then on the revocation has no effect, and leaves. kRevokedForGood: never.
  int64_t expires_at = 0;

  friend bool operator==(const Revocation&, const Revocation&) = default;
};

// Returns whether what ends at `expires_at` is over at `now`, both in Unix
// seconds.
constexpr bool IsRevocationOver(int64_t expires_at, int64_t now) {
  return expires_at <= now && expires_at != kRevokedForGood;
}

// Returns InvalidArgument unless `revocation` is one that can match a token.
absl::Status CheckRevocation(const Revocation& revocation);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_MODEL_REVOCATION_H_
