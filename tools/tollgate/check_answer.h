// One line of answers of `tollgate check`.

#ifndef TOLLGATE_TOOLS_TOLLGATE_CHECK_ANSWER_H_
#define TOLLGATE_TOOLS_TOLLGATE_CHECK_ANSWER_H_

#include <optional>
#include <string>
#include <string_view>

#include "engine/json/reader.h"
#include "engine/model/decision.h"
#include "engine/model/tool_decision.h"

namespace tollgate::cli {

// Returns a refusal for `reason`, made here rather than by the engine.
Decision Refusal(Reason reason);

// Appends the answer to `line` (absent when it could not be read), with the
// `error` if there is one, and a line break.
void AppendAnswer(const std::optional<JsonObject>& line,
                  const Decision& decision, std::string_view error,
                  std::string& out);

// The same about a tool definition, with what was proved of it.
void AppendToolAnswer(const JsonObject& line, const ToolDecision& decision,
                      std::string& out);

}  // namespace tollgate::cli

#endif  // TOLLGATE_TOOLS_TOLLGATE_CHECK_ANSWER_H_
