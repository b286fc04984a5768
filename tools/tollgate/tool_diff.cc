// tollgate tool diff: what is different between two tool definitions.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "absl/strings/str_cat.h"
#include "engine/base/limits.h"
#include "engine/definition_changes.h"
#include "tools/tollgate/output.h"
#include "tools/tollgate/tool_changes.h"
#include "tools/tollgate/tool_commands.h"
#include "tools/tollgate/tool_site.h"
#include "tools/tollgate/whole_input.h"

namespace tollgate::cli {
namespace {

struct DiffOptions {
  std::string before, after;  // files
  std::string config;         // empty: `before` is a file
  bool json = false;
};

// The definition in force of the tool that `name` names.
std::variant<std::string, ExitStatus> ReadApproved(const DiffOptions& options) {
  const auto name = ParseToolName(options.before);
  if (!name.has_value()) {
    return Fail(ExitStatus::kUsage,
                "with --config, the first is an approved publisher/tool");
  }
  auto opened = OpenToolSite(options.config, Access::kRead);
  if (auto* failed = std::get_if<ExitStatus>(&opened)) return *failed;
  const auto approval =
      FindApproval(std::get<ToolSite>(opened).database(), *name);
  if (!approval.ok()) return Fail(ExitStatus::kIo, approval.status());
  if (!approval->has_value()) {
    return Fail(ExitStatus::kDenied,
                absl::StrCat(options.before, ": is not approved"));
  }
  return (*approval)->definition;
}

std::variant<std::string, ExitStatus> ReadDefinition(const std::string& path) {
  const auto text = ReadWholeInput(path, limits::kToolDocumentBytesMax);
  if (!text.ok()) return Fail(ExitStatus::kIo, text.status());
  auto definition = DefinitionIn(*text);
  if (!definition.ok()) {
    return Fail(ExitStatus::kDenied,
                absl::StrCat(path, ": ", definition.status().message()));
  }
  return *std::move(definition);
}

ExitStatus Diff(const DiffOptions& options) {
  const auto before = options.config.empty() ? ReadDefinition(options.before)
                                             : ReadApproved(options);
  if (auto* failed = std::get_if<ExitStatus>(&before)) return *failed;
  const auto after = ReadDefinition(options.after);
  if (auto* failed = std::get_if<ExitStatus>(&after)) return *failed;
  const auto changes = CompareDefinitions(std::get<std::string>(before),
                                          std::get<std::string>(after));
  if (!changes.ok()) return Fail(ExitStatus::kDenied, changes.status());
  const ExitStatus printed =
      Print(options.json ? ChangesJson(*changes) : ChangesText(*changes));
  if (printed != ExitStatus::kDone) return printed;
  return changes->empty() ? ExitStatus::kDone : ExitStatus::kDenied;
}

}  // namespace

void AddToolDiffCommand(Command tool) {
  const Command command = tool.AddCommand(
      "diff",
      "Shows what is different between two definitions, signed or not, what "
      "they may do first; verifies no signature. Exit status 1: they differ",
      "tollgate tool diff old.json new.json\n"
      "  tollgate tool diff --config tollgate.yaml acme/weather new.json");
  auto options = std::make_shared<DiffOptions>();
  command.AddOption("--config", options->config,
                    "The configuration in whose store the first is approved");
  command
      .AddOption("before", options->before,
                 "A file; with --config, publisher/tool")
      .Required();
  command.AddOption("after", options->after, "A file").Required();
  AddJsonFlag(command, options->json);
  command.Does([options] { return Diff(*options); });
}

}  // namespace tollgate::cli
