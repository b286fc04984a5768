#include "engine/json/write_value.h"

namespace tollgate {
namespace {

void WriteScalar(const JsonValue& value, JsonWriter& json) {
  switch (value.kind()) {
    case JsonKind::kBool:
      json.Bool(*value.Bool());
      return;
    case JsonKind::kInt64:
      json.Int(*value.Int64());
      return;
    case JsonKind::kUint64:
      json.Uint(*value.Uint64());
      return;
    case JsonKind::kDouble:
      json.Double(*value.Number());
      return;
    case JsonKind::kString:
      json.String(*value.String());
      return;
    case JsonKind::kNull:
    case JsonKind::kArray:
    case JsonKind::kObject:
      json.Null();
      return;
  }
}

}  // namespace

void WriteValue(const JsonValue& value, JsonWriter& json) {
  if (const auto array = value.Array(); array.ok()) {
    json.BeginArray();
    for (const JsonValue item : *array) WriteValue(item, json);
    json.EndArray();
  } else if (const auto object = value.Object(); object.ok()) {
    json.BeginObject();
    for (const JsonMember member : *object) {
      json.Key(member.name);
      WriteValue(member.value, json);
    }
    json.EndObject();
  } else {
    WriteScalar(value, json);
  }
}

std::string JsonText(const JsonValue& value) {
  std::string text;
  JsonWriter json(&text);
  WriteValue(value, json);
  return text;
}

}  // namespace tollgate
