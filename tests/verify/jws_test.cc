#include "engine/verify/jws.h"

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "engine/base/base64url.h"
#include "engine/base/limits.h"
#include "engine/crypto/signing_key.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

Reason ReadHeader(std::string_view json) {
  JwsHeaderReader reader;
  JwsHeader header;
  const Reason reason = reader.Read(EncodeBase64Url(json), header);
  if (reason != Reason::kOk) {
    EXPECT_EQ(header.algorithm, Algorithm::kNone) << json;
    EXPECT_FALSE(header.has_kid) << json;
  }
  return reason;
}

bool Splits(std::string_view token) {
  CompactJws jws;
  return SplitCompactJws(token, jws);
}

TEST(CompactJwsTest, HasThreeParts) {
  const std::string_view token = "aGVhZGVy.cGF5bG9hZA.c2ln";
  CompactJws jws;
  ASSERT_TRUE(SplitCompactJws(token, jws));
  EXPECT_EQ(jws.header, "aGVhZGVy");
  EXPECT_EQ(jws.payload, "cGF5bG9hZA");
  EXPECT_EQ(jws.signature, "c2ln");
  EXPECT_EQ(jws.signing_input, "aGVhZGVy.cGF5bG9hZA");
  ASSERT_TRUE(SplitCompactJws("a..b", jws));
  EXPECT_EQ(jws.payload, "");
  EXPECT_EQ(jws.signing_input, "a.");
}

// Known failures "JSON serialization, segment count", "JWE where JWS is meant"
// and "bombs: many dots".
TEST(CompactJwsTest, RefusesEveryOtherNumberOfParts) {
  for (const std::string& token :
       {std::string(), std::string("."), std::string(".."), std::string("a"),
        std::string("a.b"), std::string("a.b."), std::string(".b.c"),
        std::string("a.."), std::string("..c"), std::string("a.b.c."),
        std::string(".a.b.c"), std::string("a.b.c.d"), std::string("a.b.c.d.e"),
        std::string("a..b.c"), std::string(limits::kTokenBytesMax, '.'),
        std::string(R"({"payload":"","signatures":[]})")}) {
    EXPECT_FALSE(Splits(token)) << token.substr(0, 80);
  }
}

TEST(CompactJwsTest, IsBounded) {
  const std::string rest(limits::kTokenBytesMax - 4, 'a');
  EXPECT_TRUE(Splits("a.b." + rest));
  EXPECT_FALSE(Splits("a.b.a" + rest));
}

TEST(JwsHeaderTest, GivesItsMembers) {
  JwsHeaderReader reader;
  JwsHeader header;
  ASSERT_EQ(reader.Read(EncodeBase64Url(
                            R"({ "alg":"ES256", "kid":"a/b", "typ":"at+jwt",)"
                            R"("cty":"x", "x5t":"AA", "iss":1 })"),
                        header),
            Reason::kOk);
  EXPECT_EQ(header.algorithm, Algorithm::kEs256);
  EXPECT_TRUE(header.has_kid && header.has_type && header.has_content_type);
  EXPECT_EQ(header.kid, "a/b");
  EXPECT_EQ(header.type, "at+jwt");
  EXPECT_EQ(header.content_type, "x");
  EXPECT_FALSE(header.has_embedded_key);
  // And nothing of them stays for the next one.
  ASSERT_EQ(reader.Read(EncodeBase64Url(R"({"alg":"HS256"})"), header),
            Reason::kOk);
  EXPECT_EQ(header.algorithm, Algorithm::kHs256);
  EXPECT_FALSE(header.has_kid || header.has_type || header.has_content_type);
  EXPECT_EQ(header.kid, "");
}

