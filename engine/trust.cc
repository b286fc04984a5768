#include "engine/trust.h"

#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
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

// What the files hold, read once.
class TrustContent {
 public:
  static absl::StatusOr<TrustContent> Read(const Config& config) {
    TrustContent content;
    std::string framed;
    for (const KeyFile& file : TrustFiles(config)) {
      auto bytes = ReadRegularFile(file.path(), limits::kTrustFileBytesMax);
      if (!bytes.ok()) return bytes.status();
      absl::StrAppend(&framed, bytes->size(), ":", *bytes);
      content.files_[file.path()] = *std::move(bytes);
    }
    content.digest_ = Sha256(framed);
    return content;
  }

  const Sha256Digest& digest() const { return digest_; }

  // REQUIRES: `path` is one of the files.
  const std::string& file(const std::string& path) const {
    return files_.at(path);
  }

 private:
  absl::flat_hash_map<std::string, std::string> files_;  // by their paths
  Sha256Digest digest_ = {};
};

// The items of one file: PEM, with whatever explains it, or one in DER.
absl::StatusOr<std::vector<std::string>> ItemsOf(const std::string& path,
                                                 const std::string& bytes,
                                                 const PemFormat& format) {
  constexpr char kDerSequence = 0x30;
  if (!bytes.empty() && bytes.front() == kDerSequence) {
    return std::vector<std::string>{bytes};
  }
  auto blocks = DecodePem(bytes, format);
  if (blocks.has_value()) return *std::move(blocks);
  return InFile(path, absl::StrCat("holds no PEM of ", format.label,
                                   " alone, and no DER"));
}

template <typename Parsed>
absl::Status ParseFiles(const std::vector<std::string>& paths,
                        const TrustContent& content, const PemFormat& format,
                        std::vector<std::shared_ptr<const Parsed>>& out) {
  for (const std::string& path : paths) {
    const auto items = ItemsOf(path, content.file(path), format);
    if (!items.ok()) return items.status();
    for (const std::string& item : *items) {
      auto parsed = Parsed::Parse(item);
      if (!parsed.ok()) return InFile(path, parsed.status().message());
      out.push_back(*std::move(parsed));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<const PathValidator>> MakeValidator(
    const std::vector<std::string>& anchor_files, const TrustContent& content,
    const std::vector<CrlPtr>& crls, const MtlsOptions& options) {
  std::vector<CertificatePtr> anchors;
  const absl::Status status =
      ParseFiles(anchor_files, content,
                 {.label = kPemCertificate,
                  .surroundings = PemSurroundings::kExplained,
                  .blocks_max = limits::kAnchorsMax},
                 anchors);
  if (!status.ok()) return status;
  return std::make_unique<const PathValidator>(
      std::move(anchors), crls,
      PathOptions{
          .purpose = PathPurpose::kClient,
          .extended_key_usage_required = options.extended_key_usage_required,
          .stale_crls_accepted = options.stale_crls_accepted});
}

absl::StatusOr<std::unique_ptr<const CertificateVerifier>> MakeVerifier(
    const MtlsOptions& options, const TrustContent& content) {
  std::vector<CrlPtr> crls;
  const absl::Status status =
      ParseFiles(options.crls, content,
                 {.label = kPemCrl,
                  .surroundings = PemSurroundings::kExplained,
                  .blocks_max = limits::kCrlsMax},
                 crls);
  if (!status.ok()) return status;
  auto general = MakeValidator(options.trust_anchors, content, crls, options);
  if (!general.ok()) return general.status();
  std::vector<TrustBundle> bundles;
  for (const TrustDomainOptions& domain : options.trust_domains) {
    auto validator =
        MakeValidator(domain.trust_anchors, content, crls, options);
    if (!validator.ok()) return validator.status();
    bundles.push_back({domain.trust_domain, *std::move(validator)});
  }
  // Who is registered is who the registration says, whatever the names are.
  return std::make_unique<const CertificateVerifier>(
      *std::move(general), std::move(bundles),
      options.accept == CertificateAcceptance::kRegistered
          ? std::vector<IdentitySource>()
          : options.identity);
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Trust>> LoadTrust(
    const Config& config, const std::shared_ptr<const Trust>& previous,
    const ProofStamp& stamp) {
  if (!config.mtls.has_value()) return std::shared_ptr<const Trust>();
  const MtlsOptions& options = *config.mtls;
  const auto content = TrustContent::Read(config);
  if (!content.ok()) return config.ErrorAt("mtls", content.status());
  if (previous != nullptr && previous->content == content->digest() &&
      previous->options == options) {
    return previous;
  }
  auto verifier = MakeVerifier(options, *content);
  if (!verifier.ok()) return config.ErrorAt("mtls", verifier.status());
  return std::make_shared<const Trust>(
      Trust{options, content->digest(), *std::move(verifier), stamp});
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
