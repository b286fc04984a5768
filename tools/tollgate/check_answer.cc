#include "tools/tollgate/check_answer.h"

#include <vector>

#include "absl/strings/escaping.h"
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
  if (decision.issuer != nullptr) json.Key("issuer").String(*decision.issuer);
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

// The members that every answer has.
void WriteDecision(const std::optional<JsonObject>& line,
                   const Decision& decision, JsonWriter& json) {
  WriteId(line, json);
  json.Key("decision").String(VerdictName(decision.verdict));
  json.Key("status").Int(decision.http_status());
  json.Key("reason").String(ReasonName(decision.reason));
  json.Key("strategy").String(StrategyName(decision.strategy));
  WritePrincipal(decision, json);
  WriteLimits(decision, json);
  WriteHeaders(decision, json);
}

void WriteExplanation(const Explanation& explanation, JsonWriter& json) {
  json.Key("explain").BeginObject().Key("stages").BeginArray();
  for (const Explanation::Stage& stage : explanation.stages()) {
    json.BeginObject().Key("stage").String(stage.name);
    json.Key("ns").Int(stage.nanos).EndObject();
  }
  json.EndArray();
  if (!explanation.rule().empty()) json.Key("rule").String(explanation.rule());
  json.EndObject();
}

}  // namespace

Decision Refusal(Reason reason) {
  Decision decision;
  decision.reason = reason;
  decision.verdict = VerdictOf(reason);
  return decision;
}

bool Differ(const Decision& a, const Decision& b) {
  return a.verdict != b.verdict || a.http_status() != b.http_status();
}

void AppendAnswer(const std::optional<JsonObject>& line,
                  const Decision& decision, const AnswerExtras& extras,
                  std::string& out) {
  JsonWriter json(&out);
  json.BeginObject();
  WriteDecision(line, decision, json);
  if (!extras.error.empty()) json.Key("error").String(extras.error);
  if (extras.explanation != nullptr) {
    WriteExplanation(*extras.explanation, json);
  }
  if (extras.shadow != nullptr) {
    json.Key("shadow").BeginObject();
    json.Key("decision").String(VerdictName(extras.shadow->verdict));
    json.Key("status").Int(extras.shadow->http_status());
    json.Key("reason").String(ReasonName(extras.shadow->reason));
    json.EndObject();
  }
  json.EndObject();
  out += '\n';
}

void AppendToolAnswer(const JsonObject& line, const ToolDecision& decision,
                      std::string& out) {
  Decision common = Refusal(decision.reason);
  common.strategy = Strategy::kSignedTool;
  common.proven = decision.proven;
  // A publisher's id is as long as a principal's name at most.
  (void)common.principal.Assign(decision.publisher.text());
  JsonWriter json(&out);
  json.BeginObject();
  WriteDecision(line, common, json);
  if (decision.proven) {
    json.Key("tool").String(decision.tool.text());
    json.Key("version").String(decision.version.text());
    json.Key("digest").String(absl::BytesToHexString(
        {reinterpret_cast<const char*>(decision.digest.data()),
         decision.digest.size()}));
  }
  json.EndObject();
  out += '\n';
}

}  // namespace tollgate::cli
