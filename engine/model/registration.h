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
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "engine/model/key_id.h"

namespace tollgate {

enum class RegistrationKind : uint8_t { kCertificate = 0, kPublicKey };

struct Registration {
  RegistrationKind kind = RegistrationKind::kCertificate;
  std::array<uint8_t, 32> digest = {};

  friend bool operator==(const Registration&, const Registration&) = default;
};

// Names the registration's record in memory: a part of the digest, another one
// for each kind. The whole digest is in the record, and has to be compared.
inline KeyId RecordNameOf(const Registration& registration) {
  KeyId id;
  static_assert(2 * KeyId::kSize <= sizeof(registration.digest));
  const size_t at =
      registration.kind == RegistrationKind::kCertificate ? 0 : KeyId::kSize;
  std::memcpy(id.bytes, registration.digest.data() + at, KeyId::kSize);
  return id;
}

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
