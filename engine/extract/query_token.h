// extract: a bearer token in the query of a request's target (RFC 6750 section
// 2.3), which is never taken, and of which nobody may make use beside one that
// is.
//
// Thread-safety: pure. Ownership: none. Cost: a nanosecond for a short query, a
// few for each parameter of a long one. Errors: none.

#ifndef TOLLGATE_ENGINE_EXTRACT_QUERY_TOKEN_H_
#define TOLLGATE_ENGINE_EXTRACT_QUERY_TOKEN_H_

#include <string_view>

namespace tollgate {

// Returns whether a parameter of the query has the name access_token, however
// it is escaped.
[[nodiscard]] bool HasQueryToken(std::string_view target);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_EXTRACT_QUERY_TOKEN_H_
