// The commands below `tollgate jwt`; each is a file of its own.

#ifndef TOLLGATE_TOOLS_TOLLGATE_JWT_COMMANDS_H_
#define TOLLGATE_TOOLS_TOLLGATE_JWT_COMMANDS_H_

#include "tools/tollgate/command.h"

namespace tollgate::cli {

void AddJwtVerifyCommand(Command jwt);
void AddJwtInspectCommand(Command jwt);
void AddJwtMintCommand(Command jwt);
void AddJwtRevokeCommand(Command jwt);

}  // namespace tollgate::cli

#endif  // TOLLGATE_TOOLS_TOLLGATE_JWT_COMMANDS_H_
