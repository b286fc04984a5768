// Reads Extensions, which certificates and revocation lists have alike (RFC
// 5280 section 4.1.2.9): no identifier occurs twice, at least one is there, at
// most limits::kCertificateExtensionsMax.
//
// Thread-safety: pure. Ownership: what is passed on views the list. Cost: the
// square of their number, some ten. Errors: false.

#ifndef TOLLGATE_ENGINE_CRYPTO_EXTENSION_LIST_H_
#define TOLLGATE_ENGINE_CRYPTO_EXTENSION_LIST_H_

#include <string_view>

#include "absl/functional/function_ref.h"
#include "engine/crypto/der.h"

namespace tollgate {

struct ExtensionView {
  std::string_view id;  // the contents of the identifier
  bool critical = false;
  DerReader value;  // what the octet string holds
};

// Calls `read` for each extension to the end of `contents`, until it says
// false.
[[nodiscard]] bool ReadExtensionList(
    DerReader contents, absl::FunctionRef<bool(const ExtensionView&)> read);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CRYPTO_EXTENSION_LIST_H_
