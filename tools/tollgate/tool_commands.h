// The commands of `tollgate tool`, each added by the file of its name.

#ifndef TOLLGATE_TOOLS_TOLLGATE_TOOL_COMMANDS_H_
#define TOLLGATE_TOOLS_TOLLGATE_TOOL_COMMANDS_H_

#include "tools/tollgate/command.h"

namespace tollgate::cli {

void AddToolCanonicalizeCommand(CLI::App& tool, Run& run);
void AddToolDiffCommand(CLI::App& tool, Run& run);
void AddToolPinCommands(CLI::App& tool, Run& run);
void AddToolRevokeCommand(CLI::App& tool, Run& run);
void AddToolSignCommand(CLI::App& tool, Run& run);
void AddToolVerifyCommand(CLI::App& tool, Run& run);

}  // namespace tollgate::cli

#endif  // TOLLGATE_TOOLS_TOLLGATE_TOOL_COMMANDS_H_
