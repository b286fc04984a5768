// The response header fields that a gateway should send with a decision.
//
//   WWW-Authenticate   on 401, and on 403 for missing scopes (RFC 6750
//                      section 3, RFC 9110 section 11.6.1); no error attribute
//                      when nothing was presented; with the configured
//                      `resource_metadata` (RFC 9728 section 5.1), and DPoP's
//                      own challenge when its proof is what is wrong (RFC 9449
//                      section 7.1)
//   RateLimit-Policy,
//   RateLimit          whenever limits applied
//                      (draft-ietf-httpapi-ratelimit-headers-08)
//   Retry-After        on 429, never before the refill, and on 503
//
// What they say is coarse: an unknown key and a wrong secret read the same.
//
// Thread-safety: pure. Cost: allocates; call it when answering, not to decide.

#ifndef TOLLGATE_ENGINE_RESPONSE_HEADERS_H_
#define TOLLGATE_ENGINE_RESPONSE_HEADERS_H_

#include <string>
#include <vector>

#include "engine/limit/limit_set.h"
#include "engine/model/decision.h"

namespace tollgate {

struct ResponseHeader {
  std::string name;
  std::string value;
};

std::vector<ResponseHeader> ResponseHeaders(const Decision& decision);

// Returns what is left of each limit that applied, in the policy's order.
std::vector<LimitLeft> LimitsLeft(const Decision& decision);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_RESPONSE_HEADERS_H_
