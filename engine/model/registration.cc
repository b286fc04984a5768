#include "engine/model/registration.h"

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "engine/base/base64url.h"

namespace tollgate {

std::string_view RegistrationKindName(RegistrationKind kind) {
  switch (kind) {
    case RegistrationKind::kCertificate:
      return "x5t";
    case RegistrationKind::kPublicKey:
      return "spki";
  }
  return "x5t";
}

std::string RegistrationName(const Registration& registration) {
  const std::string_view digest(
      reinterpret_cast<const char*>(registration.digest.data()),
      registration.digest.size());
  return absl::StrCat(RegistrationKindName(registration.kind), ":",
                      EncodeBase64Url(digest));
}

std::optional<Registration> ParseRegistrationName(std::string_view name) {
  for (const RegistrationKind kind :
       {RegistrationKind::kCertificate, RegistrationKind::kPublicKey}) {
    const std::string prefix = absl::StrCat(RegistrationKindName(kind), ":");
    if (name.substr(0, prefix.size()) != prefix) continue;
    Registration registration = {.kind = kind};
    if (!DecodeBase64UrlExactly(name.substr(prefix.size()),
                                absl::MakeSpan(registration.digest))) {
      return std::nullopt;
    }
    return registration;
  }
  return std::nullopt;
}

}  // namespace tollgate
