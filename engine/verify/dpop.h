// verify: proofs of possession (DPoP, RFC 9449): that who sends a request has
// the private key that its token is bound to.
//
//   DpopReader reader;                        // one per thread
//   DpopProof proof;
//   Reason reason = reader.Read(header, request, proof);
//   if (reason == Reason::kOk && proof.thumbprint == claims.key_thumbprint &&
//       window.Remember(proof.thumbprint, proof.token_id, now.wall,
//                       proof.replayable_until) == Seen::kFirst) ...
//
// kOk alone proves nothing about a token: the key comes with the proof. The
// caller compares its thumbprint with the token's `cnf.jkt` (section 6), and
// remembers the proof's id (section 11.1, engine/lookup/replay_window.h).
//
// Read checks the whole list of section 4.3 but for those two and the nonce:
//   * one compact JWS of at most limits::kDpopProofBytesMax, read as strictly
//   as
//     a token (engine/verify/jws.h); `typ` is exactly "dpop+jwt";
//   * `jwk` is a public key without private members, `alg` an asymmetric
//     algorithm that it fits, and the signature is that key's;
//   * `jti` is text of 1 to limits::kDpopTokenIdBytesMax bytes;
//   * `htm` is the method, byte by byte;
//   * `htu` names the request (engine/verify/dpop_target.h);
//   * `iat` is a number, at most limits::kDpopAgeMicrosMax ago and
//     kDpopSkewMicrosMax ahead;
//   * `ath` is the base64url of the access token's SHA-256.
// An empty token is refused.
//
// Thread-safety: a DpopReader belongs to one thread. Ownership: views are not
// kept. Cost: some microseconds, then what a key's preparation and one
// verification take; the signature is checked last. Allocates. Errors:
// kProofOfPossessionFailed, whatever is wrong; `out` is then as it was.

#ifndef TOLLGATE_ENGINE_VERIFY_DPOP_H_
#define TOLLGATE_ENGINE_VERIFY_DPOP_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/json/reader.h"
#include "engine/model/reason.h"
#include "engine/verify/claims.h"
#include "engine/verify/jws.h"
#include "engine/verify/jwt.h"

namespace tollgate {

// The request that a proof came with, as it was sent.
struct DpopRequest {
  std::string_view method;
  std::string_view target;  // path and query
  std::string_view host;    // of the Host header; empty: there is none
  std::string_view access_token;
  WallRange now;
  // Of the key that the token is bound to: a proof by another one is refused
  // before anything is verified with it. Empty: the caller compares.
  std::string_view thumbprint = {};
};

struct DpopProof {
  std::string thumbprint;  // of the key, as `cnf.jkt` has it
  std::string token_id;    // jti
  DateMicros issued = 0;   // iat
  // The first second in which Read refuses the proof for its age.
  UnixSeconds replayable_until;
};

class DpopReader {
 public:
  DpopReader();

  // Judges `proof`: kOk or kProofOfPossessionFailed.
  [[nodiscard]] Reason Read(std::string_view proof, const DpopRequest& request,
                            DpopProof& out);

 private:
  bool ReadClaims(std::string_view encoded, const DpopRequest& request,
                  DpopProof& out);

  JwsHeaderReader header_reader_;
  JsonReader claims_reader_;
  std::vector<char> payload_;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_VERIFY_DPOP_H_
