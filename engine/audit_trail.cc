#include "engine/audit_trail.h"

#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/limits.h"
#include "engine/config/file_bytes.h"
#include "engine/config/pepper_file.h"
#include "engine/crypto/secret.h"
#include "engine/crypto/signing_key.h"

namespace tollgate {
namespace {

// Reads a private key in PEM: Ed25519, or else P-256.
absl::StatusOr<std::shared_ptr<const SigningKey>> LoadSigner(
    const std::string& path) {
  auto pem = ReadRegularFile(path, limits::kJwksBytesMax);
  if (!pem.ok()) return pem.status();
  auto key = SigningKey::FromPem(Algorithm::kEdDsa, *pem);
  if (!key.ok()) key = SigningKey::FromPem(Algorithm::kEs256, *pem);
  WipeBytes(pem->data(), pem->size());
  if (!key.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": no private key of Ed25519 or P-256 in PEM, not encrypted"));
  }
  return std::make_shared<const SigningKey>(*std::move(key));
}

// How `config` wants its audit written. REQUIRES: it has one.
absl::StatusOr<AuditFileOptions> ReadOptions(const Config& config) {
  AuditFileOptions options = {
      .path = config.audit->file,
      .chain = nullptr,
      .signer = nullptr,
      .checkpoint_lines = config.audit->checkpoint_lines};
  auto chain = LoadAuditChain(config);
  if (!chain.ok()) return chain.status();
  options.chain = *std::move(chain);
  if (!config.audit->signing_key_file.empty()) {
    auto signer = LoadSigner(config.audit->signing_key_file);
    if (!signer.ok()) {
      return config.ErrorAt("audit.signing_key_file", signer.status());
    }
    options.signer = *std::move(signer);
  }
  return options;
}

bool IsFolder(const std::string& path) {
  struct stat found;
  return stat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode);
}

// Whether there is a file at `path`, or can be one.
absl::Status CheckPlace(const std::string& path) {
  if (IsFolder(path)) return FileError(path, EISDIR);
  struct stat found;
  const std::string folder = std::filesystem::path(path).parent_path();
  if (stat(folder.empty() ? "." : folder.c_str(), &found) != 0) {
    return FileError(path, errno);
  }
  return S_ISDIR(found.st_mode) ? absl::OkStatus() : FileError(path, ENOTDIR);
}

}  // namespace

ControlEvent EventOf(const Revocation& revocation, UnixSeconds now) {
  constexpr std::string_view kKinds[kRevocationKinds] = {
      "token_id", "subject", "client", "key_id", "issuer", "claims"};
  return {
      .name = "tokens_revoked",
      .time = now,
      .fields = {
          {"kind", std::string(kKinds[static_cast<size_t>(revocation.kind)])},
          {"issuer", revocation.issuer},
          {"value", revocation.value}}};
}

ControlEvent EventOf(const Approval& approval) {
  return {.name = approval.withdrawn ? "tool_unpinned" : "tool_pinned",
          .time = {approval.approved_at},
          .fields = {{"publisher", approval.pin.publisher},
                     {"tool", approval.pin.tool},
                     {"version", approval.pin.version},
                     {"by", approval.approved_by}}};
}

absl::StatusOr<std::shared_ptr<const AuditChain>> LoadAuditChain(
    const Config& config) {
  if (!config.audit.has_value() || config.audit->chain_key_file.empty()) {
    return std::shared_ptr<const AuditChain>();
  }
  auto key = LoadPepper(config.audit->chain_key_file, "a chain's key");
  if (!key.ok()) return config.ErrorAt("audit.chain_key_file", key.status());
  return std::make_shared<const AuditChain>(key->bytes.span());
}

absl::Status CheckAuditTrail(const Config& config) {
  if (!config.audit.has_value()) return absl::OkStatus();
  const auto options = ReadOptions(config);
  if (!options.ok()) return options.status();
  absl::Status place = CheckPlace(options->path);
  if (options->chain != nullptr) {
    place.Update(CheckPlace(AuditHeadPath(options->path)));
  }
  return place.ok() ? place : config.ErrorAt("audit.file", place);
}

absl::StatusOr<std::shared_ptr<AuditLog>> OpenAuditTrail(const Config& config) {
  if (!config.audit.has_value()) return std::shared_ptr<AuditLog>();
  auto options = ReadOptions(config);
  if (!options.ok()) return options.status();
  auto file = AuditFile::Open(*std::move(options));
  if (!file.ok()) return config.ErrorAt("audit.file", file.status());
  return std::make_shared<AuditLog>(*std::move(file));
}

}  // namespace tollgate
