// JSON of strangers as people may look at it: whatever does not show, or would
// change how the rest shows, is escaped.
//
// For documents that nobody vouches for. A text with a line break, an escape
// sequence of a terminal, a change of writing direction or a zero-width
// character looks like nothing but itself; letters of all languages stay. The
// result is JSON and means the same.
//
// Thread-safety: pure. Cost: control path; recursion as deep as the reader lets
// documents be. Errors: none.

#ifndef TOLLGATE_TOOLS_TOLLGATE_SHOWN_JSON_H_
#define TOLLGATE_TOOLS_TOLLGATE_SHOWN_JSON_H_

#include <string>
#include <string_view>

#include "engine/json/reader.h"

namespace tollgate::cli {

enum class JsonLayout { kOneLine, kIndented };

std::string ShownJson(const JsonValue& value, JsonLayout layout);

// Returns `text`, which is valid UTF-8, as a JSON string.
std::string ShownText(std::string_view text);

}  // namespace tollgate::cli

#endif  // TOLLGATE_TOOLS_TOLLGATE_SHOWN_JSON_H_
