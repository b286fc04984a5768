// Which names of a certificate the name constraints above it are about (RFC
// 5280 section 6.1.3 (b)); what they say of one is in name_constraints.h.
//
// Thread-safety: pure. Ownership: values. Cost: copies of the names. Errors:
// none.

#ifndef TOLLGATE_ENGINE_CRYPTO_CONSTRAINED_NAMES_H_
#define TOLLGATE_ENGINE_CRYPTO_CONSTRAINED_NAMES_H_

#include <vector>

#include "engine/crypto/certificate.h"
#include "engine/crypto/general_name.h"

namespace tollgate {

// Returns those beside the subject's, the subject's, and mailboxes in it.
std::vector<GeneralName> ConstrainedNamesOf(const Certificate& certificate);

// Adds the hosts that common names look like, where there is no DNS name: who
// takes a common name for an identity is not to be told one that the authority
// may not vouch for.
void AddCommonHosts(const Certificate& certificate,
                    std::vector<GeneralName>& names);

// Adds the common names, for they say whose the certificate is: each as a host,
// which as the empty name, if it is none, passes no constraint; and what is
// spelt like a mailbox or a URI as one, too.
void AddCommonNames(const Certificate& certificate,
                    std::vector<GeneralName>& names);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CRYPTO_CONSTRAINED_NAMES_H_
