// What is different between two JSON documents, value by value.
//
// Objects are compared by the names of their members, lists item by item,
// everything else by its canonical form: 1 and 1.0 are the same.
//
// Thread-safety: pure. Ownership: values. Cost: control path; recursion as deep
// as the reader lets documents be. Errors: none.

#ifndef TOLLGATE_ENGINE_JSON_DIFFERENCE_H_
#define TOLLGATE_ENGINE_JSON_DIFFERENCE_H_

#include <optional>
#include <string>
#include <vector>

#include "engine/json/reader.h"

namespace tollgate {

struct JsonDifference {
  std::string path;                   // a JSON Pointer (RFC 6901)
  std::optional<std::string> before;  // canonical text; nothing: was not there
  std::optional<std::string> after;   // nothing: is not there any more

  friend bool operator==(const JsonDifference&,
                         const JsonDifference&) = default;
};

// Returns every difference, in the canonical order of members.
std::vector<JsonDifference> DifferencesOf(const JsonValue& before,
                                          const JsonValue& after);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_JSON_DIFFERENCE_H_
