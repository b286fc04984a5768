// tollgate tool canonicalize: the canonical form of JSON (RFC 8785), of one
// document or of many.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/base/base64.h"
#include "engine/base/limits.h"
#include "engine/json/canonical.h"
#include "engine/json/writer.h"
#include "engine/model/reason.h"
#include "tools/tollgate/json_lines.h"
#include "tools/tollgate/output.h"
#include "tools/tollgate/tool_commands.h"
#include "tools/tollgate/whole_input.h"

namespace tollgate::cli {
namespace {

struct CanonicalizeOptions {
  std::optional<std::string> input;
  bool jsonl = false;
};

JsonReader NewReader() {
  return JsonReader(
      {.bytes_max = limits::kInputLineBytesMax, .big_integers = true});
}

// What one line comes to.
struct Answered {
  std::string_view reason = ReasonName(Reason::kMalformedRequest);
  std::string error;
  std::string canonical;
};

class Canonicalizer : public LineAnswerer {
 public:
  absl::Status Answer(const InputLine& line, std::string& out) override {
    const auto object = ReadLine(lines_, line, limits::kInputLineBytesMax);
    Answered answered;
    if (object.ok()) {
      answered = Canonicalize(*object);
    } else {
      answered.error = std::string(object.status().message());
    }
    const bool valid = answered.reason == ReasonName(Reason::kOk);
    JsonWriter json(&out);
    json.BeginObject();
    WriteId(object.ok() ? std::optional(*object) : std::nullopt, json);
    json.Key("valid").Bool(valid);
    if (valid) {
      json.Key("output_b64").String(absl::Base64Escape(answered.canonical));
    } else {
      json.Key("reason").String(answered.reason);
      json.Key("error").String(answered.error);
    }
    json.EndObject();
    out += '\n';
    return absl::OkStatus();
  }

 private:
  Answered Canonicalize(const JsonObject& line) {
    Answered answered;
    const auto input = line.Get("input_b64");
    const auto base64 = input.ok() ? input->String() : input.status();
    if (!base64.ok()) {
      answered.error = std::string(base64.status().message());
      return answered;
    }
    std::string bytes(Base64DecodedBytesMax(base64->size()), '\0');
    const auto size = DecodeBase64(*base64, absl::MakeSpan(bytes));
    if (!size.has_value()) {
      answered.error = "input_b64: must be base64";
      return answered;
    }
    const auto document =
        documents_.Parse(std::string_view(bytes).substr(0, *size));
    if (!document.ok()) {
      answered.reason = ReasonName(Reason::kMalformedCredential);
      answered.error = std::string(document.status().message());
      return answered;
    }
    answered.reason = ReasonName(Reason::kOk);
    AppendCanonical(*document, answered.canonical);
    return answered;
  }

  JsonReader lines_{{}};
  JsonReader documents_ = NewReader();
};

ExitStatus CanonicalizeLines(const CanonicalizeOptions& options) {
  Signals signals;
  Canonicalizer canonicalizer;
  return RunJsonLines({.input = options.input}, signals, canonicalizer);
}

ExitStatus CanonicalizeOne(const CanonicalizeOptions& options) {
  const auto text = ReadWholeInput(options.input, limits::kInputLineBytesMax);
  if (!text.ok()) return Fail(ExitStatus::kIo, text.status());
  JsonReader reader = NewReader();
  const auto document = reader.Parse(*text);
  if (!document.ok()) return Fail(ExitStatus::kDenied, document.status());
  std::string out;
  AppendCanonical(*document, out);
  return Print(out);
}

}  // namespace

void AddToolCanonicalizeCommand(Command tool) {
  const Command command = tool.AddCommand(
      "canonicalize",
      "Prints the canonical form of a JSON document (RFC 8785), without a line "
      "break; with --jsonl, of each line {\"id\", \"input_b64\"}",
      "echo '{\"b\":1.0,\"a\":2}' | tollgate tool canonicalize");
  auto options = std::make_shared<CanonicalizeOptions>();
  AddInputOption(command, options->input);
  command.AddFlag("--jsonl", options->jsonl, "Documents as JSON Lines");
  AddJsonFlag(command);
  command.Does([options] {
    return options->jsonl ? CanonicalizeLines(*options)
                          : CanonicalizeOne(*options);
  });
}

}  // namespace tollgate::cli
