// The changes of a tool definition as people and programs read them, and the
// definition that stands in a file, signed or not.
//
// Thread-safety: pure. Control path. Errors: InvalidArgument.

#ifndef TOLLGATE_TOOLS_TOLLGATE_TOOL_CHANGES_H_
#define TOLLGATE_TOOLS_TOLLGATE_TOOL_CHANGES_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "engine/definition_changes.h"

namespace tollgate::cli {

// Returns the canonical definition in `text`: of an envelope, of a JWS, or by
// itself. No signature is looked at.
absl::StatusOr<std::string> DefinitionIn(std::string_view text);

// Lines of text in which nothing is hidden; "" when nothing changed.
std::string ChangesText(const DefinitionChanges& changes);

// One line of JSON.
std::string ChangesJson(const DefinitionChanges& changes);

}  // namespace tollgate::cli

#endif  // TOLLGATE_TOOLS_TOLLGATE_TOOL_CHANGES_H_
