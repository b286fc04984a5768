// How certificates are registered: by the SHA-256 of the certificate, or of its
// public key, whose owner may then renew the certificate.
//
// A registration is named "x5t:" or "spki:" and the digest in base64url, which
// is what the store keeps it under, beside the keys: no key's id has a colon.
//
// Thread-safety: values and pure functions. Control path.

#ifndef TOLLGATE_ENGINE_MODEL_REGISTRATION_H_
#define TOLLGATE_ENGINE_MODEL_REGISTRATION_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tollgate {

enum class RegistrationKind : uint8_t { kCertificate = 0, kPublicKey };

struct Registration {
  RegistrationKind kind = RegistrationKind::kCertificate;
  std::array<uint8_t, 32> digest = {};

  friend bool operator==(const Registration&, const Registration&) = default;
};

// Returns "x5t" or "spki".
std::string_view RegistrationKindName(RegistrationKind kind);

// Returns the name, such as "x5t:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU".
std::string RegistrationName(const Registration& registration);

// Whether `name` is meant to be a registration's rather than a key's.
inline bool IsRegistrationName(std::string_view name) {
  return name.find(':') != std::string_view::npos;
}

// Parses what RegistrationName wrote; nullopt for all else.
std::optional<Registration> ParseRegistrationName(std::string_view name);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_MODEL_REGISTRATION_H_
