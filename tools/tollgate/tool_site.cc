#include "tools/tollgate/tool_site.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/clock.h"
#include "engine/base/limits.h"
#include "engine/config/config.h"
#include "tools/tollgate/stored_revocations.h"
#include "tools/tollgate/whole_input.h"

namespace tollgate::cli {
namespace {

// Whether the store revokes the definition, its key, or its publisher.
absl::StatusOr<bool> IsRevoked(KeyDatabase& database,
                               const VerifiedDefinition& verified,
                               UnixSeconds now) {
  StoredRevocations revocations(&database);
  const std::string issuer = RevocationIssuerOf(verified.publisher);
  return revocations.IsRevoked({.issuer = issuer,
                                .key_id = verified.key_id,
                                .claims = &verified.digest,
                                .issued_at = verified.issued_at.value},
                               now);
}

}  // namespace

std::variant<ToolSite, ExitStatus> OpenToolSite(const std::string& config_path,
                                                Access access) {
  const auto config = LoadConfig(config_path);
  if (!config.ok()) return Fail(ExitStatus::kConfiguration, config.status());
  auto trust = LoadToolTrust(*config, nullptr, {/*generation=*/1});
  if (!trust.ok()) return Fail(ExitStatus::kConfiguration, trust.status());
  if (*trust == nullptr) {
    return Fail(ExitStatus::kConfiguration,
                absl::StrCat(config_path,
                             ": no publishers are configured; add tools: { "
                             "publishers: [{ id: acme, jwks_file: acme.json }] "
                             "}"));
  }
  auto keys = OpenKeyStore(config_path, access);
  if (auto* failed = std::get_if<ExitStatus>(&keys)) return *failed;
  return ToolSite{*std::move(trust), std::get<OpenKeys>(std::move(keys))};
}

void AddDocumentOptions(Command command, ToolDocumentFiles& files) {
  command.AddOption("--input", files.document,
                    "The file with the document, instead of standard input");
  command.AddOption("--payload", files.payload,
                    "The file with the payload of a detached JWS");
}

absl::StatusOr<ToolDocumentBytes> ReadToolDocument(
    const ToolDocumentFiles& files) {
  auto document = ReadWholeInput(files.document, limits::kToolDocumentBytesMax);
  if (!document.ok()) return document.status();
  ToolDocumentBytes bytes = {std::string(WithoutLineBreak(*document)),
                             std::nullopt};
  if (files.payload.empty()) return bytes;
  auto payload = ReadWholeInput(files.payload, limits::kToolDocumentBytesMax);
  if (!payload.ok()) return payload.status();
  bytes.payload = *std::move(payload);
  return bytes;
}

absl::StatusOr<Reason> ProveToolDocument(const ToolSite& site,
                                         const ToolDocumentText& text,
                                         VerifiedDefinition& verified) {
  const UnixSeconds now = ReadClock().wall;
  ToolDefinitionVerifier verifier;
  const Reason reason =
      verifier.Verify(text, site.trust->publishers, site.trust->options.rules,
                      DateOf(now), verified);
  if (reason != Reason::kOk) return reason;
  const auto revoked = IsRevoked(site.database(), verified, now);
  if (!revoked.ok()) return revoked.status();
  return *revoked ? Reason::kDefinitionRevoked : Reason::kOk;
}

std::optional<ToolName> ParseToolName(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos || slash == 0 ||
      slash + 1 == text.size()) {
    return std::nullopt;
  }
  return ToolName{std::string(text.substr(0, slash)),
                  std::string(text.substr(slash + 1))};
}

absl::StatusOr<std::optional<Approval>> FindApproval(KeyDatabase& database,
                                                     const ToolName& name) {
  std::optional<Approval> found;
  const absl::Status status =
      database.ForEachApprovalInForce([&](const Approval& approval) {
        if (approval.pin.publisher == name.publisher &&
            approval.pin.tool == name.tool) {
          found = approval;
        }
        return absl::OkStatus();
      });
  if (!status.ok()) return status;
  return found;
}

}  // namespace tollgate::cli
