#include "tools/tollgate/check_answer.h"

#include <vector>

#include "absl/strings/numbers.h"
#include "engine/json/writer.h"
#include "engine/response_headers.h"
#include "tools/tollgate/json_lines.h"

namespace tollgate::cli {
namespace {

// Who was proved; nothing of what was only claimed.
void WritePrincipal(const Decision& decision, JsonWriter& json) {
  json.Key("principal");
  if (decision.proven) {
    json.String(decision.principal.text());
  } else {
    json.Null();
  }
  json.Key("scopes").BeginArray();
  if (decision.proven && decision.scopes != nullptr) {
    for (const std::string& name : decision.scopes->names()) json.String(name);
  }
  json.EndArray();
  if (decision.proven && decision.strategy == Strategy::kApiKey) {
    json.Key("key_id").String(decision.key_id.text());
  }
}

void WriteLimits(const Decision& decision, JsonWriter& json) {
  json.Key("limits").BeginArray();
  for (const LimitLeft& left : LimitsLeft(decision)) {
    json.BeginObject().Key("name").String(left.name);
    json.Key("limit").Uint(left.limit).Key("remaining").Uint(left.remaining);
    json.Key("reset").Uint(left.reset_seconds).EndObject();
  }
  json.EndArray();
}

// `retry_after` says what the header says.
void WriteHeaders(const Decision& decision, JsonWriter& json) {
  const std::vector<ResponseHeader> headers = ResponseHeaders(decision);
  for (const ResponseHeader& header : headers) {
    int64_t seconds = 0;
    if (header.name == "Retry-After" &&
        absl::SimpleAtoi(header.value, &seconds)) {
      json.Key("retry_after").Int(seconds);
    }
  }
  json.Key("headers").BeginObject();
  for (const ResponseHeader& header : headers) {
    json.Key(header.name).String(header.value);
  }
  json.EndObject();
}

}  // namespace

Decision Refusal(Reason reason) {
  Decision decision;
  decision.reason = reason;
  decision.verdict = VerdictOf(reason);
  return decision;
}

void AppendAnswer(const std::optional<JsonObject>& line,
                  const Decision& decision, std::string_view error,
                  std::string& out) {
  JsonWriter json(&out);
  json.BeginObject();
  WriteId(line, json);
  json.Key("decision").String(VerdictName(decision.verdict));
  json.Key("status").Int(decision.http_status());
  json.Key("reason").String(ReasonName(decision.reason));
  json.Key("strategy").String(StrategyName(decision.strategy));
  WritePrincipal(decision, json);
  WriteLimits(decision, json);
  WriteHeaders(decision, json);
  if (!error.empty()) json.Key("error").String(error);
  json.EndObject();
  out += '\n';
}

}  // namespace tollgate::cli
