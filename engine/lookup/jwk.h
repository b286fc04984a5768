// Reads one JWK to the key it is, bound to exactly one algorithm (RFC 7517
// section 4, RFC 7518 section 6, RFC 8037 section 2).
//
// Use KeySet of engine/lookup/jwks.h for whole documents; this is what it is
// made of, and for keys that stand inside something else.
//
// A key without `alg` is bound to `unbound`, if that is of its kind; else to
// the only one of `algorithms` that is; else, when `algorithms` is empty, to
// the usual one: RS256, HS256, or the one of its curve. A key that several
// configured algorithms fit is refused: nothing says which it is for.
//
// `use` must be "sig" and `key_ops` have "verify", if they are there. `x5c`,
// `x5u` and `x5t` are not looked at: what a key is worth is the document's
// origin, not a certificate in it (RFC 8725 section 3.10).
//
// Thread-safety: pure functions of the document. Cost: control path, but for
// ReadProofKey, which takes some microseconds. Errors: InvalidArgument with the
// path of what is wrong; no error quotes a value.

#ifndef TOLLGATE_ENGINE_LOOKUP_JWK_H_
#define TOLLGATE_ENGINE_LOOKUP_JWK_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/crypto/algorithm.h"
#include "engine/crypto/verifying_key.h"
#include "engine/json/reader.h"

namespace tollgate {

struct JwksOptions {
  std::vector<Algorithm> algorithms = {};  // what keys may be bound to; empty:
                                           // any
  Algorithm unbound = Algorithm::kNone;    // what a key without `alg` is for
  bool symmetric = false;                  // secrets (`oct`) are allowed
  bool allow_private = false;  // private members are tolerated, and not used
};

// Returns the algorithm that the key is bound to: what it says it is for is
// judged, and what it is made of not yet.
absl::StatusOr<Algorithm> BindAlgorithm(const JsonValue& jwk,
                                        const JwksOptions& options);

// Reads the key itself. REQUIRES: BindAlgorithm returned `algorithm`, and
// private members were judged.
absl::StatusOr<VerifyingKey> ReadVerifyingKey(const JsonValue& jwk,
                                              Algorithm algorithm);

// Returns an error if the JWK is of RSA, EC or OKP and has a private member.
absl::Status CheckPublic(const JsonValue& jwk);

// A key that came with what it signed: it proves possession, and is believed
// only as far as its thumbprint is.
struct ProofKey {
  VerifyingKey key;
  std::string thumbprint;
};

// Reads a JWK out of a header for `algorithm`, which its `alg`, if it has one,
// must be: a public key, never a secret (RFC 9449 section 4.3).
absl::StatusOr<ProofKey> ReadProofKey(const JsonValue& jwk,
                                      Algorithm algorithm);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_LOOKUP_JWK_H_
