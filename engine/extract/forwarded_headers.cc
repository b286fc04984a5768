#include "engine/extract/forwarded_headers.h"

#include "absl/strings/match.h"

namespace tollgate {
namespace {

bool Append(std::string_view value, ForwardedHeaders::Values& values) {
  if (values.count == values.values.size()) return false;
  values.values[values.count++] = value;
  return true;
}

}  // namespace

bool CollectForwardedHeaders(absl::Span<const HeaderView> headers,
                             ForwardedHeaders& out) {
  for (const HeaderView& header : headers) {
    if (absl::EqualsIgnoreCase(header.name, "x-forwarded-for")) {
      if (!Append(header.value, out.x_forwarded_for)) return false;
    } else if (absl::EqualsIgnoreCase(header.name, "forwarded")) {
      if (!Append(header.value, out.forwarded)) return false;
    }
  }
  return true;
}

}  // namespace tollgate
