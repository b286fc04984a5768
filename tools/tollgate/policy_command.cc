// tollgate policy test: what a policy says of a request, given as JSON Lines.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "engine/config/config.h"
#include "engine/json/writer.h"
#include "engine/model/scope.h"
#include "engine/policy/endpoint_table.h"
#include "engine/policy/path.h"
#include "engine/policy/policy.h"
#include "tools/tollgate/check_request.h"
#include "tools/tollgate/command.h"
#include "tools/tollgate/instant.h"
#include "tools/tollgate/json_lines.h"

namespace tollgate::cli {
namespace {

struct Verdicted {
  Reason reason = Reason::kMalformedRequest;
  std::string matched;
};

// The rules of one line. Every line has its own: nothing is remembered.
struct Rules {
  PolicyOptions options;
  std::optional<CompiledPolicy> policy;
  ScopeTable scopes;
  EndpointTable endpoints;
};

// Returns the JSON text of `value`, which its configuration reader takes: JSON
// is YAML.
std::string TextOf(const JsonValue& value) {
  std::string text;
  JsonWriter json(&text);
  WriteValue(value, json);
  return text;
}

absl::Status ReadRules(const JsonObject& line, Rules& rules) {
  const auto policy = line.Get("policy");
  if (!policy.ok()) return policy.status();
  auto options = ParsePolicy(TextOf(*policy), "policy");
  if (!options.ok()) return options.status();
  rules.options = *std::move(options);
  auto compiled = CompiledPolicy::Compile(rules.options);
  if (!compiled.ok()) return compiled.status();
  rules.policy = *std::move(compiled);
  const auto endpoints = line.Find("endpoints");
  if (!endpoints.has_value()) return absl::OkStatus();
  const auto entries = ParseEndpoints(TextOf(*endpoints));
  if (!entries.ok()) return entries.status();
  auto table = EndpointTable::Compile(*entries, rules.scopes);
  if (table.ok()) rules.endpoints = *std::move(table);
  return table.status();
}

// Reads "scopes": a list, or a text with spaces between them.
absl::StatusOr<std::vector<std::string>> ReadScopes(const JsonValue& value) {
  if (const auto text = value.String(); text.ok()) {
    return std::vector<std::string>(
        absl::StrSplit(*text, ' ', absl::SkipEmpty()));
  }
  const auto list = value.Array();
  if (!list.ok()) return value.Error("must be a string or a list of strings");
  std::vector<std::string> scopes;
  for (const JsonValue item : *list) {
    const auto scope = item.String();
    if (!scope.ok()) return scope.status();
    scopes.emplace_back(*scope);
  }
  return scopes;
}

absl::StatusOr<const ScopeSet*> GrantedScopes(const JsonObject& request,
                                              Rules& rules) {
  const auto value = request.Find("scopes");
  if (!value.has_value()) return rules.scopes.Intern(rules.options.scopes);
  const auto names = ReadScopes(*value);
  if (!names.ok()) return names.status();
  return rules.scopes.Intern(*names);
}

absl::StatusOr<Now> ReadTime(const JsonObject& request) {
  const auto value = request.Get("time");
  if (!value.ok()) return value.status();
  return ReadInstant(*value);
}

// The same order as the validator's: the policy's rules, then scopes.
Verdicted Evaluate(const Rules& rules, const PolicyRequest& request,
                   const ScopeSet& granted) {
  std::string_view matched;
  const Reason reason = rules.policy->Evaluate(request, &matched);
  if (reason == Reason::kOk) {
    if (const auto* unmet = rules.endpoints.FirstUnmet(
            request.method, request.path, granted.mask())) {
      return {Reason::kInsufficientScope, std::string(unmet->pattern.text())};
    }
  }
  return {reason, std::string(matched)};
}

absl::StatusOr<Verdicted> Test(const JsonObject& line) {
  if (auto status =
          RefuseNearMisses(line, {"id", "policy", "endpoints", "request"});
      !status.ok()) {
    return status;
  }
  auto rules = std::make_unique<Rules>();
  if (auto status = ReadRules(line, *rules); !status.ok()) return status;
  const auto value = line.Get("request");
  if (!value.ok()) return value.status();
  const auto request = value->Object();
  if (!request.ok()) return request.status();
  if (auto status = RefuseNearMisses(
          *request, {"time", "method", "path", "ip", "scopes"});
      !status.ok()) {
    return status;
  }
  const auto method = ReadText(*request, "method");
  if (!method.ok()) return method.status();
  const auto target = ReadText(*request, "path");
  if (!target.ok()) return target.status();
  const auto client = ReadAddress(*request, "ip");
  if (!client.ok()) return client.status();
  const auto time = ReadTime(*request);
  if (!time.ok()) return time.status();
  const auto granted = GrantedScopes(*request, *rules);
  if (!granted.ok()) return granted.status();
  CanonicalPath path;
  if (!CanonicalPath::Parse(*target, path)) return Verdicted();
  return Evaluate(*rules, {*method, path, *client, time->wall}, **granted);
}

class PolicyTester : public LineAnswerer {
 public:
  absl::Status Answer(const InputLine& line, std::string& out) override {
    const auto object = ReadLine(reader_, line, limits::kInputLineBytesMax);
    const auto result = object.ok()
                            ? Test(*object)
                            : absl::StatusOr<Verdicted>(object.status());
    const Verdicted verdict = result.value_or(Verdicted());
    JsonWriter json(&out);
    json.BeginObject();
    WriteId(object.ok() ? std::optional(*object) : std::nullopt, json);
    json.Key("decision").String(VerdictName(VerdictOf(verdict.reason)));
    json.Key("reason").String(ReasonName(verdict.reason));
    if (!verdict.matched.empty()) json.Key("matched").String(verdict.matched);
    if (!result.ok()) json.Key("error").String(result.status().message());
    json.EndObject();
    out += '\n';
    return absl::OkStatus();
  }

 private:
  JsonReader reader_{{}};
};

ExitStatus TestPolicies(const JsonLinesOptions& options) {
  Signals signals;
  PolicyTester tester;
  return RunJsonLines(options, signals, tester);
}

}  // namespace

void AddPolicyCommand(Command app) {
  const std::string example =
      "echo '{\"id\":1,\"policy\":{\"endpoints\":{\"allow\":[\"GET /v1/**\"]}},"
      "\"request\":{\"method\":\"GET\",\"path\":\"/v1/x\","
      "\"ip\":\"192.0.2.1\",\"time\":0}}' | tollgate policy test";
  const Command policy =
      app.AddCommand("policy", "Tries out policies", example);
  policy.RequireCommand();
  const Command test = policy.AddCommand(
      "test",
      "Says what a policy decides of a request; each line brings both. No "
      "limit is charged",
      example);
  auto options = std::make_shared<JsonLinesOptions>();
  AddInputOption(test, options->input);
  AddJsonFlag(test);
  test.Does([options] { return TestPolicies(*options); });
}

}  // namespace tollgate::cli
