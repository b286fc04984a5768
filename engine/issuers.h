// The issuers that a configuration names, ready to verify with: their keys read
// from files, their rules resolved.
//
// Thread-safety: pure but for reading files; control path; a TokenTrust is
// immutable. Ownership: values.
// Errors: file:line:column of the issuer, and what is wrong with its file;
// never a byte of a secret.

#ifndef TOLLGATE_ENGINE_ISSUERS_H_
#define TOLLGATE_ENGINE_ISSUERS_H_

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/base/attributes.h"
#include "absl/status/statusor.h"
#include "engine/config/config.h"
#include "engine/crypto/sha256.h"
#include "engine/key_file.h"
#include "engine/lookup/verification_context.h"
#include "engine/name_table.h"
#include "engine/verify/proof_header.h"

namespace tollgate {

// What tokens are verified with.
struct TokenTrust {
  JwtOptions options;
  std::vector<VerificationContext> issuers;  // in the order written
  std::vector<Sha256Digest> contents;        // of their keys' files, likewise
  // What a proof made with this bears: equal only for the same object, so that
  // a reload that changes nothing of it ends no proof.
  ProofStamp stamp;

  // Returns the context of exactly this issuer, or null.
  const VerificationContext* Find(std::string_view issuer) const
      ABSL_ATTRIBUTE_LIFETIME_BOUND;
};

using SharedTokenTrust = std::shared_ptr<const TokenTrust>;

// Returns null when the configuration takes no tokens; `previous`, which may be
// null, when that is the same; else a new one with `stamp`, which none had
// before. `names` gives policies their numbers.
absl::StatusOr<SharedTokenTrust> LoadTokenTrust(
    const Config& config, const SharedTokenTrust& previous, NameTable& names,
    const ProofStamp& stamp);

// Reads the keys of issuer `index` again: returns `previous`, which is of the
// same configuration, if they are the same, else a new one with `stamp`.
absl::StatusOr<SharedTokenTrust> RefreshIssuer(const Config& config,
                                               size_t index,
                                               const SharedTokenTrust& previous,
                                               const ProofStamp& stamp);

// Returns the file that each issuer's keys are read from, in the same order, as
// it is now.
std::vector<KeyFile> IssuerFiles(const Config& config);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_ISSUERS_H_
