// What the engine is asked and answers about a tool definition.
//
// Ownership: a text is a view; a decision stands on its own, and is trivially
// copyable. Cost: a decision is about 500 bytes, of which only the used ones
// are written.

#ifndef TOLLGATE_ENGINE_MODEL_TOOL_DECISION_H_
#define TOLLGATE_ENGINE_MODEL_TOOL_DECISION_H_

#include <optional>
#include <string_view>
#include <type_traits>

#include "engine/base/inline_text.h"
#include "engine/base/limits.h"
#include "engine/model/pin.h"
#include "engine/model/reason.h"

namespace tollgate {

// A document, and the payload of a detached JWS.
struct ToolDocumentText {
  std::string_view document;
  std::optional<std::string_view> detached = std::nullopt;
};

struct ToolDecision {
  Verdict verdict = Verdict::kDeny;
  Reason reason = Reason::kInternalUnavailable;
  bool proven = false;  // what follows are facts; of a refusal too

  InlineText<limits::kPrincipalBytesMax> publisher;
  InlineText<limits::kToolNameBytesMax> tool;
  InlineText<limits::kToolVersionBytesMax> version;
  DefinitionDigest digest = {};  // of the definition's canonical form

  int http_status() const { return HttpStatus(reason); }
};

static_assert(std::is_trivially_copyable_v<ToolDecision>,
              "a decision is a value that may cross threads and queues");

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_MODEL_TOOL_DECISION_H_
