// verify: whether the URI of a DPoP proof, its `htu`, names the request that it
// came with (RFC 9449 section 4.3, check 9).
//
// It is an absolute URI of http or https without user, and what it has before a
// query or fragment is the request's:
//   * its authority is the Host header's, whatever the case of letters and with
//     the scheme's default port written or not. Behind a proxy that ends TLS
//     nobody here knows the request's scheme: either fits;
//   * its path is the target's, but for the case of escapes' digits and escapes
//     of unreserved characters (RFC 3986 section 6.2.2); no path is "/". Dot
//     segments stay: who signs writes what is sent.
// A target that is not in origin form has no URI, nor has a request without
// Host.
//
// Thread-safety: pure. Ownership: views the texts. Cost: some ns a byte, no
// allocation.

#ifndef TOLLGATE_ENGINE_VERIFY_DPOP_TARGET_H_
#define TOLLGATE_ENGINE_VERIFY_DPOP_TARGET_H_

#include <string_view>

namespace tollgate {

// `host` is that of the Host header, `target` path and query.
[[nodiscard]] bool NamesTarget(std::string_view uri, std::string_view host,
                               std::string_view target);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_VERIFY_DPOP_TARGET_H_
