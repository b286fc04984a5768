// tollgate tool pin, pins, unpin: which definition of a tool is approved, by
// whom and since when.

#include <pwd.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "engine/audit_trail.h"
#include "engine/base/clock.h"
#include "engine/definition_changes.h"
#include "engine/json/writer.h"
#include "engine/policy/pins.h"
#include "engine/unicode/hidden_text.h"
#include "tools/tollgate/key_text.h"
#include "tools/tollgate/output.h"
#include "tools/tollgate/tool_changes.h"
#include "tools/tollgate/tool_commands.h"
#include "tools/tollgate/tool_site.h"

namespace tollgate::cli {
namespace {

struct PinOptions {
  std::string config;
  bool json = false;
  ToolDocumentFiles files;
  std::string by;
  bool replace = false;
  bool history = false;
  std::string tool;  // publisher/tool
};

// Who runs this, as the system calls them.
std::string UserName() {
  const struct passwd* const user = getpwuid(getuid());
  return user != nullptr ? std::string(user->pw_name)
                         : absl::StrCat("uid ", getuid());
}

std::string NameOf(const Pin& pin) {
  return absl::StrCat(pin.publisher, "/", pin.tool);
}

std::string HexOf(const DefinitionDigest& digest) {
  return absl::BytesToHexString(
      {reinterpret_cast<const char*>(digest.data()), digest.size()});
}

void AppendJson(const Approval& approval, std::string& out) {
  JsonWriter json(&out);
  json.BeginObject().Key("publisher").String(approval.pin.publisher);
  json.Key("tool").String(approval.pin.tool);
  json.Key("version").String(approval.pin.version);
  json.Key("digest").String(HexOf(approval.pin.digest));
  json.Key("capabilities").BeginArray();
  if (approval.pin.capabilities.has_value()) {
    for (const std::string& one : *approval.pin.capabilities) json.String(one);
  }
  json.EndArray();
  json.Key("state").String(approval.withdrawn ? "withdrawn" : "approved");
  json.Key("by").String(approval.approved_by);
  json.Key("at").Int(approval.approved_at).EndObject();
  out += '\n';
}

void AppendRow(const Approval& approval, std::string& out) {
  absl::StrAppendFormat(&out, "%s  %-9s  %-24s  %-10s  %s  by %s\n",
                        FormatTime(approval.approved_at),
                        approval.withdrawn ? "withdrawn" : "approved",
                        WithHiddenShown(NameOf(approval.pin)),
                        WithHiddenShown(approval.pin.version),
                        HexOf(approval.pin.digest),
                        WithHiddenShown(approval.approved_by));
}

ExitStatus PrintApproval(const PinOptions& options, const Approval& approval) {
  std::string text;
  (options.json ? AppendJson : AppendRow)(approval, text);
  return Print(text);
}

// Proves the document of the options.
std::variant<VerifiedDefinition, ExitStatus> Prove(const PinOptions& options,
                                                   const ToolSite& site) {
  const auto document = ReadToolDocument(options.files);
  if (!document.ok()) return Fail(ExitStatus::kIo, document.status());
  VerifiedDefinition verified;
  const auto reason = ProveToolDocument(site, document->text(), verified);
  if (!reason.ok()) return Fail(ExitStatus::kIo, reason.status());
  if (*reason == Reason::kOk) return verified;
  return Fail(ExitStatus::kDenied,
              absl::StrCat("the document is refused: ", ReasonName(*reason)));
}

// Returns whether the definition is another than the one approved, or looks
// like another tool, and shows how.
Reason ObjectionTo(const VerifiedDefinition& definition,
                   const std::vector<Approval>& approvals,
                   std::string& changes) {
  std::vector<Pin> pins;
  for (const Approval& approval : approvals) {
    pins.push_back(approval.pin);
    if (approval.pin.publisher != definition.publisher ||
        approval.pin.tool != definition.tool) {
      continue;
    }
    const auto compared =
        CompareDefinitions(approval.definition, definition.canonical);
    if (compared.ok()) changes = ChangesText(*compared);
  }
  const Reason reason =
      PinTable(std::move(pins)).Judge(FactsOf(definition), PinMode::kRequire);
  return reason == Reason::kNotPinned ? Reason::kOk : reason;
}

absl::StatusOr<std::vector<Approval>> ReadApprovals(KeyDatabase& database,
                                                    bool history) {
  std::vector<Approval> approvals;
  const auto read = [&](const Approval& approval) {
    approvals.push_back(approval);
    return absl::OkStatus();
  };
  const absl::Status status = history ? database.ForEachApproval(read)
                                      : database.ForEachApprovalInForce(read);
  if (!status.ok()) return status;
  return approvals;
}

ExitStatus PinOne(const PinOptions& options, const ToolSite& site) {
  auto proved = Prove(options, site);
  if (auto* failed = std::get_if<ExitStatus>(&proved)) return *failed;
  const auto& definition = std::get<VerifiedDefinition>(proved);
  const auto approvals = ReadApprovals(site.database(), /*history=*/false);
  if (!approvals.ok()) return Fail(ExitStatus::kIo, approvals.status());
  std::string changes;
  const Reason objection = ObjectionTo(definition, *approvals, changes);
  if (objection != Reason::kOk && !options.replace) {
    const ExitStatus printed = Print(changes);
    if (printed != ExitStatus::kDone) return printed;
    return Fail(ExitStatus::kDenied,
                absl::StrCat(ReasonName(objection),
                             "; to approve it all the same, say --replace"));
  }
  const Approval approval = {
      .pin = {definition.publisher, definition.tool, definition.version,
              definition.digest, definition.capabilities},
      .definition = definition.canonical,
      .approved_by = options.by.empty() ? UserName() : options.by,
      .approved_at = ReadClock().wall.value};
  const absl::Status added = site.database().AddApproval(approval);
  if (!added.ok()) return Fail(ExitStatus::kIo, added);
  site.keys.Record(EventOf(approval));
  return PrintApproval(options, approval);
}

ExitStatus Unpin(const PinOptions& options, const ToolSite& site) {
  const auto name = ParseToolName(options.tool);
  if (!name.has_value()) {
    return Fail(ExitStatus::kUsage, "a tool is written publisher/tool");
  }
  auto approval = FindApproval(site.database(), *name);
  if (!approval.ok()) return Fail(ExitStatus::kIo, approval.status());
  if (!approval->has_value()) {
    return Fail(ExitStatus::kDenied,
                absl::StrCat(options.tool, ": is not approved"));
  }
  Approval& withdrawn = **approval;
  withdrawn.withdrawn = true;
  withdrawn.approved_by = options.by.empty() ? UserName() : options.by;
  withdrawn.approved_at = ReadClock().wall.value;
  const absl::Status added = site.database().AddApproval(withdrawn);
  if (!added.ok()) return Fail(ExitStatus::kIo, added);
  site.keys.Record(EventOf(withdrawn));
  return PrintApproval(options, withdrawn);
}

ExitStatus List(const PinOptions& options, const ToolSite& site) {
  const auto approvals = ReadApprovals(site.database(), options.history);
  if (!approvals.ok()) return Fail(ExitStatus::kIo, approvals.status());
  std::string text;
  for (const Approval& approval : *approvals) {
    (options.json ? AppendJson : AppendRow)(approval, text);
  }
  return Print(text);
}

using Action = ExitStatus (*)(const PinOptions& options, const ToolSite& site);

struct PinCommand {
  Command app;
  std::shared_ptr<PinOptions> options;
};

// What one command is called, says of itself, and does.
struct Described {
  std::string name, summary, example;
  Access access;
  Action action;
};

PinCommand Add(Command tool, const Described& described) {
  PinCommand added{
      tool.AddCommand(
          described.name, described.summary,
          absl::StrCat("tollgate tool ", described.name,
                       " --config tollgate.yaml", described.example)),
      std::make_shared<PinOptions>()};
  AddConfigOption(added.app, added.options->config);
  AddJsonFlag(added.app, added.options->json);
  added.app.Does([options = added.options, described] {
    auto opened = OpenToolSite(options->config, described.access);
    if (auto* failed = std::get_if<ExitStatus>(&opened)) return *failed;
    return described.action(*options, std::get<ToolSite>(opened));
  });
  return added;
}

void AddBy(const PinCommand& added) {
  added.app.AddOption("--by", added.options->by,
                      "Who approves; without, whose process this is");
}

}  // namespace

void AddToolPinCommands(Command tool) {
  const PinCommand pin =
      Add(tool,
          {"pin",
           "Approves the definition in a signed document, and no other of its "
           "tool. One that changes what was approved is shown, and needs "
           "--replace",
           " --input weather.json", Access::kChange, PinOne});
  AddDocumentOptions(pin.app, pin.options->files);
  pin.app.AddFlag("--replace", pin.options->replace,
                  "Approve it in place of what is approved, or beside what "
                  "it looks like");
  AddBy(pin);
  const PinCommand pins =
      Add(tool, {"pins", "Lists what is approved", "", Access::kRead, List});
  pins.app.AddFlag("--history", pins.options->history,
                   "All that ever was, oldest first");
  const PinCommand unpin =
      Add(tool, {"unpin", "Withdraws the approval of a tool", " acme/weather",
                 Access::kChange, Unpin});
  unpin.app.AddOption("tool", unpin.options->tool, "publisher/tool").Required();
  AddBy(unpin);
}

}  // namespace tollgate::cli