// What was read last is not read again, and nothing else is taken for it.
TEST(JwsHeaderTest, TheSameHeaderAgainSaysTheSame) {
  const std::string first = EncodeBase64Url(R"({"alg":"ES256","kid":"one"})");
  const std::string second = EncodeBase64Url(R"({"alg":"RS256","kid":"two"})");
  const std::string bad = EncodeBase64Url(R"({"alg":"none","kid":"one"})");
  ASSERT_EQ(first.size(), second.size());
  JwsHeaderReader reader;
  JwsHeader header;
  const auto read = [&](const std::string& encoded) {
    // A copy that is gone when its header is looked at.
    const std::string copy = encoded;
    return reader.Read(copy, header);
  };
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) {
      ASSERT_EQ(read(first), Reason::kOk);
      EXPECT_EQ(header.algorithm, Algorithm::kEs256);
      EXPECT_EQ(header.kid, "one");
    }
    ASSERT_EQ(read(second), Reason::kOk);
    EXPECT_EQ(header.algorithm, Algorithm::kRs256);
    EXPECT_EQ(header.kid, "two");
    for (int j = 0; j < 2; ++j) {
      EXPECT_EQ(read(bad), Reason::kAlgorithmNotAllowed);
      EXPECT_EQ(header.algorithm, Algorithm::kNone);
      EXPECT_FALSE(header.has_kid);
      EXPECT_EQ(read(""), Reason::kMalformedCredential);
      EXPECT_EQ(read(first.substr(1)), Reason::kMalformedCredential);
    }
  }
}

TEST(JwsHeaderTest, AnEmptyKidIsAKid) {
  JwsHeaderReader reader;
  JwsHeader header;
  ASSERT_EQ(reader.Read(EncodeBase64Url(R"({"alg":"HS256","kid":""})"), header),
            Reason::kOk);
  EXPECT_TRUE(header.has_kid);
}

// Known failure "alg none, in any case or type".
TEST(JwsHeaderTest, WantsAnAlgorithmOfOurs) {
  for (std::string_view alg : {"none", "None", "NONE", "nOnE", "", "hs256",
                               "HS256 ", "RSA-OAEP", "ES256K", "dir"}) {
    const std::string json = absl::StrCat("{\"alg\":\"", alg, "\"}");
    EXPECT_EQ(ReadHeader(json), Reason::kAlgorithmNotAllowed) << json;
  }
  EXPECT_EQ(ReadHeader(R"({"alg":"none","kid":"a"})"),
            Reason::kAlgorithmNotAllowed);
  for (std::string_view json :
       {R"({})", R"({"alg":null})", R"({"alg":1})", R"({"alg":true})",
        R"({"alg":["HS256"]})", R"({"alg":{"alg":"HS256"}})",
        R"({"Alg":"HS256"})", R"({"ALG":"HS256"})"}) {
    EXPECT_EQ(ReadHeader(json), Reason::kMalformedCredential) << json;
  }
}

// Known failures "crit ignored", "b64=false", "JWE where JWS is meant" and
// "DEFLATE".
TEST(JwsHeaderTest, RefusesWhatChangesTheMeaning) {
  for (std::string_view name : {"crit", "b64", "enc", "zip"}) {
    for (std::string_view value :
         {"null", "[]", "[\"exp\"]", "true", "false", "\"DEF\"", "{}", "0"}) {
      const std::string json =
          absl::StrCat(R"({"alg":"HS256",")", name, "\":", value, "}");
      EXPECT_EQ(ReadHeader(json), Reason::kMalformedCredential) << json;
    }
  }
}

// Known failures "duplicate members" and "attacker key in header".
TEST(JwsHeaderTest, IsReadStrictly) {
  for (std::string_view json : {
           "",
           " ",
           "null",
           "[]",
           "\"HS256\"",
           R"([{"alg":"HS256"}])",
           R"({"alg":"HS256"}x)",
           R"({"alg":"HS256"}{})",
           R"({"alg":"HS256",})",
           R"({'alg':'HS256'})",
           R"({"alg":"HS256")",
           "\xef\xbb\xbf{\"alg\":\"HS256\"}",
           "{\"alg\":\"HS256\",\"\xff\":1}",
           R"({"alg":"HS256","alg":"HS256"})",
           R"({"alg":"none","\u0061lg":"HS256"})",
           R"({"alg":"HS256","kid":"a","kid":"b"})",
           R"({"alg":"HS256","x":{"y":1,"y":1}})",
           R"({"alg":"HS256","kid":1})",
           R"({"alg":"HS256","kid":null})",
           R"({"alg":"HS256","kid":["a"]})",
           R"({"alg":"HS256","typ":1})",
           R"({"alg":"HS256","cty":{}})",
           R"({"alg":"HS256","x":[[[[1]]]]})",
       }) {
    EXPECT_EQ(ReadHeader(json), Reason::kMalformedCredential) << json;
  }
  EXPECT_EQ(ReadHeader(R"({"alg":"HS256","jwk":{"x5c":["A"]}})"), Reason::kOk);
}

