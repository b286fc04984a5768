// tollgate jwt: everything about tokens.

#include <string>

#include "tools/tollgate/command.h"
#include "tools/tollgate/jwt_commands.h"

namespace tollgate::cli {

void AddJwtCommand(Command app) {
  const Command jwt = app.AddCommand(
      "jwt", "Verifies, explains, makes and revokes tokens",
      "tollgate jwt verify < tokens.jsonl\n"
      "  tollgate jwt inspect < token.txt\n"
      "  tollgate jwt mint --key private.jwk --issuer https://idp.example "
      "--audience api --subject ann\n"
      "  tollgate jwt revoke --config tollgate.yaml --issuer "
      "https://idp.example --subject ann");
  jwt.RequireCommand();
  AddJwtVerifyCommand(jwt);
  AddJwtInspectCommand(jwt);
  AddJwtMintCommand(jwt);
  AddJwtRevokeCommand(jwt);
}

}  // namespace tollgate::cli
