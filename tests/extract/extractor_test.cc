#include "engine/extract/extractor.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "engine/extract/client_chain.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

constexpr std::string_view kId = "A1b2C3d4E5f6";
constexpr std::string_view kSecret = "abcdefghijklmnopqrstuvwxyz0123";

std::string Key() {
  return ApiKeyText("tg", "live").Compose(*KeyId::Parse(kId), kSecret);
}

std::string Basic(std::string_view pair) {
  return "Basic " + absl::Base64Escape(pair);
}

std::string Pair() { return std::string(kId) + ":" + std::string(kSecret); }

struct Row {
  std::string what;
  std::vector<std::pair<std::string, std::string>> headers;
  Reason reason;
};

class Headers {
 public:
  explicit Headers(const Row& row) {
    for (const auto& [name, value] : row.headers) {
      views_.push_back({name, value});
    }
  }
  absl::Span<const HeaderView> views() const { return views_; }

 private:
  std::vector<HeaderView> views_;
};

TEST(ExtractorTest, FindsExactlyOneCredential) {
  const std::string key = Key();
  const std::string bearer = "Bearer " + key;
  const Row rows[] = {
      {"header", {{"X-API-Key", key}}, Reason::kOk},
      {"case of the name", {{"x-aPi-kEY", key}}, Reason::kOk},
      {"surrounding blanks", {{"X-API-Key", " \t" + key + "\t "}}, Reason::kOk},
      {"bearer", {{"Authorization", bearer}}, Reason::kOk},
      {"scheme of any case", {{"Authorization", "bEARER " + key}}, Reason::kOk},
      {"spaces after the scheme",
       {{"Authorization", "Bearer   " + key}},
       Reason::kOk},
      {"basic", {{"Authorization", Basic(Pair())}}, Reason::kOk},
      {"pair",
       {{"X-API-Key-Id", std::string(kId)},
        {"X-API-Key-Secret", std::string(kSecret)}},
       Reason::kOk},
      {"among others",
       {{"Host", "x"}, {"X-API-Key", key}, {"Accept", "*/*"}},
       Reason::kOk},
      {"nothing", {}, Reason::kNoCredential},
      {"only others", {{"Host", "x"}}, Reason::kNoCredential},
      {"two headers",
       {{"X-API-Key", key}, {"X-API-Key", key}},
       Reason::kMultipleCredentials},
      {"two headers, other case",
       {{"X-API-Key", key}, {"x-api-key", key}},
       Reason::kMultipleCredentials},
      {"header and bearer",
       {{"X-API-Key", key}, {"Authorization", bearer}},
       Reason::kMultipleCredentials},
      {"header and pair",
       {{"X-API-Key", key}, {"X-API-Key-Id", std::string(kId)}},
       Reason::kMultipleCredentials},
      {"two authorizations",
       {{"Authorization", bearer}, {"Authorization", bearer}},
       Reason::kMultipleCredentials},
      {"header and a foreign scheme",
       {{"X-API-Key", key}, {"Authorization", "Digest x"}},
       Reason::kMultipleCredentials},
      {"header and an empty authorization",
       {{"X-API-Key", key}, {"Authorization", ""}},
       Reason::kMultipleCredentials},
      {"list in one header",
       {{"X-API-Key", key + ", " + key}},
       Reason::kMalformedCredential},
      {"empty header", {{"X-API-Key", ""}}, Reason::kMalformedCredential},
      {"blank header", {{"X-API-Key", " \t "}}, Reason::kMalformedCredential},
      {"half a pair",
       {{"X-API-Key-Id", std::string(kId)}},
       Reason::kMalformedCredential},
      {"other half",
       {{"X-API-Key-Secret", std::string(kSecret)}},
       Reason::kMalformedCredential},
      {"bearer without key",
       {{"Authorization", "Bearer"}},
       Reason::kMalformedCredential},
      {"bearer with blanks",
       {{"Authorization", "Bearer  "}},
       Reason::kMalformedCredential},
      {"bearer of another kind",
       {{"Authorization", "Bearer e30.e30.x"}},
       Reason::kMalformedCredential},
      {"no space after the scheme",
       {{"Authorization", "Bearer" + key}},
       Reason::kMalformedCredential},
      {"tab after the scheme",
       {{"Authorization", "Bearer\t" + key}},
       Reason::kMalformedCredential},
      {"basic without padding",
       {{"Authorization", "Basic QTFiMkMzZDRFNWY2OmE"}},
       Reason::kMalformedCredential},
      {"basic without colon",
       {{"Authorization", Basic(kId)}},
       Reason::kMalformedCredential},
      {"basic with empty secret",
       {{"Authorization", Basic(std::string(kId) + ":")}},
       Reason::kMalformedCredential},
      {"basic too long",
       {{"Authorization", Basic(Pair() + std::string(80, 'x'))}},
       Reason::kMalformedCredential},
      {"digest", {{"Authorization", "Digest x"}}, Reason::kMalformedCredential},
  };
  const Extractor extractor({.keys = ApiKeyText("tg", "live")});
  for (const Row& row : rows) {
    Extracted extracted;
    extractor.Extract(Headers(row).views(), extracted);
    EXPECT_EQ(extracted.reason, row.reason) << row.what;
    if (extracted.reason != Reason::kOk) continue;
    EXPECT_EQ(extracted.id.text(), kId) << row.what;
    EXPECT_EQ(extracted.secret, kSecret) << row.what;
  }
}

