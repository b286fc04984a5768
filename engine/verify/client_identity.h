// verify: whose a certificate is, by the names that its issuer vouches for.
//
// Names are taken from the subject alternative names, the kinds in the order
// configured, the first name of the first kind that there is (RFC 9525: never
// the common name, unless it is asked for by name). A name is what its kind
// says, so that none of one kind is spelt like one of another: a DNS name is a
// host name, an e-mail address one mailbox (internet_name.h), a URI an absolute
// one (absolute_uri.h). What could be read as more than one identity, or as
// none in particular, is refused:
//   * a name taken that is none of its kind; so is a wildcard;
//   * two common names, where they are taken; one with what is not seen
//     (hidden_text.h) or space at its ends, or that begins like a SPIFFE ID,
//     for which only its trust domain vouches;
//   * a name longer than limits::kPrincipalBytesMax.
//
// A certificate with a SPIFFE ID is an X.509-SVID, and nothing else, whatever
// kinds are configured (X509-SVID, sections 2, 4 and 5): it has exactly one URI
// among its names, a well-formed SPIFFE ID with a path; it is no authority, may
// sign and may not sign certificates or revocation lists. A URI whose scheme is
// spiffe and that is no SPIFFE ID is refused.
//
// Nothing here is proved before the certification path is. Where the anchors of
// a trust domain prove it, its SPIFFE ID is all that they vouch for: whoever
// asks then asks for kUriSan alone.
//
// Thread-safety: pure. Ownership: the result views the certificate. Cost: some
// ns a name.

#ifndef TOLLGATE_ENGINE_VERIFY_CLIENT_IDENTITY_H_
#define TOLLGATE_ENGINE_VERIFY_CLIENT_IDENTITY_H_

#include <cstdint>
#include <string_view>

#include "absl/types/span.h"
#include "engine/crypto/certificate.h"

namespace tollgate {

enum class IdentitySource : uint8_t { kUriSan = 0, kDnsSan, kEmailSan, kCn };

struct ClientIdentity {
  enum class Outcome : uint8_t {
    kRefused = 0,
    kAbsent,  // no name of the kinds asked for
    kFound,
  };
  Outcome outcome = Outcome::kRefused;
  std::string_view name;          // of kFound
  std::string_view trust_domain;  // of a SPIFFE ID, found or not; else empty
  IdentitySource source = IdentitySource::kUriSan;  // of the name
};

ClientIdentity IdentityOf(const Certificate& certificate,
                          absl::Span<const IdentitySource> sources);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_VERIFY_CLIENT_IDENTITY_H_
