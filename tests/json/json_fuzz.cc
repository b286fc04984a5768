// Any bytes are a document or an error; a document's texts are UTF-8 and can be
// written again. What is read in one pass is read as simdjson reads it, which
// reads what stands behind a number with an exponent.

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "engine/base/limits.h"
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

std::string RewrittenBehindExponent(JsonReader& reader, std::string_view text) {
  const auto list = reader.Parse(absl::StrCat("[1e0,", text, "]"));
  if (!list.ok() || list->Array()->size() != 2) return "";
  return JsonText(*++list->Array()->begin());
}

}  // namespace
}  // namespace tollgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static tollgate::JsonReader& reader = *new tollgate::JsonReader({});
  static tollgate::JsonReader& deeper = *new tollgate::JsonReader(
      {.depth_max = tollgate::limits::kJsonDepthMax + 1});
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string once = tollgate::Rewritten(reader, text);
  FUZZ_CHECK(tollgate::RewrittenBehindExponent(deeper, text) == once);
  if (once.empty()) return 0;
  FUZZ_CHECK(tollgate::Rewritten(reader, once) == once);
  reader.Wipe();
  return 0;
}
