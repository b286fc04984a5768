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

class ClientChain;  // engine/extract/client_chain.h

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

  // The client's certificates, the first one's key proved by the connection;
  // null: there was none. The caller vouches for it: made once for a connection
  // (engine/extract/client_chain.h), never from a header.
  const ClientChain* client_chain = nullptr;

  // What the gateway calls this request, for the audit; at most
  // limits::kRequestIdBytesMax bytes of it. Not from a header: a client could
  // put anything into the audit.
  std::string_view request_id = {};
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_MODEL_REQUEST_H_
