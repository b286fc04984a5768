// Signed tool definitions: any bytes are refused, or read as a document whose
// definition is its own canonical form, and that nobody's key verifies.

#include <string>
#include <string_view>

#include "engine/json/canonical.h"
#include "engine/json/reader.h"
#include "engine/verify/tool_definition.h"
#include "engine/verify/tool_document.h"
#include "tests/fuzz/fuzz_check.h"

namespace tollgate {
namespace {

constexpr std::string_view kJwks =
    R"({"keys":[{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","kid":"k1",)"
    R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})";

void CheckRead(std::string_view text, ToolProfile profile) {
  static auto& reader = *new ToolDocumentReader();
  static auto& again = *new JsonReader({.big_integers = true});
  ToolDocument document;
  if (reader.Read(text, std::nullopt, profile, document) != Reason::kOk) return;
  FUZZ_CHECK(document.definition.has_value());
  FUZZ_CHECK(!document.key_id.empty());
  FUZZ_CHECK(!document.signature.empty());
  const auto definition = again.Parse(document.canonical);
  FUZZ_CHECK(definition.ok());
  std::string canonical;
  AppendCanonical(*definition, canonical);
  FUZZ_CHECK(canonical == document.canonical);
}

void CheckVerify(std::string_view text, ToolProfile profile) {
  static const auto& publishers = *new Publishers(*Publishers::Create(
      {{"acme", *KeySet::ParseSet(kJwks, PublisherKeyOptions())}}));
  static auto& verifier = *new ToolDefinitionVerifier();
  VerifiedDefinition verified;
  ToolRules rules;
  rules.profile = profile;
  FUZZ_CHECK(verifier.Verify({text}, publishers, rules, 1'000'000'000,
                             verified) != Reason::kOk);
  FUZZ_CHECK(verified.publisher.empty());
}

}  // namespace
}  // namespace tollgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto profile :
       {tollgate::ToolProfile::kStrict, tollgate::ToolProfile::kEtdiCompat}) {
    tollgate::CheckRead(text, profile);
    tollgate::CheckVerify(text, profile);
  }
  return 0;
}
