// A certificate, parsed strictly (RFC 5280 section 4, X.690 DER).
//
//   auto certificate = Certificate::Parse(der);
//   if (!certificate.ok()) ...
//   (*certificate)->subject_alt_names ...
//
// What is refused: more than limits::kCertificateBytesMax; a length that is
// indefinite or not of the fewest octets; a BOOLEAN, an INTEGER or a time that
// is not as DER has it; bytes behind the end; a signature algorithm that
// differs between its two places; the same extension twice; extensions before
// version 3, or unique identifiers before version 2; a known extension that is
// malformed; a serial number that is not positive or longer than 20 octets;
// names with a NUL, or of an empty issuer.
// Critical extensions that are not processed are reported, and refuse a path.
//
// What DER has otherwise and real certificates have all the same is accepted,
// and means the same: a default that is written out (critical FALSE, cA FALSE);
// zero bits at the end of a key usage; a SET OF that is not sorted; a
// PrintableString with characters that it does not have, such as '@'.
//
// Nothing here is proved: that is engine/crypto/certification_path.h.
//
// Thread-safety: immutable. Ownership: shared, stands on its own. Cost: some
// microseconds and allocations. Errors: InvalidArgument, one line.

#ifndef TOLLGATE_ENGINE_CRYPTO_CERTIFICATE_H_
#define TOLLGATE_ENGINE_CRYPTO_CERTIFICATE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/base/clock.h"
#include "engine/crypto/certificate_key.h"
#include "engine/crypto/certificate_policies.h"
#include "engine/crypto/distinguished_name.h"
#include "engine/crypto/general_name.h"
#include "engine/crypto/name_constraints.h"
#include "engine/crypto/sha256.h"

namespace tollgate {

// Bits of the key usage extension (section 4.2.1.3).
enum KeyUsageBit : uint16_t {
  kDigitalSignature = 1 << 0,
  kKeyEncipherment = 1 << 2,
  kKeyAgreement = 1 << 4,
  kKeyCertSign = 1 << 5,
  kCrlSign = 1 << 6,
};

struct BasicConstraints {
  bool ca = false;
  std::optional<uint64_t> path_length;
};

struct ExtendedKeyUsage {
  bool any = false;
  bool client = false;
  bool server = false;
};

// Which certificate is the issuer's (section 4.2.1.1), as far as it says.
struct AuthorityKeyId {
  std::string_view key_id;
  std::vector<GeneralName> issuer;  // with `serial`, or empty
  std::string_view serial;
};

struct Certificate {
  static absl::StatusOr<std::shared_ptr<const Certificate>> Parse(
      std::string_view der);

  std::string der;
  Sha256Digest digest = {};             // of it: the thumbprint
  Sha256Digest public_key_digest = {};  // of the SubjectPublicKeyInfo

  // Views of `der`.
  std::string_view signed_part;
  std::string_view signature;
  std::string_view serial;  // contents of the INTEGER
  SignatureScheme signature_scheme = SignatureScheme::kUnknown;

  DistinguishedName issuer;
  DistinguishedName subject;
  UnixSeconds not_before;
  UnixSeconds not_after;  // the last good second
  CertificateKey key;

  // Extensions; absent ones are empty.
  std::optional<BasicConstraints> basic_constraints;
  std::optional<uint16_t> key_usage;
  std::optional<ExtendedKeyUsage> extended_key_usage;
  std::vector<GeneralName> subject_alt_names;
  std::optional<NameConstraints> name_constraints;
  CertificatePolicies policies;
  std::string_view subject_key_id;
  AuthorityKeyId authority_key_id;
  // The names of all distribution points of its revocation lists.
  std::vector<GeneralName> crl_names;
  bool has_unhandled_critical_extension = false;

  // It says that it may issue others (section 4.2.1.9).
  bool authority() const {
    return basic_constraints.has_value() && basic_constraints->ca;
  }
  // A name is its own issuer's (section 6.1).
  bool self_issued() const { return issuer == subject; }
  bool usable_for(KeyUsageBit bits) const {
    return !key_usage.has_value() || (*key_usage & bits) != 0;
  }

  Certificate() = default;
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CRYPTO_CERTIFICATE_H_
