// Tokens. Any bytes: what parses is the only spelling of what was decoded, and
// a key that did not sign it refuses it. Two lines, of a header and claims:
// made a token, it parses only if what is in it does, and says the same when
// its JSON is written another way.

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "engine/base/base64url.h"
#include "engine/base/limits.h"
#include "engine/json/reader.h"
#include "engine/verify/jws.h"
#include "engine/verify/jwt.h"
#include "tests/fuzz/fuzz_check.h"
#include "tests/fuzz/reencode.h"

namespace tollgate {
namespace {

// Of every algorithm and without rules: only the signature is left to refuse.
const VerificationContext& Context() {
  static auto* const context = [] {
    auto* const made = new VerificationContext;
    const std::string secret(64, 'k');
    made->keys =
        KeySet::Of({"", *VerifyingKey::FromHmacSecret(
                            Algorithm::kHs256,
                            {reinterpret_cast<const uint8_t*>(secret.data()),
                             secret.size()})});
    return made;
  }();
  return *context;
}

void CheckHeader(const JwsHeader& header) {
  FUZZ_CHECK(header.algorithm != Algorithm::kNone);
  FUZZ_CHECK(!header.has_embedded_key);
  FUZZ_CHECK(!header.jwk.has_value());
  FUZZ_CHECK(header.kid.size() <= limits::kKidBytesMax);
  FUZZ_CHECK(header.has_kid || header.kid.empty());
}

void CheckToken(std::string_view token, const ParsedJwt& jwt) {
  FUZZ_CHECK(token.size() <= limits::kTokenBytesMax);
  FUZZ_CHECK(absl::StrCat(jwt.jws.header, ".", jwt.jws.payload, ".",
                          jwt.jws.signature) == token);
  FUZZ_CHECK(EncodeBase64Url(jwt.payload) == jwt.jws.payload);
  FUZZ_CHECK(EncodeBase64Url(jwt.signature) == jwt.jws.signature);
  CheckHeader(jwt.header);
  FUZZ_CHECK(JudgeJwt(jwt, Context(), WallRange::Second({1'700'000'000})) !=
             Reason::kOk);
}

std::string TokenOf(std::string_view header, std::string_view claims) {
  return absl::StrCat(EncodeBase64Url(header), ".", EncodeBase64Url(claims),
                      ".", EncodeBase64Url(std::string(32, 's')));
}

// Returns `text` written another way, or nothing if it is no JSON.
std::string Otherwise(std::string_view text) {
  JsonReader reader({.bytes_max = limits::kTokenBytesMax});
  const auto value = reader.Parse(text);
  return value.ok() ? Reencode(*value) : std::string();
}

void RunJson(std::string_view header, std::string_view claims) {
  JwtReader reader;
  ParsedJwt jwt;
  const std::string token = TokenOf(header, claims);
  if (reader.Parse(token, jwt) != Reason::kOk) return;
  CheckToken(token, jwt);

  JwtReader other_reader;
  ParsedJwt other;
  const std::string other_header = Otherwise(header);
  const std::string other_token = TokenOf(other_header, Otherwise(claims));
  if (other_token.size() > limits::kTokenBytesMax ||
      EncodeBase64Url(other_header).size() > limits::kJwsHeaderBytesMax) {
    return;
  }
  FUZZ_CHECK(other_reader.Parse(other_token, other) == Reason::kOk);
  FUZZ_CHECK(other.header.algorithm == jwt.header.algorithm);
  FUZZ_CHECK(other.header.has_kid == jwt.header.has_kid);
  FUZZ_CHECK(other.header.kid == jwt.header.kid);
  FUZZ_CHECK(other.header.has_type == jwt.header.has_type);
  FUZZ_CHECK(other.header.type == jwt.header.type);
}

void Run(std::string_view text) {
  JwtReader reader;
  ParsedJwt jwt;
  if (reader.Parse(text, jwt) == Reason::kOk) CheckToken(text, jwt);
  const size_t line = text.find('\n');
  if (line == text.npos) return;
  RunJson(text.substr(0, line), text.substr(line + 1));
}

}  // namespace
}  // namespace tollgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tollgate::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
