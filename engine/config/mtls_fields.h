// Reads `mtls:`: whose certificates are taken, and what they must be.
//
//   trust_anchors: [clients-ca.pem]
//   crls: [clients.crl]                 # then every certificate is looked up
//   accept: registered                  # registered | anchored | either
//   identity: [uri_san, dns_san, email_san]   # cn only if it is listed
//   policy: standard
//   extended_key_usage: required        # required | if_present
//   stale_crls: refuse                  # refuse | accept
//   trust_domains: [{ trust_domain: example.org, trust_anchors: [spire.pem] }]
//   forwarded: client_cert              # client_cert | xfcc | escaped_pem
//   forwarded_header: X-SSL-Client-Cert # of escaped_pem
//   cache: { entries: 65536, max_age: 5m }
//
// What weakens a check is an error: no anchor at all, a trust domain twice.
//
// Thread-safety: pure. Control path only. Errors go to the field's context.

#ifndef TOLLGATE_ENGINE_CONFIG_MTLS_FIELDS_H_
#define TOLLGATE_ENGINE_CONFIG_MTLS_FIELDS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config/field_reader.h"
#include "engine/extract/forwarded_certificate.h"
#include "engine/verify/client_identity.h"

namespace tollgate {

// What a certificate must be beside validated.
enum class CertificateAcceptance : uint8_t {
  kRegistered = 0,  // registered
  kAnchored,        // nothing more: its names say whose it is
  kEither,          // the registration says, if there is one
};

struct TrustDomainOptions {
  std::string trust_domain;
  std::vector<std::string> trust_anchors;  // at least one, resolved

  friend bool operator==(const TrustDomainOptions&,
                         const TrustDomainOptions&) = default;
};

struct MtlsOptions {
  std::vector<std::string> trust_anchors;  // resolved, as all files here
  std::vector<std::string> crls;
  CertificateAcceptance accept = CertificateAcceptance::kRegistered;
  std::vector<IdentitySource> identity = {IdentitySource::kUriSan,
                                          IdentitySource::kDnsSan,
                                          IdentitySource::kEmailSan};
  std::string policy;  // empty: none
  bool extended_key_usage_required = true;
  bool stale_crls_accepted = false;
  std::vector<TrustDomainOptions> trust_domains;
  std::optional<ForwardedCertificateOptions> forwarded;
  uint64_t cache_entries = 65536;
  uint64_t cache_max_age_us = 300'000'000;

  friend bool operator==(const MtlsOptions&, const MtlsOptions&) = default;
};

// `resolve` makes a path of the configuration one of the process.
MtlsOptions ReadMtls(const Field& field,
                     const std::function<std::string(const Field&)>& resolve);

// Return the words of the configuration.
std::string_view AcceptanceName(CertificateAcceptance accept);
std::string_view IdentitySourceName(IdentitySource source);
std::string_view ForwardedStyleName(ForwardedStyle style);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CONFIG_MTLS_FIELDS_H_
