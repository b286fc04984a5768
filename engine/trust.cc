#include "engine/trust.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/base/limits.h"
#include "engine/base/pem.h"
#include "engine/config/file_bytes.h"
#include "engine/crypto/certificate.h"
#include "engine/crypto/crl.h"

namespace tollgate {
namespace {

absl::Status InFile(const std::string& path, std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", what));
}

// The items of one file: PEM, with whatever explains it, or one in DER.
absl::StatusOr<std::vector<std::string>> ReadItems(const std::string& path,
                                                   std::string_view label,
                                                   size_t items_max) {
  auto bytes = ReadFile(path, limits::kTrustFileBytesMax);
  if (!bytes.ok()) return bytes.status();
  constexpr char kDerSequence = 0x30;
  if (!bytes->empty() && bytes->front() == kDerSequence) {
    return std::vector<std::string>{*std::move(bytes)};
  }
  auto blocks = DecodePem(*bytes, {.label = label,
                                   .surroundings = PemSurroundings::kExplained,
                                   .blocks_max = items_max});
  if (blocks.has_value()) return *std::move(blocks);
  return InFile(path,
                absl::StrCat("holds no PEM of ", label, " alone, and no DER"));
}

template <typename Parsed>
absl::Status ReadParsed(const std::vector<std::string>& files,
                        std::string_view label, size_t items_max,
                        std::vector<std::shared_ptr<const Parsed>>& out) {
  for (const std::string& file : files) {
    const auto items = ReadItems(file, label, items_max);
    if (!items.ok()) return items.status();
    for (const std::string& item : *items) {
      auto parsed = Parsed::Parse(item);
      if (!parsed.ok()) return InFile(file, parsed.status().message());
      out.push_back(*std::move(parsed));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<const PathValidator>> MakeValidator(
    const std::vector<std::string>& anchor_files,
    const std::vector<CrlPtr>& crls, const MtlsOptions& options) {
  std::vector<CertificatePtr> anchors;
  const absl::Status status =
      ReadParsed(anchor_files, kPemCertificate, limits::kAnchorsMax, anchors);
  if (!status.ok()) return status;
  return std::make_unique<const PathValidator>(
      std::move(anchors), crls,
      PathOptions{
          .purpose = PathPurpose::kClient,
          .extended_key_usage_required = options.extended_key_usage_required,
          .stale_crls_accepted = options.stale_crls_accepted});
}

absl::StatusOr<CertificateVerifier> MakeVerifier(const MtlsOptions& options) {
  std::vector<CrlPtr> crls;
  const absl::Status status =
      ReadParsed(options.crls, kPemCrl, limits::kCrlsMax, crls);
  if (!status.ok()) return status;
  auto general = MakeValidator(options.trust_anchors, crls, options);
  if (!general.ok()) return general.status();
  std::vector<TrustBundle> bundles;
  for (const TrustDomainOptions& domain : options.trust_domains) {
    auto validator = MakeValidator(domain.trust_anchors, crls, options);
    if (!validator.ok()) return validator.status();
    bundles.push_back({domain.trust_domain, *std::move(validator)});
  }
  return CertificateVerifier(*std::move(general), std::move(bundles),
                             options.identity);
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Trust>> LoadTrust(const Config& config) {
  if (!config.mtls.has_value()) return std::shared_ptr<const Trust>();
  const MtlsOptions& options = *config.mtls;
  auto verifier = MakeVerifier(options);
  if (!verifier.ok()) return config.ErrorAt("mtls", verifier.status());
  return std::make_shared<const Trust>(
      Trust{*std::move(verifier), options.accept,
            static_cast<int64_t>(options.cache_max_age_us / 1'000'000)});
}

std::vector<KeyFile> TrustFiles(const Config& config) {
  std::vector<KeyFile> files;
  if (!config.mtls.has_value()) return files;
  const auto add = [&files](const std::vector<std::string>& paths) {
    for (const std::string& path : paths) files.emplace_back(path);
  };
  add(config.mtls->trust_anchors);
  add(config.mtls->crls);
  for (const TrustDomainOptions& domain : config.mtls->trust_domains) {
    add(domain.trust_anchors);
  }
  return files;
}

}  // namespace tollgate
