// tollgate tool verify: whether a signed tool definition is good by the
// publishers, approvals and revocations of a configuration.

#include "tools/tollgate/tool_verify.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/policy/pins.h"
#include "engine/unicode/hidden_text.h"
#include "tools/tollgate/output.h"
#include "tools/tollgate/tool_commands.h"
#include "tools/tollgate/tool_site.h"

namespace tollgate::cli {
namespace {

struct VerifyOptions {
  std::string config;
  ToolDocumentFiles files;  // or JSON Lines
  bool jsonl = false;
  bool json = false;
};

absl::StatusOr<Reason> JudgePins(const ToolSite& site,
                                 const VerifiedDefinition& verified) {
  std::vector<Pin> pins;
  const absl::Status status =
      site.database().ForEachApprovalInForce([&](const Approval& approval) {
        pins.push_back(approval.pin);
        return absl::OkStatus();
      });
  if (!status.ok()) return status;
  return PinTable(std::move(pins))
      .Judge(FactsOf(verified), site.trust->options.pins);
}

absl::StatusOr<Reason> Judge(const ToolSite& site, const ToolDocumentText& text,
                             VerifiedDefinition& verified) {
  const auto proved = ProveToolDocument(site, text, verified);
  return proved.ok() && *proved == Reason::kOk ? JudgePins(site, verified)
                                               : proved;
}

std::string TextOf(Reason reason, const VerifiedDefinition& verified) {
  std::string text =
      absl::StrCat(reason == Reason::kOk ? "good" : "refused: ",
                   reason == Reason::kOk ? "" : ReasonName(reason), "\n");
  if (verified.publisher.empty()) return text;
  absl::StrAppend(
      &text, "publisher: ", WithHiddenShown(verified.publisher),
      "\ntool: ", WithHiddenShown(verified.tool),
      "\nversion: ", WithHiddenShown(verified.version),
      "\nsha256: ", absl::BytesToHexString(BytesOf(verified.digest)), "\n");
  return text;
}

std::string JsonOf(Reason reason, const VerifiedDefinition& verified) {
  std::string text;
  JsonWriter json(&text);
  json.BeginObject().Key("valid").Bool(reason == Reason::kOk);
  json.Key("reason").String(ReasonName(reason));
  WriteProvedDefinition(verified, json);
  json.EndObject();
  return text += '\n';
}

ExitStatus VerifyOne(const VerifyOptions& options) {
  if (options.config.empty()) {
    return Fail(ExitStatus::kUsage,
                "--config, or --jsonl for lines with publishers of their own");
  }
  auto opened = OpenToolSite(options.config, Access::kRead);
  if (auto* failed = std::get_if<ExitStatus>(&opened)) return *failed;
  const ToolSite& site = std::get<ToolSite>(opened);
  const auto document = ReadToolDocument(options.files);
  if (!document.ok()) return Fail(ExitStatus::kIo, document.status());
  VerifiedDefinition verified;
  const auto reason = Judge(site, document->text(), verified);
  if (!reason.ok()) return Fail(ExitStatus::kIo, reason.status());
  const ExitStatus printed =
      Print((options.json ? JsonOf : TextOf)(*reason, verified));
  if (printed != ExitStatus::kDone) return printed;
  return *reason == Reason::kOk ? ExitStatus::kDone : ExitStatus::kDenied;
}

}  // namespace

void WriteProvedDefinition(const VerifiedDefinition& verified,
                           JsonWriter& json) {
  const bool proved = !verified.publisher.empty();
  const auto write = [&](std::string_view name, std::string_view text) {
    json.Key(name);
    if (proved) {
      json.String(text);
    } else {
      json.Null();
    }
  };
  write("publisher", verified.publisher);
  write("tool", verified.tool);
  write("version", verified.version);
  write("digest", absl::BytesToHexString(BytesOf(verified.digest)));
}

void AddToolVerifyCommand(Command tool) {
  const Command command = tool.AddCommand(
      "verify",
      "Verifies a signed tool definition by a configuration's publishers and "
      "approvals; nothing is approved by it. With --jsonl many, a line each: "
      "{\"id\", \"document\" or \"document_b64\", \"publishers\": [{\"id\", "
      "\"jwks\"}], \"pins\"?: {\"publisher/tool\": {\"version\", \"digest\"}}, "
      "\"time\"?, \"max_age\"?, \"skew\"?, \"profile\"?: strict or "
      "etdi-compat, "
      "\"audience\"?, \"payload\"?: of a detached JWS}",
      "tollgate tool verify --config tollgate.yaml --input weather.json\n"
      "  tollgate tool verify --jsonl < documents.jsonl");
  auto options = std::make_shared<VerifyOptions>();
  command.AddOption("--config", options->config, "The configuration");
  AddDocumentOptions(command, options->files);
  command.AddFlag("--jsonl", options->jsonl,
                  "The input is JSON Lines, of documents");
  AddJsonFlag(command, options->json);
  command.Does([options] {
    return options->jsonl ? VerifyToolLines({.input = options->files.document})
                          : VerifyOne(*options);
  });
}

}  // namespace tollgate::cli
