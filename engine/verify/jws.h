// verify: the compact form of a JWS and its protected header (RFC 7515 sections
// 3.1, 4.1, 5.2 and 7.1).
//
// The form is read strictly. What is refused: another number of parts than
// three, an empty header or signature, more bytes than limits::kTokenBytesMax;
// a header that is not one JSON object in strict base64url, has a member twice,
// a member of another type than its RFC says, or is nested deeper than
// limits::kJwsHeaderNestingMax; `crit`, whatever is in it (no extension is
// known: section 4.1.11), and `b64` (RFC 7797); `enc` and `zip`, which a JWE
// has. What else stands in a header is passed over, as section 4 says.
//
// Keys in the header, or addresses of them, are reported and never used: what
// signed a token can not say whether the token is to be believed.
//
// Thread-safety: a JwsHeaderReader belongs to one thread; the functions are
// pure. Ownership: a CompactJws views the token, a JwsHeader the reader, until
// its next Read. Cost: about a nanosecond a byte, and what JsonReader takes; a
// few for the header that was read last, as all tokens of one key have it;
// SplitCompactJws and VerifySignature allocate nothing of their own.

#ifndef TOLLGATE_ENGINE_VERIFY_JWS_H_
#define TOLLGATE_ENGINE_VERIFY_JWS_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/limits.h"
#include "engine/crypto/algorithm.h"
#include "engine/crypto/verifying_key.h"
#include "engine/json/reader.h"
#include "engine/model/reason.h"

namespace tollgate {

// The parts of a token, in base64url that was not looked at yet.
struct CompactJws {
  std::string_view signing_input;  // header, dot, payload
  std::string_view header;
  std::string_view payload;  // may be empty
  std::string_view signature;
};

// Splits `token` at its two dots into `out`; returns false if it has not the
// form.
[[nodiscard]] bool SplitCompactJws(std::string_view token, CompactJws& out,
                                   size_t bytes_max = limits::kTokenBytesMax);

struct JwsHeader {
  Algorithm algorithm = Algorithm::kNone;
  bool has_kid = false;
  bool has_type = false;          // `typ`
  bool has_content_type = false;  // `cty`
  bool has_embedded_key = false;  // `jwk`, `x5c`, `jku` or `x5u`
  std::string_view kid;
  std::string_view type;
  std::string_view content_type;
  std::optional<JsonValue> jwk;  // for proofs of possession, and nothing else
};

class JwsHeaderReader {
 public:
  JwsHeaderReader();

  // Reads a header in base64url into `out`: kOk, kMalformedCredential or, if
  // all that is wrong is an `alg` that is none of ours, kAlgorithmNotAllowed.
  // Unless kOk, `out` is as if fresh.
  [[nodiscard]] Reason Read(std::string_view encoded, JwsHeader& out);

 private:
  Reason ReadAnew(std::string_view encoded, JwsHeader& out);

  JsonReader reader_;
  // The header read last, when it was a good one; else empty.
  std::string last_encoded_;
  JwsHeader last_;
};

// Returns whether the signature is strict base64url and one of the signing
// input under `key`, whose algorithm the header must have named. The payload's
// base64url is not judged.
[[nodiscard]] bool VerifySignature(const CompactJws& jws,
                                   const VerifyingKey& key);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_VERIFY_JWS_H_
