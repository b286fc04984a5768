// A SPIFFE ID (SPIFFE-ID, sections 2.1 to 2.4): spiffe://trust-domain/path.
//
// Read strictly, as certificates must carry it: scheme and trust domain in
// lower case, a trust domain of 1 to 255 of [a-z0-9.-_], segments of
// [a-zA-Z0-9.-_] that are neither empty nor dots, no slash at the end, 2048
// bytes in all. So there is no port, user, query, fragment, nor escape.
//
// Thread-safety: pure. Ownership: views the text. Cost: a nanosecond a byte.

#ifndef TOLLGATE_ENGINE_VERIFY_SPIFFE_ID_H_
#define TOLLGATE_ENGINE_VERIFY_SPIFFE_ID_H_

#include <optional>
#include <string_view>

namespace tollgate {

struct SpiffeId {
  std::string_view trust_domain;
  std::string_view path;  // with its slash; empty: the trust domain's own ID

  bool has_path() const { return !path.empty(); }
};

// Returns nullopt for all that is not one.
std::optional<SpiffeId> ParseSpiffeId(std::string_view uri);

// Whether `name` is a trust domain's.
bool IsTrustDomain(std::string_view name);

// Whether the scheme is SPIFFE's, in any case: then `uri` is a SPIFFE ID or
// wrong, and no ordinary URI.
bool IsSpiffeUri(std::string_view uri);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_VERIFY_SPIFFE_ID_H_
