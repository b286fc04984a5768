// The commands below `tollgate cert`; each is a file of its own.

#ifndef TOLLGATE_TOOLS_TOLLGATE_CERT_COMMANDS_H_
#define TOLLGATE_TOOLS_TOLLGATE_CERT_COMMANDS_H_

#include "tools/tollgate/command.h"

namespace tollgate::cli {

void AddCertVerifyCommand(Command cert);
void AddCertRegisterCommands(Command cert);

}  // namespace tollgate::cli

#endif  // TOLLGATE_TOOLS_TOLLGATE_CERT_COMMANDS_H_
