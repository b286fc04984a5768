// tollgate tool revoke: ends a publisher's key, or one definition, durably.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/audit_trail.h"
#include "engine/json/writer.h"
#include "engine/model/revocation.h"
#include "tools/tollgate/output.h"
#include "tools/tollgate/tool_commands.h"
#include "tools/tollgate/tool_site.h"

namespace tollgate::cli {
namespace {

struct RevokeOptions {
  std::string config;
  bool json = false;
  std::string publisher;
  std::string key_id;
  std::string digest;
  std::optional<int64_t> signed_until;
};

bool IsDigest(std::string_view text) {
  constexpr size_t kDigits = 64;
  return text.size() == kDigits && absl::c_all_of(text, [](char c) {
           return absl::ascii_isxdigit(static_cast<unsigned char>(c));
         });
}

bool IsConfigured(const ToolSite& site, std::string_view publisher) {
  return absl::c_any_of(
      site.trust->publishers.all(),
      [&](const Publisher& other) { return other.id == publisher; });
}

std::string AnswerOf(const RevokeOptions& options,
                     const Revocation& revocation) {
  const std::string_view kind =
      revocation.kind == RevocationKind::kKeyId ? "key" : "definition";
  if (!options.json) {
    return absl::StrCat("revoked ", kind, " ",
                        absl::CHexEscape(revocation.value), " of ",
                        absl::CHexEscape(options.publisher), "\n");
  }
  std::string text;
  JsonWriter json(&text);
  json.BeginObject().Key("publisher").String(options.publisher);
  json.Key("kind").String(kind).Key("value").String(revocation.value);
  json.EndObject();
  return text += '\n';
}

ExitStatus Revoke(const RevokeOptions& options) {
  if (options.key_id.empty() == options.digest.empty()) {
    return Fail(ExitStatus::kUsage, "either --key-id or --digest");
  }
  if (!options.digest.empty() && !IsDigest(options.digest)) {
    return Fail(ExitStatus::kUsage, "--digest: a SHA-256 in hex");
  }
  auto opened = OpenToolSite(options.config, Access::kChange);
  if (auto* failed = std::get_if<ExitStatus>(&opened)) return *failed;
  const ToolSite& site = std::get<ToolSite>(opened);
  if (!IsConfigured(site, options.publisher)) {
    return Fail(
        ExitStatus::kDenied,
        absl::StrCat("--publisher: the configuration has no publisher `",
                     absl::CHexEscape(options.publisher), "`"));
  }
  const bool of_key = !options.key_id.empty();
  const Revocation revocation = {
      of_key ? RevocationKind::kKeyId : RevocationKind::kClaims,
      RevocationIssuerOf(options.publisher),
      of_key ? options.key_id : absl::AsciiStrToLower(options.digest),
      options.signed_until, kRevokedForGood};
  const absl::Status added = site.database().AddRevocations({&revocation, 1});
  if (!added.ok()) return FailKey(added);
  site.keys.Record(EventOf(revocation, ReadClock().wall));
  return Print(AnswerOf(options, revocation));
}

}  // namespace

void AddToolRevokeCommand(Command tool) {
  const Command command = tool.AddCommand(
      "revoke",
      "Refuses for good what a publisher's key signed, or one definition",
      "tollgate tool revoke --config tollgate.yaml --publisher acme --key-id "
      "k1");
  auto options = std::make_shared<RevokeOptions>();
  AddConfigOption(command, options->config);
  command.AddOption("--publisher", options->publisher, "Whose it is")
      .Required();
  command.AddOption("--key-id", options->key_id, "The id of a key");
  command.AddOption("--digest", options->digest,
                    "The SHA-256 of a definition's canonical form, in hex");
  command.AddOption("--signed-until", options->signed_until,
                    "Only what was signed until then, in seconds since 1970");
  AddJsonFlag(command, options->json);
  command.Does([options] { return Revoke(*options); });
}

}  // namespace tollgate::cli
