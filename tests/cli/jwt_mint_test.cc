// `tollgate jwt mint`: making tokens, and keys to make them with.

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/types/span.h"
#include "engine/base/base64url.h"
#include "gtest/gtest.h"
#include "tests/cli/site.h"

namespace tollgate::cli {
namespace {

constexpr const char* kTime = "1700000000";

std::string Contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Makes a key for `algorithm` in the file `name`.
Outcome NewKey(const Site& site, std::string_view name,
               std::string_view algorithm, const Arguments& more = {}) {
  Arguments arguments = {"jwt",       "mint",
                         "--new-key", std::string(algorithm),
                         "--key",     site.Path(name)};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return RunTollgate(arguments);
}

// Makes a token at kTime with the key in the file `name`.
Outcome Mint(const Site& site, std::string_view name,
             const Arguments& more = {}) {
  Arguments arguments = {"jwt",           "mint",     "--key",
                         site.Path(name), "--issuer", "https://idp.example",
                         "--audience",    "api",      "--subject",
                         "ann",           "--time",   kTime};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return RunTollgate(arguments);
}

// Verifies `token` at kTime with the member `keys`, and returns the reason.
std::string Verify(std::string_view token, std::string_view keys,
                   std::string_view more = "") {
  const std::string line = absl::StrReplaceAll(
      absl::StrCat(R"({"id":1,"token":")", token,
                   R"(","issuer":"https://idp.example","audience":"api",)",
                   "\"time\":", kTime, ",", keys, more, "}"),
      {{"\n", ""}});
  return Field(RunTollgate({"jwt", "verify"}, line).output, "reason");
}

std::string Decoded(std::string_view token, size_t part) {
  const std::vector<std::string> parts = absl::StrSplit(token, '.');
  std::string text(Base64UrlDecodedBytesMax(parts[part].size()), '\0');
  EXPECT_TRUE(DecodeBase64Url(parts[part], absl::MakeSpan(text)).has_value());
  return text;
}

TEST(JwtMintTest, TokensVerifyWithTheSetThatWasPrinted) {
  for (const std::string algorithm :
       {"ES256", "ES384", "ES512", "EdDSA", "RS256", "PS512"}) {
    const Site site;
    const Outcome made = NewKey(site, "key", algorithm);
    ASSERT_EQ(made.status, 0) << algorithm << made.error;
    for (const char* secret : {"\"d\"", "\"p\"", "\"dp\"", "\"k\""}) {
      EXPECT_FALSE(absl::StrContains(made.output, secret)) << algorithm;
    }
    const Outcome minted = Mint(site, "key");
    ASSERT_EQ(minted.status, 0) << algorithm << minted.error;
    EXPECT_EQ(Verify(minted.output, "\"jwks\":" + made.output,
                     absl::StrCat(",\"algorithms\":[\"", algorithm, "\"]")),
              "ok")
        << algorithm;
  }
}

TEST(JwtMintTest, TokensOfAnotherKeyDoNotVerify) {
  const Site site;
  const std::string keys = "\"jwks\":" + NewKey(site, "a", "ES256").output;
  NewKey(site, "b", "ES256");
  EXPECT_EQ(Verify(Mint(site, "a").output, keys), "ok");
  EXPECT_EQ(Verify(Mint(site, "b").output, keys), "unknown_kid");
  const std::string kid = Field(Contents(site.Path("a")), "kid");
  EXPECT_EQ(Verify(Mint(site, "b", {"--kid", kid}).output, keys),
            "bad_signature");
}

TEST(JwtMintTest, ASecretHasNoPublicHalf) {
  for (const char* algorithm : {"HS256", "HS384", "HS512"}) {
    const Site site;
    const Outcome made = NewKey(site, "key", algorithm);
    ASSERT_EQ(made.status, 0) << made.error;
    EXPECT_EQ(made.output, "{\"keys\":[]}\n");
    EXPECT_NE(made.error, "");
    const std::string token = Mint(site, "key").output;
    EXPECT_EQ(Verify(token, "\"jwk\":" + Contents(site.Path("key"))), "ok")
        << algorithm;
  }
}

