// tollgate tool: everything about signed tool definitions.

#include "tools/tollgate/command.h"
#include "tools/tollgate/tool_commands.h"

namespace tollgate::cli {

void AddToolCommand(Command app) {
  const Command tool = app.AddCommand(
      "tool", "Signs, verifies, approves and compares tool definitions",
      "tollgate tool sign --key acme.key --input weather.json > signed.json\n"
      "  tollgate tool pin --config tollgate.yaml --input signed.json\n"
      "  tollgate tool verify --config tollgate.yaml --input signed.json");
  tool.RequireCommand();
  AddToolSignCommand(tool);
  AddToolVerifyCommand(tool);
  AddToolPinCommands(tool);
  AddToolRevokeCommand(tool);
  AddToolDiffCommand(tool);
  AddToolCanonicalizeCommand(tool);
}

}  // namespace tollgate::cli
