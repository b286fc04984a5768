// What the audit says about one decision, and about what happened beside them.
//
// No credential can get into it: an event holds what a decision proved, the id
// that a key claims, addresses, and the ids that the gateway gives to requests.
//
// Thread-safety: values and pure functions. Ownership: an AuditEvent is a value
// for an EventRing. Cost: filling one copies what is used of it, some 100
// bytes; writing JSON is for the thread that writes the file.

#ifndef TOLLGATE_ENGINE_OBSERVE_AUDIT_EVENT_H_
#define TOLLGATE_ENGINE_OBSERVE_AUDIT_EVENT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/inline_text.h"
#include "engine/base/ip_address.h"
#include "engine/base/limits.h"
#include "engine/model/decision.h"
#include "engine/model/key_id.h"
#include "engine/model/reason.h"
#include "engine/model/request.h"

namespace tollgate {

// Characters of a trace-id.
inline constexpr size_t kTraceIdSize = 32;

struct AuditEvent {
  UnixSeconds time;
  uint64_t generation;  // of the configuration
  Verdict verdict;
  Reason reason;
  Strategy strategy;
  bool proven;  // what follows is a fact; else key_id is a claim
  bool has_key_id;
  KeyId key_id;
  IpAddress source;  // none: not to be told
  InlineText<limits::kPrincipalBytesMax> principal;
  const std::string* issuer;  // as a Decision's
  InlineText<limits::kRequestIdBytesMax> request_id;
  InlineText<kTraceIdSize> trace_id;
  // Of tool definitions.
  InlineText<limits::kToolNameBytesMax> tool;
  InlineText<limits::kToolVersionBytesMax> version;
};

// Returns the trace-id of a traceparent header (W3C Trace Context, section
// 3.2): 32 lower-case hexadecimal digits, not all zero; "" if it is none.
std::string_view TraceIdOf(std::string_view traceparent);

// Returns `time` as lines of the audit write it: RFC 3339, UTC.
std::string FormatAuditTime(UnixSeconds time);

// Appends `{"time":...,"event":"decision",...}`.
void AppendAuditJson(const AuditEvent& event, std::string& out);

// Something that happened on the control path, as texts by name.
struct ControlEvent {
  std::string_view name;  // such as "key_issued"
  UnixSeconds time;
  std::vector<std::pair<std::string_view, std::string>> fields = {};
};

// Appends `{"time":...,"event":NAME,...}`.
void AppendControlJson(const ControlEvent& event, std::string& out);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_OBSERVE_AUDIT_EVENT_H_
