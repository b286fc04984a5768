// extract: the client's certificates as a proxy forwards them in headers.
//
// Called only for requests of a trusted proxy, which takes such headers off
// what its clients send. Three ways of writing are known:
//
//   kClientCert  Client-Cert and Client-Cert-Chain, byte sequences of
//                structured fields (RFC 9440 section 2, RFC 8941 section 3.3.5)
//   kXfcc        Envoy's x-forwarded-client-cert: of its last element, which
//                the nearest proxy added, Chain or Cert; what it says beside
//                them (Subject, URI, DNS, By) is text that nobody signed, and
//                is not used. A Hash must be that of the certificate.
//   kEscapedPem  PEM in percent-encoding (nginx: $ssl_client_escaped_cert)
//
// All are read strictly: one certificate in one place. A field that occurs
// twice where it may once, a name that differs from the right one by
// underscores, white space or other bytes where they do not belong, are
// malformed, not overlooked.
//
// Thread-safety: pure. Ownership: the result owns its bytes. Cost: decoding
// allocates; some microseconds. Errors: kMalformed.

#ifndef TOLLGATE_ENGINE_EXTRACT_FORWARDED_CERTIFICATE_H_
#define TOLLGATE_ENGINE_EXTRACT_FORWARDED_CERTIFICATE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "engine/model/request.h"

namespace tollgate {

enum class ForwardedStyle : uint8_t { kClientCert = 0, kXfcc, kEscapedPem };

struct ForwardedCertificateOptions {
  ForwardedStyle style = ForwardedStyle::kClientCert;
  std::string header = "X-SSL-Client-Cert";  // of kEscapedPem

  friend bool operator==(const ForwardedCertificateOptions&,
                         const ForwardedCertificateOptions&) = default;
};

struct ForwardedCertificate {
  enum class Outcome : uint8_t { kMalformed = 0, kAbsent, kFound };
  Outcome outcome = Outcome::kMalformed;
  std::vector<std::string> certificates;  // in DER, the end entity's first
};

ForwardedCertificate ReadForwardedCertificate(
    const ForwardedCertificateOptions& options,
    absl::Span<const HeaderView> headers);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_EXTRACT_FORWARDED_CERTIFICATE_H_
