// Collects the header fields with which proxies name the client's address.
// Called only when the peer is a trusted proxy; what they mean is decided in
// engine/policy/client_address.h.
//
// Ownership: views the request. Cost: one pass over the headers, no allocation.

#ifndef TOLLGATE_ENGINE_EXTRACT_FORWARDED_HEADERS_H_
#define TOLLGATE_ENGINE_EXTRACT_FORWARDED_HEADERS_H_

#include <array>
#include <cstdint>
#include <string_view>

#include "absl/types/span.h"
#include "engine/base/limits.h"
#include "engine/model/request.h"

namespace tollgate {

struct ForwardedHeaders {
  // The values of one field, in the order received.
  struct Values {
    std::array<std::string_view, limits::kForwardedHopsMax> values;
    uint32_t count = 0;

    absl::Span<const std::string_view> span() const {
      return {values.data(), count};
    }
  };

  Values x_forwarded_for;
  Values forwarded;
};

// Returns false when there are more fields than a request may have.
[[nodiscard]] bool CollectForwardedHeaders(absl::Span<const HeaderView> headers,
                                           ForwardedHeaders& out);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_EXTRACT_FORWARDED_HEADERS_H_
