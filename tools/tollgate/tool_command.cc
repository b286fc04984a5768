// tollgate tool: everything about signed tool definitions.

#include "tools/tollgate/command.h"
#include "tools/tollgate/tool_commands.h"

namespace tollgate::cli {

void AddToolCommand(CLI::App& app, Run& run) {
  CLI::App* tool = AddCommand(
      app, "tool", "Signs, verifies, approves and compares tool definitions",
      "tollgate tool canonicalize < definition.json");
  tool->require_subcommand(1);
  AddToolVerifyCommand(*tool, run);
  AddToolCanonicalizeCommand(*tool, run);
}

}  // namespace tollgate::cli
