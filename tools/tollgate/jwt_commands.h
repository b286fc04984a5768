// The commands below `tollgate jwt`; each is a file of its own.

#ifndef TOLLGATE_TOOLS_TOLLGATE_JWT_COMMANDS_H_
#define TOLLGATE_TOOLS_TOLLGATE_JWT_COMMANDS_H_

#include "tools/tollgate/command.h"

namespace tollgate::cli {

void AddJwtVerifyCommand(CLI::App& jwt, Run& run);
void AddJwtInspectCommand(CLI::App& jwt, Run& run);
void AddJwtMintCommand(CLI::App& jwt, Run& run);
void AddJwtRevokeCommand(CLI::App& jwt, Run& run);

}  // namespace tollgate::cli

#endif  // TOLLGATE_TOOLS_TOLLGATE_JWT_COMMANDS_H_
