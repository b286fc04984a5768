// `tollgate jwt inspect`: looking at tokens without believing them.

#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/base/base64url.h"
#include "gtest/gtest.h"
#include "tests/cli/site.h"

namespace tollgate::cli {
namespace {

constexpr const char* kTime = "1700000000";

Outcome Inspect(std::string_view token, const Arguments& more = {}) {
  Arguments arguments = {"jwt", "inspect", "--time", kTime};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return RunTollgate(arguments, token);
}

// A token with this header and these claims, and no signature worth the name.
std::string Forged(std::string_view header, std::string_view claims) {
  return absl::StrCat(EncodeBase64Url(header), ".", EncodeBase64Url(claims),
                      ".AAAA");
}

constexpr std::string_view kHeader = R"({"alg":"ES256"})";
constexpr std::string_view kClaims = R"({"exp":1700000300})";

TEST(JwtInspectTest, ShowsWhatATokenSays) {
  const Outcome shown = Inspect(Forged(
      R"({"alg":"ES256","kid":"k"})",
      R"({"iss":"i","exp":1699999700,"iat":1699996100,"nbf":1700010800.5,)"
      R"("aud":["a","b"],"list":[],"map":{},"n":[1,-2.5,true,null]})"));
  EXPECT_EQ(shown.status, 0);
  EXPECT_EQ(shown.error, "");
  EXPECT_EQ(shown.output, R"(not verified: nothing below is to be believed
header: {
  "alg": "ES256",
  "kid": "k"
}
claims: {
  "iss": "i",
  "exp": 1699999700,
  "iat": 1699996100,
  "nbf": 1700010800.5,
  "aud": [
    "a",
    "b"
  ],
  "list": [],
  "map": {},
  "n": [
    1,
    -2.5,
    true,
    null
  ]
}
dates:
  iat: 2023-11-14T21:08:20Z, 1 hour ago
  nbf: 2023-11-15T01:13:20Z, in 3 hours
  exp: 2023-11-14T22:08:20Z, expired 5 minutes ago
form: as it should be
)");
}

TEST(JwtInspectTest, DatesOfAllKindsAreTold) {
  struct Case {
    std::string_view date;
    std::string_view text;
  };
  constexpr Case kCases[] = {
      {"1700000000", "expired just now"},
      {"1699999999", "expired 1 second ago"},
      {"1699999999.5", "expired 1 second ago"},
      {"1700000001", "expires in 1 second"},
      {"1700000060", "expires in 1 minute"},
      {"1700172799", "expires in 1 day"},
      {"1800000000", "expires in 3 years"},
      {"0", "1970-01-01T00:00:00Z, expired 53 years ago"},
      {"-1.5", "1969-12-31T23:59:58Z, expired 53 years ago"},
      {"1e300", "beyond all dates"},
      {"-1e300", "beyond all dates"},
      {"\"1700000000\"", "is no date"},
      {"null", "is no date"},
  };
  for (const Case& c : kCases) {
    const Outcome shown =
        Inspect(Forged(kHeader, absl::StrCat("{\"exp\":", c.date, "}")));
    EXPECT_EQ(shown.status, 0) << c.date;
    EXPECT_TRUE(absl::StrContains(shown.output, absl::StrCat(c.text, "\n")))
        << c.date << shown.output;
  }
}

TEST(JwtInspectTest, NamesWhatTollgateWouldRefuse) {
  struct Case {
    std::string token;
    std::string_view form;
  };
  const auto header = [](std::string_view more) {
    return Forged(absl::StrCat(R"({"alg":"ES256",)", more, "}"), kClaims);
  };
  const std::string bare = absl::StrCat(EncodeBase64Url(kHeader), ".",
                                        EncodeBase64Url(kClaims), ".");
  const Case cases[] = {
      {Forged(kHeader, kClaims), "as it should be"},
      {bare, "refused, malformed_credential: there is no signature"},
      {Forged(R"({"alg":"none"})", kClaims), "refused, algorithm_not_allowed"},
      {Forged("{}", kClaims), "refused, malformed_credential"},
      {header(R"("crit":["x"])"),
       "refused, malformed_credential: the header has `crit`"},
      {header(R"("jwk":{})"),
       "refused, malformed_credential: the header has `jwk`"},
      {header(R"("zip":"DEF")"),
       "refused, malformed_credential: the header has `zip`"},
      {Forged(kHeader, "{}"), "refused, missing_claim: there is no `exp`"},
      {Forged(kHeader, R"({"exp":"1"})"), "refused, malformed_credential"},
      {Forged(kHeader, absl::StrCat(R"({"exp":1,"x":")",
                                    std::string(20000, 'x'), "\"}")),
       "refused, malformed_credential: longer than 16384 bytes"},
  };
  for (const Case& c : cases) {
    const Outcome shown = Inspect(c.token);
    EXPECT_EQ(shown.status, 0) << c.token << shown.error;
    EXPECT_TRUE(
        absl::EndsWith(shown.output, absl::StrCat("form: ", c.form, "\n")))
        << c.token << shown.output;
  }
}

TEST(JwtInspectTest, WhatDoesNotShowIsEscaped) {
  const std::string claims =
      "{\"exp\":1,\"a\\u001b[2J\\r\\nb\":\"x\xe2\x80\xae\xe2\x80\x8b\xc2\x9b"
      "\xf3\xa0\x81\x81\\u007f\\u0000\\\"\\\\\xc2\xa0\xef\xbb\xbf\","
      "\"stra\xc3\x9f"
      "e\":\"\xe6\x97\xa5\xf0\x9f\x98\x80\"}";
  const Outcome shown = Inspect(Forged(kHeader, claims));
  EXPECT_EQ(shown.status, 0);
  EXPECT_TRUE(absl::StrContains(
      shown.output,
      "\"a\\u001b[2J\\u000d\\u000ab\": \"x\\u202e\\u200b\\u009b\\udb40\\udc41"
      "\\u007f\\u0000\\\"\\\\\\u00a0\\ufeff\""))
      << shown.output;
  EXPECT_TRUE(absl::StrContains(shown.output,
                                "\"stra\xc3\x9f"
                                "e\": \"\xe6\x97\xa5\xf0\x9f\x98\x80\""))
      << shown.output;
  // As JSON it still means the same.
  const std::string answer =
      Inspect(Forged(kHeader, claims), {"--json"}).output;
  EXPECT_FALSE(absl::StrContains(answer, "\xe2\x80\xae"));
  EXPECT_TRUE(absl::StrContains(answer, R"("x\u202e\u200b\u009b)")) << answer;
}

TEST(JwtInspectTest, JsonTellsHeaderClaimsAndProblem) {
  EXPECT_EQ(Inspect(Forged(kHeader, kClaims), {"--json"}).output,
            absl::StrCat("{\"header\":", kHeader, ",\"claims\":", kClaims,
                         ",\"problem\":null}\n"));
  EXPECT_EQ(
      Inspect(Forged(R"({"alg":"none"})", "{\"a\":[1,{}]}"), {"--json"}).output,
      "{\"header\":{\"alg\":\"none\"},\"claims\":{\"a\":[1,{}]},"
      "\"problem\":\"algorithm_not_allowed\"}\n");
}

TEST(JwtInspectTest, WhiteSpaceAroundATokenIsPassedOver) {
  const Site site;
  const std::string token = Forged(kHeader, kClaims);
  site.WriteFile("token", absl::StrCat("\n  ", token, " \r\n\n"));
  EXPECT_EQ(Inspect("", {"--input", site.Path("token")}).output,
            Inspect(token).output);
}

TEST(JwtInspectTest, WhatIsNoTokenIsRefused) {
  const std::string token = Forged(kHeader, kClaims);
  const std::string bad[] = {
      "",
      "\n",
      "x",
      "a.b",
      token + ".x",
      token + ".x.y",
      token + "\n" + token,
      token.substr(1),
      "=" + token,
      Forged("[]", kClaims),
      Forged(kHeader, "1"),
      Forged(kHeader, R"({"a":1,"a":2})"),
      Forged(kHeader, "{\"a\":\"\xff\"}"),
      Forged(kHeader, std::string(100, '[')),
      std::string(2 << 20, 'x'),
  };
  for (const std::string& text : bad) {
    ExpectOneLine(Inspect(text), 1, text.substr(0, 200));
  }
}

TEST(JwtInspectTest, UsageAndFilesAreErrorsOfTheirOwn) {
  ExpectOneLine(Inspect("", {"--input", "/no/such/file"}), 4, "file");
  ExpectOneLine(Inspect("", {"--nonsense"}), 2, "option");
  ExpectOneLine(RunTollgate({"jwt", "inspect", "--time", "-1"}), 2, "time");
  ExpectOneLine(RunTollgate({"jwt"}), 2, "no command");
}

}  // namespace
}  // namespace tollgate::cli
