// A request as a gateway hands it over: views only, nothing is copied.
//
// Ownership: every view must outlive the call that it is passed to, no longer.
// Any bytes are allowed in any field; what cannot be understood is refused.

#ifndef TOLLGATE_ENGINE_MODEL_REQUEST_H_
#define TOLLGATE_ENGINE_MODEL_REQUEST_H_

#include <string_view>

#include "absl/types/span.h"
#include "engine/base/ip_address.h"

namespace tollgate {

// One header field line. A field that occurs twice is two of these.
struct HeaderView {
  std::string_view name;
  std::string_view value;
};

struct RequestView {
  std::string_view method;  // as sent; "GET" and "get" are different methods
  std::string_view target;  // origin form: path and optional query, as sent
  IpAddress peer;           // the other end of the connection
  absl::Span<const HeaderView> headers;

  // The client's certificate in DER, whose key the connection proved; empty:
  // there was none. The caller vouches for it: it never comes from a header.
  std::string_view client_certificate = {};
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_MODEL_REQUEST_H_
