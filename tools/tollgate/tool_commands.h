// The commands of `tollgate tool`, each added by the file of its name.

#ifndef TOLLGATE_TOOLS_TOLLGATE_TOOL_COMMANDS_H_
#define TOLLGATE_TOOLS_TOLLGATE_TOOL_COMMANDS_H_

#include "tools/tollgate/command.h"

namespace tollgate::cli {

void AddToolCanonicalizeCommand(Command tool);
void AddToolDiffCommand(Command tool);
void AddToolPinCommands(Command tool);
void AddToolRevokeCommand(Command tool);
void AddToolSignCommand(Command tool);
void AddToolVerifyCommand(Command tool);

}  // namespace tollgate::cli

#endif  // TOLLGATE_TOOLS_TOLLGATE_TOOL_COMMANDS_H_
