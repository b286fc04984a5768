// tollgate cert: everything about client certificates.

#include "tools/tollgate/cert_commands.h"
#include "tools/tollgate/command.h"

namespace tollgate::cli {

void AddCertCommand(Command app) {
  const Command cert = app.AddCommand(
      "cert", "Verifies and registers client certificates",
      "tollgate cert verify < chains.jsonl\n"
      "  tollgate cert register --config tollgate.yaml --cert client.pem "
      "--principal ann\n"
      "  tollgate cert list --config tollgate.yaml\n"
      "  tollgate cert unregister --config tollgate.yaml DIGEST");
  cert.RequireCommand();
  AddCertVerifyCommand(cert);
  AddCertRegisterCommands(cert);
}

}  // namespace tollgate::cli