// known-failures: key header aliases (underscore, repeated, other case).
TEST(ExtractorTest, RefusesAliasesOfItsHeaders) {
  const std::string key = Key();
  const Extractor extractor({.keys = ApiKeyText("tg", "live")});
  for (const char* name :
       {"X_API_Key", "X-API_Key", "x_api-key", "X_API_Key_Secret"}) {
    const Row alone = {name, {{name, key}}, Reason::kMalformedRequest};
    const Row beside = {
        name, {{"X-API-Key", key}, {name, key}}, Reason::kMalformedRequest};
    for (const Row& row : {alone, beside}) {
      Extracted extracted;
      extractor.Extract(Headers(row).views(), extracted);
      EXPECT_EQ(extracted.reason, row.reason) << row.what;
    }
  }
}

// known-failures: empty or NUL secret, trailing space, case, Unicode.
TEST(ExtractorTest, TakesASecretAsItIs) {
  const Extractor extractor({.keys = ApiKeyText("tg", "live")});
  const std::string nul("abc\0def", 7);
  for (const std::string& secret :
       {nul, std::string("abc "), std::string("\0", 1),
        std::string("\xc3\xa9t\xc3\xa9"), std::string("ABC:def")}) {
    const Row row = {
        "",
        {{"Authorization", Basic(std::string(kId) + ":" + secret)}},
        Reason::kOk};
    Extracted extracted;
    extractor.Extract(Headers(row).views(), extracted);
    EXPECT_EQ(extracted.reason, Reason::kOk) << absl::CHexEscape(secret);
    EXPECT_EQ(extracted.secret, secret);
  }
}

// RFC 6750 section 2.1, RFC 9449 section 7.1.
// Each byte at each place of each scheme: letters have no case, and nothing
// else stands for anything.
TEST(ExtractorTest, ASchemeIsItsLettersAndASpace) {
  const Extractor extractor({.keys = ApiKeyText("tg", "live"), .tokens = true});
  for (const std::string& good :
       {"Bearer " + Key(), std::string("DPoP eyJ.e.s"), Basic(Pair())}) {
    for (size_t at = 0; at <= good.find(' '); ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string value = good;
        value[at] = static_cast<char>(byte);
        const Row row = {"", {{"Authorization", value}}, {}};
        Extracted got;
        extractor.Extract(Headers(row).views(), got);
        const bool same = absl::EqualsIgnoreCase(value, good);
        ASSERT_EQ(got.reason == Reason::kOk, same) << value << " " << byte;
      }
    }
  }
}

