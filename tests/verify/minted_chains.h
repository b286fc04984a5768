// What the verifier says of chains that tools/mint makes, for tests.

#ifndef TOLLGATE_TESTS_VERIFY_MINTED_CHAINS_H_
#define TOLLGATE_TESTS_VERIFY_MINTED_CHAINS_H_

#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/verify/client_certificate.h"
#include "gtest/gtest.h"
#include "tools/mint/client_chains.h"

namespace tollgate {

using mint::ClientChainFiles;
using mint::Defect;
using mint::Recipe;

inline constexpr UnixSeconds kNow = {mint::kGoodTime};

inline constexpr IdentitySource kAllSans[] = {IdentitySource::kUriSan,
                                              IdentitySource::kDnsSan,
                                              IdentitySource::kEmailSan};

inline PathOptions Rfc5280() {
  return {.purpose = PathPurpose::kClient,
          .extended_key_usage_required = false};
}

inline std::unique_ptr<const PathValidator> ValidatorFor(
    const ClientChainFiles& files, const PathOptions& options) {
  std::vector<CertificatePtr> anchors;
  std::vector<CrlPtr> crls;
  for (const std::string& der : files.anchors) {
    auto parsed = Certificate::Parse(der);
    // One that can not be read anchors nothing.
    if (parsed.ok()) anchors.push_back(*std::move(parsed));
  }
  for (const std::string& der : files.crls) {
    auto parsed = Crl::Parse(der);
    EXPECT_TRUE(parsed.ok()) << parsed.status();
    if (parsed.ok()) crls.push_back(*std::move(parsed));
  }
  return std::make_unique<const PathValidator>(std::move(anchors),
                                               std::move(crls), options);
}

// Whose the chain is by its names of these kinds.
inline Reason ReasonFor(const Recipe& recipe,
                        std::vector<IdentitySource> sources) {
  const ClientChainFiles files = Mint(recipe);
  const CertificateVerifier verifier(ValidatorFor(files, Rfc5280()), {},
                                     std::move(sources));
  VerifiedCertificate verified;
  return verifier.Verify(files.chain, kNow, verified);
}

inline Reason Verify(const ClientChainFiles& files, const PathOptions& options,
                     VerifiedCertificate& out, UnixSeconds now = kNow) {
  const CertificateVerifier verifier(
      ValidatorFor(files, options), {},
      {std::begin(kAllSans), std::end(kAllSans)});
  return verifier.Verify(files.chain, now, out);
}

inline Reason ReasonFor(const Recipe& recipe,
                        const PathOptions& options = Rfc5280(),
                        UnixSeconds now = kNow) {
  VerifiedCertificate verified;
  return Verify(Mint(recipe), options, verified, now);
}

}  // namespace tollgate

#endif  // TOLLGATE_TESTS_VERIFY_MINTED_CHAINS_H_
