// tollgate config: lint a configuration, show what it comes to.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/config/config.h"
#include "engine/config/show_config.h"
#include "engine/config/yaml_reader.h"
#include "engine/json/writer.h"
#include "tools/tollgate/command.h"
#include "tools/tollgate/compiled_config.h"
#include "tools/tollgate/output.h"

namespace tollgate::cli {
namespace {

struct ConfigOptions {
  std::string file;
  bool json = false;
};

std::string LintJson(const absl::Status& status,
                     const std::vector<std::string>& warnings) {
  std::string text;
  JsonWriter json(&text);
  json.BeginObject().Key("valid").Bool(status.ok());
  if (!status.ok()) json.Key("error").String(status.message());
  json.Key("warnings").BeginArray();
  for (const std::string& warning : warnings) json.String(warning);
  json.EndArray().EndObject();
  return text + "\n";
}

ExitStatus Lint(const ConfigOptions& options) {
  const auto config = LoadAndCompile(options.file);
  std::vector<std::string> warnings;
  if (config.ok()) warnings = config->Warnings();
  for (const std::string& warning : warnings) {
    PrintMessage(absl::StrCat("warning: ", warning));
  }
  ExitStatus printed = ExitStatus::kDone;
  if (options.json) {
    printed = Print(LintJson(config.status(), warnings));
  } else if (config.ok()) {
    printed = Print("ok\n");
  }
  if (printed != ExitStatus::kDone || config.ok()) return printed;
  return Fail(ExitStatus::kConfiguration, config.status());
}

void WriteYaml(const YamlNode& node, JsonWriter& json);

// Numbers are what the configuration reader lets through: integers that JSON
// writes the same way.
void WritePlain(const YamlNode& node, JsonWriter& json) {
  switch (ResolvePlain(node.text)) {
    case PlainType::kNull:
      json.Null();
      return;
    case PlainType::kBool:
      json.Bool(node.text == "true");
      return;
    case PlainType::kNumber: {
      uint64_t number = 0;
      if (absl::SimpleAtoi(node.text, &number)) {
        json.Uint(number);
        return;
      }
      break;
    }
    case PlainType::kString:
      break;
  }
  json.String(node.text);
}

void WriteMapping(const YamlNode& node, JsonWriter& json) {
  json.BeginObject();
  for (const YamlMember& member : node.members) {
    json.Key(member.key);
    WriteYaml(member.value, json);
  }
  json.EndObject();
}

void WriteSequence(const YamlNode& node, JsonWriter& json) {
  json.BeginArray();
  for (const YamlNode& item : node.items) WriteYaml(item, json);
  json.EndArray();
}

void WriteYaml(const YamlNode& node, JsonWriter& json) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      json.Null();
      return;
    case YamlNode::Kind::kPlain:
      WritePlain(node, json);
      return;
    case YamlNode::Kind::kQuoted:
      json.String(node.text);
      return;
    case YamlNode::Kind::kSequence:
      WriteSequence(node, json);
      return;
    case YamlNode::Kind::kMapping:
      WriteMapping(node, json);
      return;
  }
}

ExitStatus Show(const ConfigOptions& options) {
  const auto config = LoadConfig(options.file);
  if (!config.ok()) return Fail(ExitStatus::kConfiguration, config.status());
  std::string text = ShowConfig(*config);
  if (!options.json) return Print(text);
  const auto tree = ReadYaml(text, options.file);
  if (!tree.ok()) return Fail(ExitStatus::kConfiguration, tree.status());
  text.clear();
  JsonWriter json(&text);
  WriteYaml(*tree, json);
  return Print(text + "\n");
}

void AddOnFile(Command config, const std::string& name,
               const std::string& summary,
               ExitStatus (*action)(const ConfigOptions&)) {
  const Command command = config.AddCommand(
      name, summary, absl::StrCat("tollgate config ", name, " tollgate.yaml"));
  auto options = std::make_shared<ConfigOptions>();
  const Command file = command.AddChoice("file", "Which configuration");
  file.AddOption("file", options->file, "The configuration, a YAML file");
  file.AddOption("--config", options->file, "The same").TypeName("FILE");
  AddJsonFlag(command, options->json);
  command.Does([options, action] { return action(*options); });
}

}  // namespace

void AddConfigCommand(Command app) {
  const Command config =
      app.AddCommand("config", "Checks and shows configurations",
                     "tollgate config lint tollgate.yaml");
  config.RequireCommand();
  AddOnFile(config, "lint", "Says ok, or what is wrong and where", Lint);
  AddOnFile(config, "show",
            "Shows the effective configuration, secrets left out", Show);
}

}  // namespace tollgate::cli
