// Any bytes are a document or an error; a document's texts are UTF-8 and can be
// written again.

#include <string>
#include <string_view>

#include "engine/json/reader.h"
#include "engine/json/write_value.h"
#include "tests/fuzz/fuzz_check.h"

namespace tollgate {
namespace {

// Every value tells where it stands, and every member is found by its name.
void Visit(const JsonValue& value) {
  FUZZ_CHECK(!value.Error("").message().empty() || value.Path().empty());
  if (const auto array = value.Array(); array.ok()) {
    for (const JsonValue item : *array) Visit(item);
  } else if (const auto object = value.Object(); object.ok()) {
    for (const JsonMember member : *object) {
      FUZZ_CHECK(object->Find(member.name).has_value());
      Visit(member.value);
    }
  }
}

std::string Rewritten(JsonReader& reader, std::string_view text) {
  const auto value = reader.Parse(text);
  if (!value.ok()) return "";
  Visit(*value);
  return JsonText(*value);
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