TEST(ExtractorTest, FindsTokens) {
  const Extractor extractor({.keys = ApiKeyText("tg", "live"), .tokens = true});
  const struct {
    Row row;
    CredentialKind kind;
    bool dpop_scheme;
    std::string_view proof;
  } kRows[] = {
      {{"bearer", {{"Authorization", "Bearer eyJ.e.s"}}, Reason::kOk},
       CredentialKind::kToken,
       false,
       ""},
      {{"dpop",
        {{"DPoP", "proof"}, {"Authorization", "DPoP eyJ.e.s"}},
        Reason::kOk},
       CredentialKind::kToken,
       true,
       "proof"},
      {{"dpop without proof", {{"Authorization", "dpop eyJ.e.s"}}, Reason::kOk},
       CredentialKind::kToken,
       true,
       ""},
      {{"a key", {{"Authorization", "Bearer " + Key()}}, Reason::kOk},
       CredentialKind::kApiKey,
       false,
       ""},
      {{"a bad key",
        {{"Authorization", "Bearer tg_eyJ.e.s"}},
        Reason::kMalformedCredential},
       CredentialKind::kApiKey,
       false,
       ""},
      {{"two proofs",
        {{"DPoP", "a"}, {"DPoP", "b"}, {"Authorization", "DPoP eyJ.e.s"}},
        Reason::kMultipleCredentials},
       CredentialKind::kNone,
       false,
       ""},
      {{"a proof alone", {{"DPoP", "a"}}, Reason::kNoCredential},
       CredentialKind::kNone,
       false,
       ""},
      {{"two tokens",
        {{"Authorization", "Bearer eyJ.e.s"}, {"Authorization", "DPoP e.e.s"}},
        Reason::kMultipleCredentials},
       CredentialKind::kNone,
       false,
       ""},
      {{"a token and a key",
        {{"Authorization", "Bearer eyJ.e.s"}, {"X-API-Key", Key()}},
        Reason::kMultipleCredentials},
       CredentialKind::kNone,
       false,
       ""},
      {{"too long",
        {{"Authorization", "Bearer " + std::string(20'000, 'a')}},
        Reason::kMalformedCredential},
       CredentialKind::kToken,
       false,
       ""},
  };
  for (const auto& [row, kind, dpop_scheme, proof] : kRows) {
    Extracted extracted;
    extractor.Extract(Headers(row).views(), extracted);
    EXPECT_EQ(extracted.reason, row.reason) << row.what;
    EXPECT_EQ(extracted.kind, kind) << row.what;
    EXPECT_EQ(extracted.dpop_scheme, dpop_scheme) << row.what;
    EXPECT_EQ(extracted.dpop_proof, proof) << row.what;
  }
}

TEST(ExtractorTest, WhatIsNotConfiguredIsRefusedNotOverlooked) {
  const Row token = {"token", {{"Authorization", "Bearer eyJ.e.s"}}, {}};
  const Row key = {"key", {{"X-API-Key", Key()}}, {}};
  const Row pair = {"pair", {{"Authorization", Basic(Pair())}}, {}};
  const Extractor keys({.keys = ApiKeyText("tg", "live")});
  const Extractor tokens({.keys = std::nullopt, .tokens = true});
  const auto reason = [](const Extractor& extractor, const Row& row) {
    Extracted extracted;
    extractor.Extract(Headers(row).views(), extracted);
    return extracted.reason;
  };
  EXPECT_EQ(reason(keys, token), Reason::kMalformedCredential);
  EXPECT_EQ(reason(tokens, key), Reason::kMalformedCredential);
  EXPECT_EQ(reason(tokens, pair), Reason::kMalformedCredential);
}

TEST(ExtractorTest, CertificatesThatCanNotBeReadAreRefusedWhateverIsTaken) {
  const ClientChain unreadable = ClientChain::Unreadable();
  const Row nothing = {"nothing", {}, Reason::kMalformedCredential};
  const Row token = {"token",
                     {{"Authorization", "Bearer eyJ.e.s"}},
                     Reason::kMultipleCredentials};
  for (const bool taken : {true, false}) {
    const Extractor extractor(
        {.keys = std::nullopt, .tokens = true, .certificates = taken});
    for (const Row& row : {nothing, token}) {
      Extracted extracted;
      extracted.chain = &unreadable;
      extractor.Extract(Headers(row).views(), extracted);
      EXPECT_EQ(extracted.reason, row.reason) << row.what;
    }
  }
}

TEST(ExtractorTest, RefusesTooManyHeaders) {
  const Extractor extractor({.keys = ApiKeyText("tg", "live")});
  const std::vector<HeaderView> many(limits::kHeadersMax + 1,
                                     HeaderView{"A", "b"});
  Extracted extracted;
  extractor.Extract(many, extracted);
  EXPECT_EQ(extracted.reason, Reason::kMalformedRequest);
}

}  // namespace
}  // namespace tollgate
