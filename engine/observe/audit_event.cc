#include "engine/observe/audit_event.h"

#include "absl/strings/ascii.h"
#include "absl/time/time.h"
#include "engine/json/writer.h"

namespace tollgate {
namespace {

bool IsLowerHex(std::string_view text) {
  for (const char c : text) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c)) &&
        (c < 'a' || c > 'f')) {
      return false;
    }
  }
  return true;
}

// Writes what there is.
void WriteText(std::string_view name, std::string_view text, JsonWriter& json) {
  if (!text.empty()) json.Key(name).String(text);
}

}  // namespace

std::string FormatAuditTime(UnixSeconds time) {
  return absl::FormatTime("%Y-%m-%d%ET%H:%M:%SZ",
                          absl::FromUnixSeconds(time.value),
                          absl::UTCTimeZone());
}

std::string_view TraceIdOf(std::string_view traceparent) {
  // version "-" trace-id "-" parent-id "-" flags; later versions may go on.
  constexpr size_t kTraceAt = 3;
  constexpr size_t kParentAt = kTraceAt + kTraceIdSize + 1;
  constexpr size_t kFlagsAt = kParentAt + 16 + 1;
  constexpr size_t kSize = kFlagsAt + 2;
  if (traceparent.size() < kSize || traceparent[kTraceAt - 1] != '-' ||
      traceparent[kParentAt - 1] != '-' || traceparent[kFlagsAt - 1] != '-') {
    return {};
  }
  const std::string_view version = traceparent.substr(0, 2);
  const std::string_view parent = traceparent.substr(kParentAt, 16);
  const std::string_view trace = traceparent.substr(kTraceAt, kTraceIdSize);
  const bool well_formed = IsLowerHex(version) && version != "ff" &&
                           IsLowerHex(trace) && IsLowerHex(parent) &&
                           IsLowerHex(traceparent.substr(kFlagsAt, 2)) &&
                           trace.find_first_not_of('0') != trace.npos &&
                           parent.find_first_not_of('0') != parent.npos;
  const bool ends = version == "00" ? traceparent.size() == kSize
                                    : traceparent.size() == kSize ||
                                          traceparent[kSize] == '-';
  return well_formed && ends ? trace : std::string_view();
}

void AppendAuditJson(const AuditEvent& event, std::string& out) {
  JsonWriter json(&out);
  json.BeginObject();
  json.Key("time").String(FormatAuditTime(event.time));
  json.Key("event").String("decision");
  json.Key("decision").String(VerdictName(event.verdict));
  json.Key("reason").String(ReasonName(event.reason));
  json.Key("strategy").String(StrategyName(event.strategy));
  WriteText("principal", event.principal.text(), json);
  if (event.issuer != nullptr) json.Key("issuer").String(*event.issuer);
  if (event.has_key_id) {
    json.Key(event.proven ? "key_id" : "claimed_key_id")
        .String(event.key_id.text());
  }
  WriteText("tool", event.tool.text(), json);
  WriteText("version", event.version.text(), json);
  if (!event.source.is_none()) {
    json.Key("source").String(event.source.ToString());
  }
  WriteText("request_id", event.request_id.text(), json);
  WriteText("trace_id", event.trace_id.text(), json);
  json.Key("configuration").Uint(event.generation);
  json.EndObject();
}

void AppendControlJson(const ControlEvent& event, std::string& out) {
  JsonWriter json(&out);
  json.BeginObject();
  json.Key("time").String(FormatAuditTime(event.time));
  json.Key("event").String(event.name);
  for (const auto& [name, text] : event.fields) {
    json.Key(name).String(text);
  }
  json.EndObject();
}

}  // namespace tollgate
