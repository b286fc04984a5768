// tollgate audit verify: whether an audit was edited or cut off.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/audit_trail.h"
#include "engine/config/config.h"
#include "engine/config/file_bytes.h"
#include "engine/json/writer.h"
#include "engine/lookup/jwks.h"
#include "engine/observe/audit_chain.h"
#include "engine/observe/audit_file.h"
#include "engine/observe/audit_verify.h"
#include "tools/tollgate/command.h"
#include "tools/tollgate/output.h"

namespace tollgate::cli {
namespace {

constexpr size_t kAuditBytesMax = size_t{4} << 30;
constexpr uint64_t kAll = kAuditBytesMax;

struct AuditCommandOptions {
  std::string config;
  std::vector<std::string> files;
  std::string jwks;
  std::string checkpoints;
  bool json = false;
};

// The key that checkpoints are signed with; the set keeps it.
absl::StatusOr<KeySet> ReadSigner(const std::string& path) {
  const auto text = ReadFile(path, limits::kJwksBytesMax);
  if (!text.ok()) return text.status();
  auto keys = KeySet::ParseSet(*text, {});
  if (!keys.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": ", keys.status().message()));
  }
  if (keys->entries().size() != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": must be a set of the one key that signs"));
  }
  return keys;
}

// Calls `take` for each line in the first `bytes`, without its break, and with
// whether it has one.
template <typename Take>
absl::Status ForEachLine(const std::string& path, uint64_t bytes, Take&& take) {
  const auto text = ReadFile(path, kAuditBytesMax);
  if (!text.ok()) return text.status();
  std::string_view rest = std::string_view(*text).substr(0, bytes);
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    const bool whole = end != std::string_view::npos;
    if (!take(rest.substr(0, end), whole)) break;
    rest.remove_prefix(whole ? end + 1 : rest.size());
  }
  return absl::OkStatus();
}

ExitStatus PrintVerdict(const AuditCommandOptions& options,
                        const AuditVerdict& verdict) {
  const std::string checkpoints =
      options.jwks.empty()
          ? "signatures of checkpoints not looked at without --jwks"
          : absl::StrCat(verdict.checkpoints, " signed checkpoints");
  std::string out;
  if (options.json) {
    JsonWriter json(&out);
    json.BeginObject().Key("intact").Bool(verdict.intact);
    json.Key("lines").Uint(verdict.lines);
    json.Key("first").Uint(verdict.first_sequence);
    json.Key("last").Uint(verdict.last.sequence);
    json.Key("checkpoints").Uint(verdict.checkpoints);
    if (!verdict.intact) json.Key("finding").String(verdict.finding);
    json.EndObject();
    out += '\n';
  } else if (verdict.intact) {
    out = absl::StrCat("intact: lines ", verdict.first_sequence, " to ",
                       verdict.last.sequence, ", ", checkpoints, "\n");
  } else {
    out = absl::StrCat("not intact: ", verdict.finding, "; ", verdict.lines,
                       " lines before that are good\n");
  }
  const ExitStatus printed = Print(out);
  if (printed != ExitStatus::kDone) return printed;
  return verdict.intact ? ExitStatus::kDone : ExitStatus::kDenied;
}

ExitStatus VerifyAudit(const AuditCommandOptions& options) {
  const auto config = LoadConfig(options.config);
  if (!config.ok()) return Fail(ExitStatus::kConfiguration, config.status());
  const auto chain = LoadAuditChain(*config);
  if (!chain.ok()) return Fail(ExitStatus::kConfiguration, chain.status());
  if (*chain == nullptr) {
    return Fail(ExitStatus::kConfiguration,
                absl::StrCat(options.config,
                             ": the audit has no chain_key_file, so nothing "
                             "can be told of its lines"));
  }
  std::optional<KeySet> signer;
  if (!options.jwks.empty()) {
    auto keys = ReadSigner(options.jwks);
    if (!keys.ok()) return Fail(ExitStatus::kIo, keys.status());
    signer = *std::move(keys);
  }
  AuditVerifier verifier(chain->get(), signer.has_value()
                                           ? &signer->entries().front().key
                                           : nullptr);
  absl::Status read;
  if (!options.checkpoints.empty()) {
    read = ForEachLine(options.checkpoints, kAll,
                       [&](std::string_view line, bool /*whole*/) {
                         verifier.Expect(line);
                         return true;
                       });
  }
  std::vector<std::string> files = options.files;
  if (files.empty()) files.push_back(config->audit->file);
  // Of a file that is being written, what its head knows of.
  const auto extent = ReadAuditExtent(config->audit->file);
  if (!extent.ok()) return Fail(ExitStatus::kIo, extent.status());
  for (const std::string& file : files) {
    if (!read.ok()) break;
    std::error_code error;
    const bool live =
        std::filesystem::equivalent(file, config->audit->file, error);
    read = ForEachLine(file, live ? extent->bytes : kAll,
                       [&](std::string_view line, bool whole) {
                         return whole ? verifier.Add(line) : verifier.AddTorn();
                       });
  }
  if (!read.ok()) return Fail(ExitStatus::kIo, read);
  return PrintVerdict(options, verifier.Finish(extent->head));
}

}  // namespace

void AddAuditCommand(Command app) {
  const std::string example =
      "tollgate audit verify --config tollgate.yaml audit.jsonl.1 audit.jsonl";
  const Command audit = app.AddCommand("audit", "Checks the audit", example);
  audit.RequireCommand();
  const Command command = audit.AddCommand(
      "verify",
      "Says whether lines of the audit were changed, removed or cut off; exit "
      "status 1 when they were",
      example);
  auto options = std::make_shared<AuditCommandOptions>();
  AddConfigOption(command, options->config);
  AddJsonFlag(command, options->json);
  command.AddOption("file", options->files,
                    "The files, the oldest first; by default the "
                    "configuration's");
  command.AddOption("--jwks", options->jwks,
                    "A key set with the public key that signs checkpoints");
  command.AddOption("--checkpoints", options->checkpoints,
                    "A file of lines that were kept elsewhere: each must be "
                    "there");
  command.Does([options] { return VerifyAudit(*options); });
}

}  // namespace tollgate::cli