TEST(JwtMintTest, ANewKeyIsItsOwnersAloneAndReplacesNone) {
  const Site site;
  ASSERT_EQ(NewKey(site, "key", "ES256").status, 0);
  struct stat facts;
  ASSERT_EQ(stat(site.Path("key").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
  const std::string before = Contents(site.Path("key"));
  const Outcome again = NewKey(site, "key", "ES256");
  EXPECT_EQ(again.status, 4);
  EXPECT_EQ(again.output, "");
  EXPECT_EQ(Contents(site.Path("key")), before);
  EXPECT_EQ(NewKey(site, "no/such/folder", "ES256").status, 4);
}

TEST(JwtMintTest, ANewKeyThatDoesNotFitOnTheDiskLeavesNoFile) {
  const Site site;
  const Outcome made = RunTollgate(
      {"jwt", "mint", "--new-key", "RS256", "--key", site.Path("key")}, "",
      {.file_bytes_max = 100});
  EXPECT_EQ(made.status, 4) << made.error;
  EXPECT_NE(access(site.Path("key").c_str(), F_OK), 0);
}

TEST(JwtMintTest, AKeysIdIsTheOneAskedForOrItsThumbprint) {
  const Site site;
  const Outcome named = NewKey(site, "named", "ES256", {"--kid", "k 1"});
  EXPECT_TRUE(absl::StrContains(named.output, R"("kid":"k 1")"));
  EXPECT_EQ(Field(Decoded(Mint(site, "named").output, 0), "kid"), "k 1");
  EXPECT_EQ(
      Field(Decoded(Mint(site, "named", {"--kid", "k2"}).output, 0), "kid"),
      "k2");
  NewKey(site, "unnamed", "ES256");
  EXPECT_EQ(Field(Decoded(Mint(site, "unnamed").output, 0), "kid").size(), 43u);
}

TEST(JwtMintTest, ATokenSaysWhatRfc9068AsksFor) {
  const Site site;
  NewKey(site, "key", "EdDSA", {"--kid", "k"});
  const Outcome minted =
      Mint(site, "key",
           {"--jti", "j", "--scope", "a b", "--scope", "c", "--expires", "90s",
            "--not-before", "-5m", "--client-id", "app", "--audience", "other",
            "--claim", R"(cnf={"jkt":"x"})", "--claim", "policy=\"gold\""});
  ASSERT_EQ(minted.status, 0) << minted.error;
  EXPECT_EQ(Decoded(minted.output, 0),
            R"({"alg":"EdDSA","typ":"at+jwt","kid":"k"})");
  EXPECT_EQ(Decoded(minted.output, 1),
            R"({"iss":"https://idp.example","exp":1700000090,)"
            R"("aud":["api","other"],"sub":"ann","client_id":"app",)"
            R"("iat":1700000000,"nbf":1699999700,"jti":"j","scope":"a b c",)"
            R"("cnf":{"jkt":"x"},"policy":"gold"})");
}

TEST(JwtMintTest, WhatIsNotSaidHasADefault) {
  const Site site;
  NewKey(site, "key", "EdDSA");
  const std::string token = Mint(site, "key").output;
  const std::string claims = Decoded(token, 1);
  EXPECT_EQ(Field(claims, "exp"), "1700003600");
  EXPECT_EQ(Field(claims, "client_id"), "ann");
  EXPECT_EQ(Field(claims, "aud"), "api");
  EXPECT_EQ(Field(claims, "jti").size(), 22u);
  EXPECT_FALSE(absl::StrContains(claims, "nbf"));
  EXPECT_FALSE(absl::StrContains(claims, "scope"));
  EXPECT_NE(Field(Decoded(Mint(site, "key").output, 1), "jti"),
            Field(claims, "jti"));
  const Outcome untyped = Mint(site, "key", {"--type", ""});
  EXPECT_EQ(untyped.status, 0) << untyped.error;
  EXPECT_FALSE(absl::StrContains(Decoded(untyped.output, 0), "typ"));
}

TEST(JwtMintTest, TokensMayBeOverOrNotYetGood) {
  const Site site;
  const std::string keys = "\"jwks\":" + NewKey(site, "key", "ES256").output;
  const auto reason = [&](const Arguments& more) {
    return Verify(Mint(site, "key", more).output, keys);
  };
  EXPECT_EQ(reason({"--expires", "-1s"}), "token_expired");
  EXPECT_EQ(reason({"--expires", "0s"}), "token_expired");
  EXPECT_EQ(reason({"--not-before", "1s"}), "token_not_yet_valid");
  EXPECT_EQ(reason({"--not-before", "0s"}), "ok");
  EXPECT_EQ(reason({"--type", "id+jwt"}), "wrong_token_type");
  EXPECT_EQ(reason({"--audience", "b"}), "ok");
}

TEST(JwtMintTest, JsonTellsTheTokenItsIdAndItsEnd) {
  const Site site;
  NewKey(site, "key", "EdDSA");
  const std::string answer = Mint(site, "key", {"--json"}).output;
  const std::string claims = Decoded(Field(answer, "token"), 1);
  EXPECT_EQ(Field(answer, "jti"), Field(claims, "jti"));
  EXPECT_EQ(Field(answer, "expires_at"), Field(claims, "exp"));
}

// RFC 8410 section 10.3, whose public half section 10.1 has.
constexpr std::string_view kEd25519Pem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
    "-----END PRIVATE KEY-----\n";

TEST(JwtMintTest, PemIsReadAndItsKindIsFound) {
  const Site site;
  site.WriteFile("pem", kEd25519Pem);
  const std::string token = Mint(site, "pem").output;
  EXPECT_EQ(Field(Decoded(token, 0), "alg"), "EdDSA");
  EXPECT_EQ(Verify(token, R"("jwk":{"kty":"OKP","crv":"Ed25519","x":)"
                          R"("Gb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE"})"),
            "ok");
  EXPECT_EQ(Mint(site, "pem", {"--algorithm", "EdDSA"}).status, 0);
  EXPECT_EQ(Mint(site, "pem", {"--algorithm", "ES256"}).status, 4);
}

TEST(JwtMintTest, AnRsaKeySignsWithWhatIsAskedUnlessItSays) {
  const Site site;
  const std::string keys = NewKey(site, "bound", "RS256").output;
  EXPECT_EQ(Mint(site, "bound", {"--algorithm", "PS256"}).status, 4);
  site.WriteFile("unbound", absl::StrReplaceAll(Contents(site.Path("bound")),
                                                {{R"("alg":"RS256",)", ""}}));
  EXPECT_EQ(Field(Decoded(Mint(site, "unbound").output, 0), "alg"), "RS256");
  for (const std::string algorithm : {"RS384", "RS512", "PS256", "PS384"}) {
    const std::string token =
        Mint(site, "unbound", {"--algorithm", algorithm}).output;
    EXPECT_EQ(Verify(token, "\"jwks\":" + absl::StrReplaceAll(
                                              keys, {{"RS256", algorithm}})),
              "ok")
        << algorithm;
  }
}

TEST(JwtMintTest, WhatIsAskedWronglyIsAnErrorOfUsage) {
  const Site site;
  NewKey(site, "key", "EdDSA");
  const std::string key = site.Path("key");
  const std::vector<Arguments> more = {
      {"--algorithm", "none"},
      {"--algorithm", "es256"},
      {"--expires", "soon"},
      {"--expires", ""},
      {"--expires", "1.5h"},
      {"--not-before", "--5m"},
      {"--time", "x"},
      {"--time", "-1"},
      {"--time", "9000000001"},
      {"--audience", ""},
      {"--claim", "name"},
      {"--claim", "=1"},
      {"--claim", "name=text"},
      {"--claim", "name="},
      {"--claim", "name=1 2"},
      {"--claim", R"(name={"a":1,"a":2})"},
      {"--claim", "a=1", "--claim", "a=2"},
      {"--claim", "exp=1"},
      {"--claim", "name=[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]"},
      {"--claim", absl::StrCat("name=\"", std::string(16384, 'x'), "\"")},
      {"--new-key", "ES256"},
      {"--nonsense"},
  };
  for (const Arguments& arguments : more) {
    ExpectOneLine(Mint(site, "key", arguments), 2, arguments.back());
  }
  const std::vector<Arguments> whole = {
      {"--issuer", "i", "--audience", "a", "--subject", "s"},
      {"--key", key, "--audience", "a", "--subject", "s"},
      {"--key", key, "--issuer", "", "--audience", "a", "--subject", "s"},
      {"--key", key, "--issuer", "i", "--subject", "s"},
      {"--key", key, "--issuer", "i", "--audience", "a"},
      {"--new-key", "ES256"},
      {"--new-key", "none", "--key", site.Path("new")},
      {"--new-key", "ES256", "--algorithm", "ES256", "--key", site.Path("new")},
  };
  for (const Arguments& arguments : whole) {
    Arguments all = {"jwt", "mint"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    ExpectOneLine(RunTollgate(all), 2, arguments.back());
  }
  EXPECT_NE(access(site.Path("new").c_str(), F_OK), 0);
}

TEST(JwtMintTest, AFileThatIsNoPrivateKeyIsAnErrorOfFiles) {
  const Site site;
  const std::string keys = NewKey(site, "ec", "ES256").output;
  NewKey(site, "rsa", "RS256");
  NewKey(site, "ed", "EdDSA");
  NewKey(site, "secret", "HS256");
  const std::string ec = Contents(site.Path("ec"));
  const std::string d = Field(ec, "d");
  const auto changed = [](std::string text, std::string_view from,
                          std::string_view to) {
    return absl::StrReplaceAll(text, {{from, to}});
  };
  const std::string bad[] = {
      "",
      "x",
      "[]",
      "{}",
      "{",
      keys,
      changed(ec, "\"d\"", "\"D\""),
      changed(ec, d, d.substr(1)),
      changed(ec, d, std::string(43, 'A')),
      changed(ec, d, "!" + d.substr(1)),
      changed(ec, "ES256", "ES384"),
      changed(ec, "ES256", "none"),
      changed(ec, "P-256", "P-384"),
      changed(ec, "\"EC\"", "\"XX\""),
      changed(ec, "\"kid\":\"", "\"kid\":7,\"x-kid\":\""),
      changed(ec, "{", "{\"d\":\"AA\","),
      changed(Contents(site.Path("rsa")), "\"p\"", "\"P\""),
      changed(Contents(site.Path("rsa")), "\"AQAB\"", "\"AQ\""),
      changed(Contents(site.Path("ed")), "\"Ed25519\"", "\"X25519\""),
      R"({"kty":"oct","k":"c2hvcnQ"})",
      "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
      std::string(kEd25519Pem.substr(0, 60)),
      std::string(70000, ' '),
  };
  for (const std::string& text : bad) {
    site.WriteFile("bad", text);
    const Outcome outcome = Mint(site, "bad");
    ExpectOneLine(outcome, 4, text);
    EXPECT_FALSE(absl::StrContains(outcome.error, d.substr(1, 20))) << text;
  }
  ExpectOneLine(Mint(site, "missing"), 4, "missing");
  ExpectOneLine(Mint(site, "."), 4, "a folder");
}

}  // namespace
}  // namespace tollgate::cli
