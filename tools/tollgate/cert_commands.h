// The commands below `tollgate cert`; each is a file of its own.

#ifndef TOLLGATE_TOOLS_TOLLGATE_CERT_COMMANDS_H_
#define TOLLGATE_TOOLS_TOLLGATE_CERT_COMMANDS_H_

#include "tools/tollgate/command.h"

namespace tollgate::cli {

void AddCertVerifyCommand(CLI::App& cert, Run& run);
void AddCertRegisterCommands(CLI::App& cert, Run& run);

}  // namespace tollgate::cli

#endif  // TOLLGATE_TOOLS_TOLLGATE_CERT_COMMANDS_H_
