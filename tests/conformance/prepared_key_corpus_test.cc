// Wycheproof's signatures of ES256 under keys that are prepared for use, as
// those of a configuration are: the command line's own test verifies each under
// a key that is used once.

#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/base/base64url.h"
#include "engine/json/reader.h"
#include "engine/json/write_value.h"
#include "engine/json/writer.h"
#include "engine/lookup/jwks.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

std::string Member(const JsonObject& line, std::string_view name) {
  const auto value = line.Get(name);
  return value.ok() ? std::string(value->String().value_or("")) : "";
}

std::string TextOf(const JsonValue& value) {
  std::string text;
  JsonWriter json(&text);
  WriteValue(value, json);
  return text;
}

// A message or a signature; none when it is not base64url.
std::optional<std::string> Decoded(std::string_view base64) {
  std::string bytes(Base64UrlDecodedBytesMax(base64.size()), '\0');
  const auto size = DecodeBase64Url(base64, absl::MakeSpan(bytes));
  if (!size.has_value()) return std::nullopt;
  bytes.resize(*size);
  return bytes;
}

TEST(PreparedKeyCorpusTest, WycheproofsSignaturesOfEs256) {
  const char* corpora = std::getenv("TOLLGATE_CORPORA");
  if (corpora == nullptr) {
    GTEST_SKIP() << "TOLLGATE_CORPORA names no folder of test vectors";
  }
  std::ifstream corpus(std::string(corpora) + "/wycheproof/sig.jsonl");
  std::map<std::string, absl::StatusOr<KeySet>> keys;
  JsonReader reader({});
  int cases = 0, valid = 0;
  for (std::string text; std::getline(corpus, text);) {
    const auto line = reader.ParseObject(text);
    ASSERT_TRUE(line.ok()) << text;
    if (Member(*line, "alg") != "ES256") continue;
    ++cases;
    const bool expected = Member(*line, "expected") == "valid";
    valid += expected;
    const std::string jwk = TextOf(*line->Get("jwk"));
    auto found = keys.find(jwk);
    if (found == keys.end()) {
      found = keys.emplace(jwk, KeySet::ParseKey(jwk, {})).first;
      if (found->second.ok()) found->second->Prepare();
    }
    const auto message = Decoded(Member(*line, "msg"));
    const auto signature = Decoded(Member(*line, "sig"));
    const KeySet::Entry* const entry =
        found->second.ok() ? found->second->Find("", false, Algorithm::kEs256)
                           : nullptr;
    const bool verified = entry != nullptr && message.has_value() &&
                          signature.has_value() &&
                          entry->key.Verify(*message, *signature);
    EXPECT_EQ(verified, expected) << Member(*line, "id");
  }
  EXPECT_EQ(cases, 746);
  EXPECT_EQ(valid, 173);
}

}  // namespace
}  // namespace tollgate
