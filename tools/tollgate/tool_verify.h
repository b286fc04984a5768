// What the ways of `tollgate tool verify` share.

#ifndef TOLLGATE_TOOLS_TOLLGATE_TOOL_VERIFY_H_
#define TOLLGATE_TOOLS_TOLLGATE_TOOL_VERIFY_H_

#include "engine/json/writer.h"
#include "engine/verify/tool_definition.h"
#include "tools/tollgate/exit_status.h"
#include "tools/tollgate/json_lines.h"

namespace tollgate::cli {

// Answers lines, each with publishers and pins of its own.
ExitStatus VerifyToolLines(const JsonLinesOptions& options);

// Writes the members that say what the signature proved, of a definition that
// is good or refused; null each when nothing is proved.
void WriteProvedDefinition(const VerifiedDefinition& verified,
                           JsonWriter& json);

}  // namespace tollgate::cli

#endif  // TOLLGATE_TOOLS_TOLLGATE_TOOL_VERIFY_H_
