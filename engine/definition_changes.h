// What is different between two definitions of a tool, for people to judge:
// what it may do first.
//
// Thread-safety: pure. Ownership: values. Cost: control path. Errors:
// InvalidArgument when a text is no definition.

#ifndef TOLLGATE_ENGINE_DEFINITION_CHANGES_H_
#define TOLLGATE_ENGINE_DEFINITION_CHANGES_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/json/difference.h"

namespace tollgate {

struct DefinitionChanges {
  std::vector<std::string> capabilities_added;
  std::vector<std::string> capabilities_removed;
  // Everything else, by JSON Pointer; the values in canonical form.
  std::vector<JsonDifference> members;

  bool empty() const {
    return capabilities_added.empty() && capabilities_removed.empty() &&
           members.empty();
  }
};

// Compares two definitions, each the text of a JSON object.
absl::StatusOr<DefinitionChanges> CompareDefinitions(std::string_view before,
                                                     std::string_view after);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_DEFINITION_CHANGES_H_
