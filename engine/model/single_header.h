// The value of a header field that may come once.
//
// Thread-safety: pure. Ownership: a view of the headers. Cost: a comparison of
// lengths a header, mostly. Errors: none.

#ifndef TOLLGATE_ENGINE_MODEL_SINGLE_HEADER_H_
#define TOLLGATE_ENGINE_MODEL_SINGLE_HEADER_H_

#include <string_view>

#include "absl/strings/match.h"
#include "absl/types/span.h"
#include "engine/model/request.h"

namespace tollgate {

// Returns the value of the only field of this name; "" when there is none, or
// more, be they empty: which of them others see is not known.
inline std::string_view SingleHeader(absl::Span<const HeaderView> headers,
                                     std::string_view name) {
  const HeaderView* only = nullptr;
  for (const HeaderView& header : headers) {
    if (!absl::EqualsIgnoreCase(header.name, name)) continue;
    if (only != nullptr) return {};
    only = &header;
  }
  return only != nullptr ? only->value : std::string_view();
}

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_MODEL_SINGLE_HEADER_H_
