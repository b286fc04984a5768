#include "tools/tollgate/tool_changes.h"

#include <optional>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/base/base64url.h"
#include "engine/base/limits.h"
#include "engine/json/canonical.h"
#include "engine/json/reader.h"
#include "engine/json/writer.h"
#include "engine/unicode/hidden_text.h"
#include "engine/verify/jws.h"

namespace tollgate::cli {
namespace {

// The definition of an envelope, of a payload, or the object itself.
JsonValue DefinitionOf(const JsonValue& value) {
  JsonValue found = value;
  for (const std::string_view name : {"payload", "tool_definition"}) {
    const auto object = found.Object();
    if (!object.ok()) return found;
    const auto member = object->Find(name);
    if (member.has_value()) found = *member;
  }
  return found;
}

void WriteNames(std::string_view key, const std::vector<std::string>& names,
                JsonWriter& json) {
  json.Key(key).BeginArray();
  for (const std::string& name : names) json.String(name);
  json.EndArray();
}

void WriteMember(const JsonDifference& member, JsonWriter& json) {
  json.BeginObject().Key("path").String(member.path);
  if (member.before.has_value()) json.Key("before").String(*member.before);
  if (member.after.has_value()) json.Key("after").String(*member.after);
  json.EndObject();
}

}  // namespace

absl::StatusOr<std::string> DefinitionIn(std::string_view text) {
  std::string decoded;
  text = absl::StripAsciiWhitespace(text);
  CompactJws jws;
  if (!absl::StartsWith(text, "{") &&
      SplitCompactJws(text, jws, limits::kToolDocumentBytesMax)) {
    decoded.resize(Base64UrlDecodedBytesMax(jws.payload.size()));
    const auto size = DecodeBase64Url(jws.payload, absl::MakeSpan(decoded));
    if (!size.has_value()) {
      return absl::InvalidArgumentError("its payload is not base64url");
    }
    text = std::string_view(decoded).substr(0, *size);
  }
  JsonReader reader(
      {.bytes_max = limits::kToolDocumentBytesMax, .big_integers = true});
  const auto document = reader.Parse(text);
  if (!document.ok()) return document.status();
  const JsonValue definition = DefinitionOf(*document);
  if (definition.kind() != JsonKind::kObject) {
    return absl::InvalidArgumentError("a definition must be an object");
  }
  std::string canonical;
  AppendCanonical(definition, canonical);
  return canonical;
}

std::string ChangesText(const DefinitionChanges& changes) {
  std::string text;
  for (const std::string& one : changes.capabilities_added) {
    absl::StrAppend(&text, "+ capability ", WithHiddenShown(one), "\n");
  }
  for (const std::string& one : changes.capabilities_removed) {
    absl::StrAppend(&text, "- capability ", WithHiddenShown(one), "\n");
  }
  for (const JsonDifference& member : changes.members) {
    const std::string path = WithHiddenShown(member.path);
    if (!member.before.has_value()) {
      absl::StrAppend(&text, "+ ", path, ": ", WithHiddenShown(*member.after),
                      "\n");
    } else if (!member.after.has_value()) {
      absl::StrAppend(&text, "- ", path, ": ", WithHiddenShown(*member.before),
                      "\n");
    } else {
      absl::StrAppend(&text, "~ ", path, ":\n    ",
                      WithHiddenShown(*member.before), "\n    ",
                      WithHiddenShown(*member.after), "\n");
    }
  }
  return text;
}

std::string ChangesJson(const DefinitionChanges& changes) {
  std::string text;
  JsonWriter json(&text);
  json.BeginObject().Key("same").Bool(changes.empty());
  json.Key("capabilities").BeginObject();
  WriteNames("added", changes.capabilities_added, json);
  WriteNames("removed", changes.capabilities_removed, json);
  json.EndObject();
  const auto write = [&](std::string_view key, bool before, bool after) {
    json.Key(key).BeginArray();
    for (const JsonDifference& member : changes.members) {
      if (member.before.has_value() == before &&
          member.after.has_value() == after) {
        WriteMember(member, json);
      }
    }
    json.EndArray();
  };
  write("added", false, true);
  write("removed", true, false);
  write("changed", true, true);
  json.EndObject();
  return text += '\n';
}

}  // namespace tollgate::cli
