// verify: the claims of a token, typed, before anything in them is believed.
//
// Read from the payload of a JWT (RFC 7519 section 4): every registered claim
// has the type that its RFC gives it, or the token is malformed; a claim that
// is null is not a claim that is absent. What the claims *mean* is decided in
// engine/verify/jwt.h.
//
// Ownership: views the JsonReader that parsed the payload, until its next
// document. Cost: one pass over the members; no allocation for up to eight
// audiences and sixteen scopes.
// Errors: kMalformedCredential.

#ifndef TOLLGATE_ENGINE_VERIFY_CLAIMS_H_
#define TOLLGATE_ENGINE_VERIFY_CLAIMS_H_

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "absl/container/inlined_vector.h"
#include "engine/base/clock.h"
#include "engine/json/reader.h"
#include "engine/model/reason.h"

namespace tollgate {

// An instant of a NumericDate (RFC 7519 section 2), in microseconds since 1970:
// the nearest one that is representable. A fraction of a microsecond is cut
// off towards the past, so that nothing lives longer than it says.
using DateMicros = int64_t;

inline constexpr int64_t kMicrosInSecond = 1'000'000;

// Returns the whole second that `date` is in.
constexpr int64_t FloorSeconds(DateMicros date) {
  const int64_t seconds = date / kMicrosInSecond;
  return date % kMicrosInSecond < 0 ? seconds - 1 : seconds;
}

// Returns the first instant of a second, or the nearest date there is.
DateMicros DateOf(UnixSeconds seconds);

// Returns the date that `value` says, or nothing unless it is a number.
std::optional<DateMicros> ReadNumericDate(const JsonValue& value);

struct Claims {
  // Empty: the token has none. An empty string in the token is malformed for
  // the names below, which identify somebody.
  std::string_view issuer;
  std::string_view subject;
  std::string_view token_id;  // jti
  std::string_view client;    // client_id; without one, azp of OpenID Connect

  absl::InlinedVector<std::string_view, 8> audiences;
  absl::InlinedVector<std::string_view, 16> scopes;  // may repeat
  bool carries_scopes = false;                       // of its own, be they none

  std::optional<DateMicros> expires;     // exp
  std::optional<DateMicros> not_before;  // nbf
  std::optional<DateMicros> issued;      // iat

  // cnf (RFC 7800): the token is of use only to who holds the key.
  bool bound = false;
  std::string_view certificate_thumbprint;  // x5t#S256 (RFC 8705)
  std::string_view key_thumbprint;          // jkt (RFC 9449)
  bool bound_otherwise = false;  // by a method that is not known here

  std::optional<JsonValue> policy;  // rules that come with the token

  std::optional<JsonObject> all;
};

// Reads `object`. `out` must be fresh.
[[nodiscard]] Reason ReadClaims(const JsonObject& object, Claims& out);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_VERIFY_CLAIMS_H_
