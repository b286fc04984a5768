// Private keys in files, for commands that sign: as a JWK, with all its
// parameters (RFC 7518 section 6, RFC 8037 section 2), or as PEM.
//
// Thread-safety: pure but for files. Ownership: what was read of a file is
// wiped. Cost: control path. Errors: those of the file, or InvalidArgument with
// its name and what is wrong; never a byte of a key.

#ifndef TOLLGATE_TOOLS_TOLLGATE_PRIVATE_KEY_H_
#define TOLLGATE_TOOLS_TOLLGATE_PRIVATE_KEY_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/crypto/algorithm.h"
#include "engine/crypto/signing_key.h"

namespace tollgate::cli {

struct PrivateKey {
  std::string kid;  // empty: the file names none
  SigningKey key;
};

// Reads the key at `path` for `algorithm`; kNone: for what its `alg` says, or
// else for the usual algorithm of its kind.
absl::StatusOr<PrivateKey> ReadPrivateKey(const std::string& path,
                                          Algorithm algorithm);

// Makes a new key for `algorithm` and writes it to `path` as a JWK, for its
// owner alone to read; a file that is there already stays as it is, and is an
// error. Without a `kid` its thumbprint is taken (RFC 7638), and chance for a
// secret. Returns the public half as a JWK Set: an empty one for a secret.
absl::StatusOr<std::string> WriteNewKey(const std::string& path,
                                        Algorithm algorithm, std::string kid);

}  // namespace tollgate::cli

#endif  // TOLLGATE_TOOLS_TOLLGATE_PRIVATE_KEY_H_
