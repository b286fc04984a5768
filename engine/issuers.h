// The issuers that a configuration names, ready to verify with: their keys read
// from files, their rules resolved.
//
// Thread-safety: pure but for reading files; control path. Ownership: values.
// Errors: file:line:column of the issuer, and what is wrong with its file;
// never a byte of a secret.

#ifndef TOLLGATE_ENGINE_ISSUERS_H_
#define TOLLGATE_ENGINE_ISSUERS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/base/attributes.h"
#include "absl/status/statusor.h"
#include "engine/config/config.h"
#include "engine/key_file.h"
#include "engine/lookup/verification_context.h"

namespace tollgate {

// Returns a context for each issuer, in the order written; policies are not
// resolved yet.
absl::StatusOr<std::vector<VerificationContext>> LoadIssuers(
    const Config& config);

// Returns the context of exactly this issuer, or null.
const VerificationContext* FindIssuer(const std::vector<VerificationContext>&
                                          issuers ABSL_ATTRIBUTE_LIFETIME_BOUND,
                                      std::string_view issuer);

// Returns the context of issuer `index` of the configuration, read anew.
absl::StatusOr<VerificationContext> LoadIssuer(const Config& config,
                                               size_t index);

// Returns the file that each issuer's keys are read from, in the same order, as
// it is now.
std::vector<KeyFile> IssuerFiles(const Config& config);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_ISSUERS_H_
