// tollgate tool verify --jsonl: signed tool definitions, each against the
// publishers and pins that its line brings.

#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "engine/base/base64.h"
#include "engine/base/limits.h"
#include "engine/json/write_value.h"
#include "engine/json/writer.h"
#include "engine/lookup/publishers.h"
#include "engine/policy/pins.h"
#include "engine/verify/tool_definition.h"
#include "tools/tollgate/check_request.h"
#include "tools/tollgate/instant.h"
#include "tools/tollgate/json_lines.h"
#include "tools/tollgate/tool_verify.h"

namespace tollgate::cli {
namespace {

// A century, as microseconds; longer is no restriction.
constexpr double kSecondsMax = 3.2e9;

// Everything that one line asks.
struct Question {
  std::string document;
  std::optional<std::string> detached;
  Publishers publishers;
  std::optional<PinTable> pins;
  ToolRules rules;
  DateMicros now = 0;
};

// Calls `read` with the member, if it is there.
template <typename Read>
absl::Status Optional(const JsonObject& line, std::string_view name,
                      const Read& read) {
  const auto value = line.Find(name);
  return value.has_value() ? read(*value) : absl::OkStatus();
}

absl::StatusOr<std::string> ReadBase64(const JsonValue& value) {
  const auto text = value.String();
  if (!text.ok()) return text.status();
  std::string bytes(Base64DecodedBytesMax(text->size()), '\0');
  const auto size = DecodeBase64(*text, absl::MakeSpan(bytes));
  if (!size.has_value()) return value.Error("must be base64");
  bytes.resize(*size);
  return bytes;
}

// Reads the member `name`, a text or the document itself, or `name`_b64.
absl::StatusOr<std::optional<std::string>> ReadBytes(const JsonObject& line,
                                                     std::string_view name) {
  const std::string in_base64 = absl::StrCat(name, "_b64");
  const auto value = line.Find(name);
  const auto base64 = line.Find(in_base64);
  if (value.has_value() && base64.has_value()) {
    return base64->Error(absl::StrCat("stands beside ", name));
  }
  if (base64.has_value()) return ReadBase64(*base64);
  if (!value.has_value()) return std::nullopt;
  if (value->kind() == JsonKind::kObject) return JsonText(*value);
  const auto text = value->String();
  if (!text.ok()) return text.status();
  return std::string(*text);
}

absl::StatusOr<int64_t> ReadMicros(const JsonValue& value) {
  const auto seconds = value.Number();
  if (!seconds.ok()) return seconds.status();
  if (!(*seconds >= 0 && *seconds <= kSecondsMax)) {
    return value.Error("must be seconds, from 0 to a century");
  }
  return static_cast<int64_t>(*seconds * kMicrosInSecond);
}

absl::StatusOr<Publisher> ReadPublisher(const JsonValue& value) {
  const auto object = value.Object();
  if (!object.ok()) return object.status();
  const auto id = ReadText(*object, "id");
  if (!id.ok()) return id.status();
  const auto jwks = object->Get("jwks");
  if (!jwks.ok()) return jwks.status();
  // The set, or its text.
  const auto text = jwks->String();
  auto keys = KeySet::ParseSet(text.ok() ? std::string(*text) : JsonText(*jwks),
                               PublisherKeyOptions());
  if (!keys.ok()) return jwks->Error(keys.status().message());
  return Publisher{std::string(*id), *std::move(keys)};
}

absl::Status ReadPublishers(const JsonObject& line, Publishers& out) {
  const auto value = line.Get("publishers");
  if (!value.ok()) return value.status();
  const auto list = value->Array();
  if (!list.ok()) return list.status();
  std::vector<Publisher> publishers;
  for (const JsonValue item : *list) {
    auto publisher = ReadPublisher(item);
    if (!publisher.ok()) return publisher.status();
    publishers.push_back(*std::move(publisher));
  }
  auto made = Publishers::Create(std::move(publishers));
  if (!made.ok()) return value->Error(made.status().message());
  out = *std::move(made);
  return absl::OkStatus();
}

absl::Status ReadDigest(const JsonValue& value, DefinitionDigest& out) {
  const auto text = value.String();
  if (!text.ok()) return text.status();
  const bool hex =
      text->size() == 2 * out.size() && absl::c_all_of(*text, [](char c) {
        return absl::ascii_isxdigit(static_cast<unsigned char>(c));
      });
  if (!hex) return value.Error("must be a SHA-256 in hex");
  absl::c_copy(absl::HexStringToBytes(*text), out.begin());
  return absl::OkStatus();
}

absl::Status ReadCapabilities(const JsonValue& value, Pin& pin) {
  const auto list = value.Array();
  if (!list.ok()) return list.status();
  pin.capabilities.emplace();
  for (const JsonValue item : *list) {
    const auto text = item.String();
    if (!text.ok()) return text.status();
    pin.capabilities->emplace_back(*text);
  }
  return absl::OkStatus();
}

absl::StatusOr<Pin> ReadPin(const JsonMember& member) {
  Pin pin;
  const size_t slash = member.name.find('/');
  if (slash == std::string_view::npos) {
    return member.value.Error("is named publisher/tool");
  }
  pin.publisher = std::string(member.name.substr(0, slash));
  pin.tool = std::string(member.name.substr(slash + 1));
  const auto object = member.value.Object();
  if (!object.ok()) return object.status();
  const auto version = ReadText(*object, "version");
  if (!version.ok()) return version.status();
  pin.version = std::string(*version);
  const auto digest = object->Get("digest");
  absl::Status status =
      digest.ok() ? ReadDigest(*digest, pin.digest) : digest.status();
  status.Update(Optional(*object, "capabilities", [&](const JsonValue& value) {
    return ReadCapabilities(value, pin);
  }));
  if (!status.ok()) return status;
  return pin;
}

absl::Status ReadPins(const JsonValue& value, std::optional<PinTable>& out) {
  const auto object = value.Object();
  if (!object.ok()) return object.status();
  std::vector<Pin> pins;
  for (const JsonMember member : *object) {
    auto pin = ReadPin(member);
    if (!pin.ok()) return pin.status();
    pins.push_back(*std::move(pin));
  }
  out.emplace(std::move(pins));
  return absl::OkStatus();
}

absl::Status ReadProfile(const JsonValue& value, ToolRules& rules) {
  const auto name = value.String();
  if (!name.ok()) return name.status();
  for (const ToolProfile profile :
       {ToolProfile::kStrict, ToolProfile::kEtdiCompat}) {
    if (*name != ToolProfileName(profile)) continue;
    rules.profile = profile;
    return absl::OkStatus();
  }
  return value.Error("must be strict or etdi-compat");
}

absl::Status ReadRules(const JsonObject& line, ToolRules& rules) {
  rules.skew_us = 0;
  const auto micros = [](int64_t& out) {
    return [&out](const JsonValue& value) {
      const auto read = ReadMicros(value);
      if (read.ok()) out = *read;
      return read.status();
    };
  };
  absl::Status status = Optional(line, "max_age", micros(rules.max_age_us));
  status.Update(Optional(line, "skew", micros(rules.skew_us)));
  status.Update(Optional(line, "profile", [&](const JsonValue& value) {
    return ReadProfile(value, rules);
  }));
  status.Update(Optional(line, "audience", [&](const JsonValue& value) {
    const auto text = value.String();
    if (text.ok()) rules.audience = std::string(*text);
    return text.status();
  }));
  return status;
}

absl::Status ReadQuestion(const JsonObject& line, Question& question) {
  absl::Status status =
      RefuseNearMisses(line, {"id", "document", "document_b64", "payload",
                              "payload_b64", "publishers", "pins", "time",
                              "max_age", "skew", "profile", "audience"});
  status.Update(ReadPublishers(line, question.publishers));
  status.Update(ReadRules(line, question.rules));
  status.Update(Optional(line, "pins", [&](const JsonValue& value) {
    return ReadPins(value, question.pins);
  }));
  question.now = DateOf(ReadClock().wall);
  status.Update(Optional(line, "time", [&](const JsonValue& value) {
    const auto instant = ReadInstant(value);
    // Injected time is both clocks, with its fraction in the one.
    if (instant.ok()) question.now = instant->monotonic.value / 1000;
    return instant.status();
  }));
  auto document = ReadBytes(line, "document");
  auto payload = ReadBytes(line, "payload");
  status.Update(document.status());
  status.Update(payload.status());
  if (!status.ok()) return status;
  if (!document->has_value()) {
    return absl::InvalidArgumentError("\"document\" is missing");
  }
  question.document = **std::move(document);
  question.detached = *std::move(payload);
  return absl::OkStatus();
}

class Verifier : public LineAnswerer {
 public:
  absl::Status Answer(const InputLine& line, std::string& out) override {
    const auto object = ReadLine(reader_, line, limits::kInputLineBytesMax);
    Question question;
    const absl::Status asked =
        object.ok() ? ReadQuestion(*object, question) : object.status();
    VerifiedDefinition verified;
    const Reason reason =
        asked.ok() ? Judge(question, verified) : Reason::kMalformedRequest;
    JsonWriter json(&out);
    json.BeginObject();
    WriteId(object.ok() ? std::optional(*object) : std::nullopt, json);
    json.Key("valid").Bool(reason == Reason::kOk);
    json.Key("reason").String(ReasonName(reason));
    if (!asked.ok()) json.Key("error").String(asked.message());
    WriteProvedDefinition(verified, json);
    json.EndObject();
    out += '\n';
    return absl::OkStatus();
  }

 private:
  Reason Judge(const Question& question, VerifiedDefinition& verified) {
    const Reason reason = verifier_.Verify(
        {question.document, question.detached}, question.publishers,
        question.rules, question.now, verified);
    if (reason != Reason::kOk || !question.pins.has_value()) return reason;
    return question.pins->Judge(FactsOf(verified), PinMode::kRequire);
  }

  JsonReader reader_{{}};
  ToolDefinitionVerifier verifier_;
};

}  // namespace

ExitStatus VerifyToolLines(const JsonLinesOptions& options) {
  Signals signals;
  Verifier verifier;
  return RunJsonLines(options, signals, verifier);
}

}  // namespace tollgate::cli
