// Certificates: any bytes are refused, or are one that means what its bytes
// say, and that no path makes good without an anchor.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/limits.h"
#include "engine/crypto/certificate.h"
#include "engine/crypto/certification_path.h"
#include "engine/verify/client_identity.h"
#include "tests/fuzz/fuzz_check.h"

namespace tollgate {
namespace {

constexpr UnixSeconds kNow = {1'767'225'600};

constexpr IdentitySource kSources[] = {
    IdentitySource::kUriSan, IdentitySource::kDnsSan, IdentitySource::kEmailSan,
    IdentitySource::kCn};

bool IsInside(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() &&
          part.data() + part.size() <= whole.data() + whole.size());
}

void CheckIdentity(const Certificate& certificate) {
  const ClientIdentity identity = IdentityOf(certificate, kSources);
  if (identity.outcome != ClientIdentity::Outcome::kFound) return;
  FUZZ_CHECK(!identity.name.empty());
  FUZZ_CHECK(identity.name.size() <= limits::kPrincipalBytesMax);
  FUZZ_CHECK(identity.name.find('\0') == std::string_view::npos);
}

void Check(std::string_view bytes) {
  const auto parsed = Certificate::Parse(bytes);
  if (!parsed.ok()) return;
  const Certificate& certificate = **parsed;
  FUZZ_CHECK(certificate.der == bytes);
  for (const std::string_view part :
       {certificate.signed_part, certificate.signature, certificate.serial,
        certificate.subject_key_id, certificate.authority_key_id.key_id}) {
    FUZZ_CHECK(IsInside(part, certificate.der));
  }
  FUZZ_CHECK(!certificate.issuer.empty());
  CheckIdentity(certificate);
  // By itself it is good for nobody, as its own anchor neither.
  const PathOptions options = {.purpose = PathPurpose::kAny,
                               .extended_key_usage_required = false};
  const CertificatePtr chain[] = {*parsed, *parsed};
  for (const std::vector<CertificatePtr>& anchors :
       {std::vector<CertificatePtr>(), std::vector<CertificatePtr>{*parsed}}) {
    const PathValidator validator(anchors, {}, options);
    FUZZ_CHECK(validator.Validate(chain, kNow).error != PathError::kNone);
  }
}

}  // namespace
}  // namespace tollgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tollgate::Check({reinterpret_cast<const char*>(data), size});
  return 0;
}
