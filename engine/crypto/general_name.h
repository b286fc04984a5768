// Names of a certificate's subject beside its distinguished name
// (GeneralName, RFC 5280 section 4.2.1.6).
//
// Text names are visible ASCII and not empty: a NUL or a space in one is
// refused, and the certificate with it (CVE-2009-2408).
//
// Thread-safety: values. Errors: false for what is malformed.

#ifndef TOLLGATE_ENGINE_CRYPTO_GENERAL_NAME_H_
#define TOLLGATE_ENGINE_CRYPTO_GENERAL_NAME_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/crypto/der.h"
#include "engine/crypto/distinguished_name.h"

namespace tollgate {

// The numbers are the tags of the type.
enum class GeneralNameKind : uint8_t {
  kOther = 0,
  kEmail = 1,
  kDns = 2,
  kX400 = 3,
  kDirectory = 4,
  kEdiParty = 5,
  kUri = 6,
  kIp = 7,
  kRegisteredId = 8,
};

struct GeneralName {
  GeneralNameKind kind = GeneralNameKind::kOther;
  std::string value;            // contents of the element
  DistinguishedName directory;  // of kDirectory

  friend bool operator==(const GeneralName&, const GeneralName&) = default;
};

// Reads the next name. `form` says what text and addresses must look like: a
// constraint may be empty, or an address with its mask.
enum class GeneralNameForm : uint8_t { kName, kConstraint };
[[nodiscard]] bool ReadGeneralName(DerReader& reader, GeneralNameForm form,
                                   GeneralName& out);

// Reads names to the end of `contents`: at least one, at most
// limits::kCertificateNamesMax.
[[nodiscard]] bool ReadGeneralNames(DerReader contents,
                                    std::vector<GeneralName>& out);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CRYPTO_GENERAL_NAME_H_
