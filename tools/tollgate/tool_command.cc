// tollgate tool: everything about signed tool definitions.

#include "tools/tollgate/command.h"
#include "tools/tollgate/tool_commands.h"

namespace tollgate::cli {

void AddToolCommand(CLI::App& app, Run& run) {
  CLI::App* tool = AddCommand(
      app, "tool", "Signs, verifies, approves and compares tool definitions",
      "tollgate tool sign --key acme.key --input weather.json > signed.json\n"
      "  tollgate tool pin --config tollgate.yaml --input signed.json\n"
      "  tollgate tool verify --config tollgate.yaml --input signed.json");
  tool->require_subcommand(1);
  AddToolSignCommand(*tool, run);
  AddToolVerifyCommand(*tool, run);
  AddToolPinCommands(*tool, run);
  AddToolRevokeCommand(*tool, run);
  AddToolDiffCommand(*tool, run);
  AddToolCanonicalizeCommand(*tool, run);
}

}  // namespace tollgate::cli