TEST(JwsHeaderTest, ReportsEmbeddedKeys) {
  for (std::string_view member :
       {R"("jwk":{"kty":"EC"})", R"("jwk":null)", R"("x5c":["MIIB"])",
        R"("jku":"https://a.example/")", R"("x5u":"")"}) {
    JwsHeaderReader reader;
    JwsHeader header;
    ASSERT_EQ(reader.Read(EncodeBase64Url(
                              absl::StrCat(R"({"alg":"ES256",)", member, "}")),
                          header),
              Reason::kOk)
        << member;
    EXPECT_TRUE(header.has_embedded_key) << member;
    EXPECT_EQ(header.jwk.has_value(), member[1] == 'j' && member[2] == 'w')
        << member;
  }
}

TEST(JwsHeaderTest, IsStrictBase64UrlAndBounded) {
  JwsHeaderReader reader;
  JwsHeader header;
  const std::string good = EncodeBase64Url(R"({"alg":"HS256"})");
  EXPECT_EQ(reader.Read(good, header), Reason::kOk);
  for (const std::string& text : {good + "=", good + " ", " " + good,
                                  good + "\n", good + "A", good + "+"}) {
    EXPECT_EQ(reader.Read(text, header), Reason::kMalformedCredential) << text;
  }
  const auto of_size = [](size_t size) {
    const std::string json = R"({"alg":"HS256"})";
    return EncodeBase64Url(json + std::string(size / 4 * 3 - json.size(), ' '));
  };
  EXPECT_EQ(reader.Read(of_size(limits::kJwsHeaderBytesMax), header),
            Reason::kOk);
  EXPECT_EQ(reader.Read(of_size(limits::kJwsHeaderBytesMax + 4), header),
            Reason::kMalformedCredential);
  const auto with_kid = [](size_t size) {
    return absl::StrCat(R"({"alg":"HS256","kid":")", std::string(size, 'k'),
                        "\"}");
  };
  EXPECT_EQ(ReadHeader(with_kid(limits::kKidBytesMax)), Reason::kOk);
  EXPECT_EQ(ReadHeader(with_kid(limits::kKidBytesMax + 1)),
            Reason::kMalformedCredential);
}

TEST(VerifySignatureTest, IsOverTheBytesReceived) {
  const auto signer = SigningKey::Generate(Algorithm::kHs256);
  ASSERT_TRUE(signer.ok());
  const VerifyingKey key = *signer->Verifier();
  const std::string input =
      absl::StrCat(EncodeBase64Url(R"({ "alg" : "HS256" })"), ".cGF5bG9hZA");
  const std::string token =
      absl::StrCat(input, ".", EncodeBase64Url(*signer->Sign(input)));
  const auto verifies = [&key](const std::string& text) {
    CompactJws jws;
    return SplitCompactJws(text, jws) && VerifySignature(jws, key);
  };
  EXPECT_TRUE(verifies(token));
  // The same header in another spelling, another payload, a cut signature.
  EXPECT_FALSE(verifies(EncodeBase64Url(R"({"alg":"HS256"})") +
                        token.substr(token.find('.'))));
  std::string other = token;
  other[input.size() - 1] = 'B';
  EXPECT_FALSE(verifies(other));
  EXPECT_FALSE(verifies(token.substr(0, token.size() - 2)));
  EXPECT_FALSE(verifies(token + "="));
  EXPECT_FALSE(verifies(token + "AAAA"));
  EXPECT_FALSE(verifies(input + "." + std::string(4000, 'A')));
}

}  // namespace
}  // namespace tollgate
