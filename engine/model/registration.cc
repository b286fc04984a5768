#include "engine/model/registration.h"

#include <cstring>

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
    const std::string_view text = name.substr(prefix.size());
    std::string bytes(Base64UrlDecodedBytesMax(text.size()), '\0');
    const auto size = DecodeBase64Url(text, absl::MakeSpan(bytes));
    Registration registration = {.kind = kind};
    if (size != registration.digest.size()) return std::nullopt;
    std::memcpy(registration.digest.data(), bytes.data(), *size);
    return registration;
  }
  return std::nullopt;
}

}  // namespace tollgate
