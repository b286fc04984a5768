// One line of answers of `tollgate check`.

#ifndef TOLLGATE_TOOLS_TOLLGATE_CHECK_ANSWER_H_
#define TOLLGATE_TOOLS_TOLLGATE_CHECK_ANSWER_H_

#include <optional>
#include <string>
#include <string_view>

#include "engine/explanation.h"
#include "engine/json/reader.h"
#include "engine/model/decision.h"
#include "engine/model/tool_decision.h"

namespace tollgate::cli {

// Returns a refusal for `reason`, made here rather than by the engine.
Decision Refusal(Reason reason);

// What an answer says beside the decision.
struct AnswerExtras {
  std::string_view error = {};       // empty: nothing was wrong with the line
  const Decision* shadow = nullptr;  // another configuration's, if it differs
  const Explanation* explanation = nullptr;  // if one was asked for
};

// Whether a client would be answered otherwise.
bool Differ(const Decision& a, const Decision& b);

// Appends the answer to `line` (absent when it could not be read), and a line
// break.
void AppendAnswer(const std::optional<JsonObject>& line,
                  const Decision& decision, const AnswerExtras& extras,
                  std::string& out);

// The same about a tool definition, with what was proved of it.
void AppendToolAnswer(const JsonObject& line, const ToolDecision& decision,
                      std::string& out);

}  // namespace tollgate::cli

#endif  // TOLLGATE_TOOLS_TOLLGATE_CHECK_ANSWER_H_
