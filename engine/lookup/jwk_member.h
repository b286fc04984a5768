// Members of a JWK of the types that it has: text, and bytes in base64url.
//
// Thread-safety: pure functions of the document. Control path only. Errors:
// InvalidArgument with the member's path; no error quotes a value.

#ifndef TOLLGATE_ENGINE_LOOKUP_JWK_MEMBER_H_
#define TOLLGATE_ENGINE_LOOKUP_JWK_MEMBER_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "engine/crypto/secret.h"
#include "engine/json/reader.h"

namespace tollgate {

// Returns the member, which must be there and a string.
absl::StatusOr<std::string_view> TextMember(const JsonObject& jwk,
                                            std::string_view name);

// Returns the bytes of the member, wiped when they go: they may be secret.
// Refuses what is not strict base64url, and more bytes than any key has.
absl::StatusOr<SecretBytes> BytesMember(const JsonObject& jwk,
                                        std::string_view name);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_LOOKUP_JWK_MEMBER_H_
