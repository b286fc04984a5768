// What is canonical is its own form, whatever it was made of, and reads as the
// same values.

#include <string>
#include <string_view>

#include "engine/json/canonical.h"
#include "engine/json/python_json.h"
#include "engine/json/reader.h"
#include "tests/fuzz/fuzz_check.h"

namespace tollgate {
namespace {

std::string Canonical(JsonReader& reader, std::string_view text) {
  const auto document = reader.Parse(text);
  if (!document.ok()) return "";
  std::string out;
  AppendCanonical(*document, out);
  return out;
}

std::string Dumped(JsonReader& reader, std::string_view text) {
  const auto document = reader.Parse(text);
  if (!document.ok()) return "";
  std::string out;
  AppendPythonJson(*document, out);
  return out;
}

}  // namespace
}  // namespace tollgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using tollgate::Canonical;
  using tollgate::Dumped;
  static auto& reader = *new tollgate::JsonReader({.big_integers = true});
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string once = Canonical(reader, text);
  if (once.empty()) return 0;
  FUZZ_CHECK(Canonical(reader, once) == once);
  const std::string dumped = Dumped(reader, text);
  FUZZ_CHECK(Dumped(reader, dumped) == dumped);
  FUZZ_CHECK(Canonical(reader, dumped) == once);
  return 0;
}
