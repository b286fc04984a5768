// Any bytes are a document or an error; a document's texts are UTF-8 and can be
// written again.

#include <string>
#include <string_view>

#include "engine/json/reader.h"
#include "engine/json/writer.h"
#include "tests/fuzz/fuzz_check.h"

namespace tollgate {
namespace {

void WriteScalar(const JsonValue& value, JsonWriter& json) {
  switch (value.kind()) {
    case JsonKind::kBool:
      json.Bool(*value.Bool());
      break;
    case JsonKind::kInt64:
      json.Int(*value.Int64());
      break;
    case JsonKind::kUint64:
      json.Uint(*value.Uint64());
      break;
    case JsonKind::kDouble:
      json.Double(*value.Number());
      break;
    case JsonKind::kString:
      json.String(*value.String());
      break;
    default:
      json.Null();
  }
}

void Write(const JsonValue& value, JsonWriter& json) {
  if (const auto array = value.Array(); array.ok()) {
    json.BeginArray();
    for (const JsonValue item : *array) Write(item, json);
    json.EndArray();
  } else if (const auto object = value.Object(); object.ok()) {
    json.BeginObject();
    for (const JsonMember member : *object) {
      json.Key(member.name);
      FUZZ_CHECK(object->Find(member.name).has_value());
      Write(member.value, json);
    }
    json.EndObject();
  } else {
    FUZZ_CHECK(!value.Error("").message().empty() || value.Path().empty());
    WriteScalar(value, json);
  }
}

std::string Rewritten(JsonReader& reader, std::string_view text) {
  std::string out;
  const auto value = reader.Parse(text);
  if (!value.ok()) return out;
  JsonWriter json(&out);
  Write(*value, json);
  return out;
}

}  // namespace
}  // namespace tollgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static tollgate::JsonReader& reader = *new tollgate::JsonReader({});
  const std::string once =
      tollgate::Rewritten(reader, {reinterpret_cast<const char*>(data), size});
  if (once.empty()) return 0;
  FUZZ_CHECK(tollgate::Rewritten(reader, once) == once);
  reader.Wipe();
  return 0;
}
