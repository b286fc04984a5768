#include "engine/verify/jwt.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/base/base64url.h"
#include "engine/crypto/signing_key.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

constexpr int64_t kNow = 1'700'000'000;

const SigningKey& Key() {
  static const auto* key =
      new absl::StatusOr<SigningKey>(SigningKey::Generate(Algorithm::kEs256));
  return **key;
}

std::string Sign(std::string_view header, std::string_view claims,
                 const SigningKey& key = Key()) {
  std::string token =
      absl::StrCat(EncodeBase64Url(header), ".", EncodeBase64Url(claims));
  return absl::StrCat(token, ".", EncodeBase64Url(*key.Sign(token)));
}

VerificationContext MakeContext(IssuerRules rules = {}) {
  VerificationContext context;
  context.rules = std::move(rules);
  context.keys = KeySet::Of({"k1", *Key().Verifier()});
  return context;
}

IssuerRules Strict() {
  IssuerRules rules;
  rules.issuer = "https://idp.example";
  rules.audiences = std::vector<std::string>{"api", "gate"};
  rules.algorithms = {Algorithm::kEs256};
  rules.leeway_us = 30 * kMicrosInSecond;
  return rules;
}

constexpr std::string_view kHeader = R"({"alg":"ES256","kid":"k1"})";

// Claims that are good at kNow, with `more` before the end.
std::string Claims(std::string_view more = "") {
  return absl::StrCat(R"({"iss":"https://idp.example","aud":"api",)",
                      R"("sub":"ann","iat":1699999990,"exp":1700000300)", more,
                      "}");
}

Reason Judge(std::string_view token, const VerificationContext& context,
             int64_t now = kNow) {
  JwtReader reader;
  ParsedJwt jwt;
  const Reason form = reader.Parse(token, jwt);
  if (form != Reason::kOk) return form;
  return JudgeJwt(jwt, context, WallRange::Second({now}));
}

Reason JudgeClaimsText(std::string_view claims, IssuerRules rules = Strict()) {
  return Judge(Sign(kHeader, claims), MakeContext(std::move(rules)));
}

TEST(JwtTest, AcceptsAGoodToken) {
  EXPECT_EQ(JudgeClaimsText(Claims()), Reason::kOk);
}

struct Row {
  std::string what;
  std::string text;
  Reason reason;
};

// RFC 7515 sections 3.1, 4.1 and 7.1; RFC 8725 sections 3.1, 3.10 and 3.11.
TEST(JwtTest, JudgesTheHeader) {
  constexpr Reason kMalformed = Reason::kMalformedCredential;
  constexpr Reason kAlgorithm = Reason::kAlgorithmNotAllowed;
  const std::string head = R"({"alg":"ES256","kid":"k1",)";
  const Row rows[] = {
      {"without kid, one key", R"({"alg":"ES256"})", Reason::kOk},
      {"typ JWT", head + R"("typ":"JWT"})", Reason::kOk},
      {"typ at+jwt", head + R"("typ":"application/AT+jwt"})", Reason::kOk},
      {"typ of another kind", head + R"("typ":"dpop+jwt"})",
       Reason::kWrongTokenType},
      {"typ that only begins so", head + R"("typ":"JWTX"})",
       Reason::kWrongTokenType},
      {"typ of another type", head + R"("typ":1})", kMalformed},
      {"none", R"({"alg":"none","kid":"k1"})", kAlgorithm},
      {"nOnE", R"({"alg":"nOnE","kid":"k1"})", kAlgorithm},
      {"no alg", R"({"kid":"k1"})", kMalformed},
      {"alg as a list", R"({"alg":["ES256"],"kid":"k1"})", kMalformed},
      {"alg in another case", R"({"alg":"es256","kid":"k1"})", kAlgorithm},
      {"alg of the key, other", R"({"alg":"HS256","kid":"k1"})", kAlgorithm},
      {"unknown kid", R"({"alg":"ES256","kid":"k2"})", Reason::kUnknownKid},
      {"kid as a path", R"({"alg":"ES256","kid":"../../k1"})",
       Reason::kUnknownKid},
      {"kid as SQL", R"({"alg":"ES256","kid":"' OR 1=1 --"})",
       Reason::kUnknownKid},
      {"empty kid", R"({"alg":"ES256","kid":""})", Reason::kUnknownKid},
      {"kid null", R"({"alg":"ES256","kid":null})", kMalformed},
      {"crit", head + R"("crit":["exp"],"exp":1})", kMalformed},
      {"empty crit", head + R"("crit":[]})", kMalformed},
      {"b64", head + R"("b64":false})", kMalformed},
      {"b64 true", head + R"("b64":true})", kMalformed},
      {"jwk", head + R"("jwk":{"kty":"EC"}})", kMalformed},
      {"jku", head + R"("jku":"https://evil.example"})", kMalformed},
      {"x5c", head + R"("x5c":["MII"]})", kMalformed},
      {"x5u", head + R"("x5u":"https://evil.example"})", kMalformed},
      {"enc: a JWE", head + R"("enc":"A256GCM"})", kMalformed},
      {"zip", head + R"("zip":"DEF"})", kMalformed},
      {"alg twice", R"({"alg":"none","alg":"ES256","kid":"k1"})", kMalformed},
      {"not an object", R"(["ES256"])", kMalformed},
      {"trailing bytes", head + R"("typ":"JWT"} )" + "x", kMalformed},
  };
  const VerificationContext context = MakeContext(Strict());
  for (const Row& row : rows) {
    EXPECT_EQ(Judge(Sign(row.text, Claims()), context), row.reason) << row.what;
  }
}

// RFC 7519 section 4.1, RFC 8725 sections 3.8 and 3.9.
TEST(JwtTest, JudgesTheClaims) {
  constexpr Reason kMalformed = Reason::kMalformedCredential;
  const std::string iss = R"({"iss":"https://idp.example",)";
  const std::string good = iss + R"("aud":"api",)";
  const Row rows[] = {
      {"aud in a list", iss + R"("aud":["x","gate"],"exp":1700000300})",
       Reason::kOk},
      {"no aud", iss + R"("exp":1700000300})", Reason::kAudienceMismatch},
      {"empty list of aud", iss + R"("aud":[],"exp":1700000300})",
       Reason::kAudienceMismatch},
      {"other aud", iss + R"("aud":"apis","exp":1700000300})",
       Reason::kAudienceMismatch},
      {"aud in another case", iss + R"("aud":"API","exp":1700000300})",
       Reason::kAudienceMismatch},
      {"aud a number", iss + R"("aud":7,"exp":1700000300})", kMalformed},
      {"aud null", iss + R"("aud":null,"exp":1700000300})", kMalformed},
      {"aud a list of lists", iss + R"("aud":[["api"]],"exp":1700000300})",
       kMalformed},
      {"no exp", good + R"("sub":"a"})", Reason::kMissingClaim},
      {"no iss", R"({"aud":"api","exp":1700000300})", Reason::kMissingClaim},
      {"iss that begins so",
       R"({"iss":"https://idp.example/","aud":"api","exp":1700000300})",
       Reason::kUnknownIssuer},
      {"iss a list",
       R"({"iss":["https://idp.example"],"aud":"api","exp":1700000300})",
       kMalformed},
      {"exp a text", good + R"("exp":"1700000300"})", kMalformed},
      {"exp null", good + R"("exp":null})", kMalformed},
      {"exp true", good + R"("exp":true})", kMalformed},
      {"exp with a fraction", good + R"("exp":1700000300.5})", Reason::kOk},
      {"exp beyond 64 bits", good + R"("exp":1e300})", Reason::kOk},
      {"exp at the end of uint64", good + R"("exp":18446744073709551615})",
       Reason::kOk},
      {"exp below zero", good + R"("exp":-1})", Reason::kTokenExpired},
      {"exp far below", good + R"("exp":-1e300})", Reason::kTokenExpired},
      {"exp past", good + R"("exp":1699999000})", Reason::kTokenExpired},
      {"exp at the end of the leeway", good + R"("exp":1699999970})",
       Reason::kTokenExpired},
      {"exp within the leeway", good + R"("exp":1699999971})", Reason::kOk},
      {"nbf ahead", good + R"("exp":1700000300,"nbf":1700000031})",
       Reason::kTokenNotYetValid},
      {"nbf within the leeway", good + R"("exp":1700000300,"nbf":1700000030})",
       Reason::kOk},
      {"nbf a text", good + R"("exp":1700000300,"nbf":"0"})", kMalformed},
      {"nbf beyond all", good + R"("exp":1700000300,"nbf":1e300})",
       Reason::kTokenNotYetValid},
      {"iat ahead", good + R"("exp":1700000300,"iat":1700000031})",
       Reason::kTokenNotYetValid},
      {"iat a list", good + R"("exp":1700000300,"iat":[]})", kMalformed},
      {"exp twice", good + R"("exp":1,"exp":1700000300})", kMalformed},
      {"a member twice, deep", good + R"("exp":1700000300,"x":{"y":1,"y":2}})",
       kMalformed},
      {"not an object", "[1]", kMalformed},
      {"nothing", "", kMalformed},
      {"a bad escape", good + R"("exp":1700000300,"x":"\ud800"})", kMalformed},
      {"cnf empty", good + R"("exp":1700000300,"cnf":{}})", kMalformed},
      {"cnf a text", good + R"("exp":1700000300,"cnf":"x"})", kMalformed},
      {"scope a list", good + R"("exp":1700000300,"scope":["a"]})", kMalformed},
      {"sub a number", good + R"("exp":1700000300,"sub":1})", kMalformed},
      {"sub empty", good + R"("exp":1700000300,"sub":""})", kMalformed},
      {"jti a number", good + R"("exp":1700000300,"jti":1})", kMalformed},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(JudgeClaimsText(row.text), row.reason) << row.what;
  }
}

TEST(JwtTest, ExpiryIsTheInstantItself) {
  IssuerRules rules = Strict();
  rules.leeway_us = 0;
  const VerificationContext context = MakeContext(std::move(rules));
  const std::string token = Sign(kHeader, Claims());
  EXPECT_EQ(Judge(token, context, 1'700'000'299), Reason::kOk);
  EXPECT_EQ(Judge(token, context, 1'700'000'300), Reason::kTokenExpired);
}

// A clock of whole seconds does not know where in the second it is.
TEST(JwtTest, AFractionOfASecondIsJudgedForItsEnd) {
  IssuerRules rules = Strict();
  rules.leeway_us = 0;
  const VerificationContext context = MakeContext(std::move(rules));
  JwtReader reader;
  ParsedJwt jwt;
  const std::string token = Sign(
      kHeader, R"({"iss":"https://idp.example","aud":"api","exp":1000.5})");
  ASSERT_EQ(reader.Parse(token, jwt), Reason::kOk);
  EXPECT_EQ(JudgeJwt(jwt, context, WallRange::Second({1000})),
            Reason::kTokenExpired);
  EXPECT_EQ(JudgeJwt(jwt, context, {1000'400'000, 1000'400'000}), Reason::kOk);
  EXPECT_EQ(JudgeJwt(jwt, context, {1000'500'000, 1000'500'000}),
            Reason::kTokenExpired);
}

TEST(JwtTest, ALifetimeBeyondTheIssuersIsRefused) {
  IssuerRules rules = Strict();
  rules.max_lifetime_us = 309 * kMicrosInSecond;
  EXPECT_EQ(JudgeClaimsText(Claims(), rules), Reason::kTokenLivesTooLong);
  rules.max_lifetime_us = 310 * kMicrosInSecond;
  EXPECT_EQ(JudgeClaimsText(Claims(), rules), Reason::kOk);
  EXPECT_EQ(JudgeClaimsText(
                R"({"iss":"https://idp.example","aud":"api","exp":1700000001})",
                rules),
            Reason::kMissingClaim)
      << "without iat nobody knows";
  EXPECT_EQ(JudgeClaimsText(R"({"iss":"https://idp.example","aud":"api",)"
                            R"("iat":-9e18,"exp":9e18})",
                            rules),
            Reason::kTokenLivesTooLong);
}

TEST(JwtTest, RequiredClaimsAreRequired) {
  IssuerRules rules = Strict();
  rules.required = {"sub", "tenant"};
  EXPECT_EQ(JudgeClaimsText(Claims(), rules), Reason::kMissingClaim);
  EXPECT_EQ(JudgeClaimsText(Claims(R"(,"tenant":null)"), rules),
            Reason::kMissingClaim);
  EXPECT_EQ(JudgeClaimsText(Claims(R"(,"tenant":"")"), rules),
            Reason::kMissingClaim);
  EXPECT_EQ(JudgeClaimsText(Claims(R"(,"tenant":"t")"), rules), Reason::kOk);
}

// RFC 9068 sections 2.1, 2.2 and 4.
TEST(JwtTest, TheAccessTokenProfileAsksForItsClaims) {
  IssuerRules rules = Strict();
  rules.type = "at+jwt";
  const VerificationContext context = MakeContext(rules);
  const std::string header = R"({"alg":"ES256","kid":"k1","typ":"at+jwt"})";
  const std::string all = Claims(R"(,"client_id":"c","jti":"j")");
  EXPECT_EQ(Judge(Sign(header, all), context), Reason::kOk);
  EXPECT_EQ(Judge(Sign(header, Claims(R"(,"jti":"j")")), context),
            Reason::kMissingClaim);
  EXPECT_EQ(Judge(Sign(header, Claims(R"(,"client_id":"c")")), context),
            Reason::kMissingClaim);
  EXPECT_EQ(Judge(Sign(kHeader, all), context), Reason::kWrongTokenType);
  EXPECT_EQ(
      Judge(Sign(R"({"alg":"ES256","kid":"k1","typ":"JWT"})", all), context),
      Reason::kWrongTokenType);
}

// RFC 7515 section 4.1.9: "application/" may be left out, on either side.
TEST(JwtTest, TheTypeMayBeWrittenInFull) {
  const std::string all = Claims(R"(,"client_id":"c","jti":"j")");
  const struct {
    std::string_view type;
    Reason reason;
  } kCases[] = {
      {"at+jwt", Reason::kOk},
      {"AT+JWT", Reason::kOk},
      {"application/at+jwt", Reason::kOk},
      {"Application/at+JWT", Reason::kOk},
      {"jwt", Reason::kWrongTokenType},
      {"application/", Reason::kWrongTokenType},
      {"text/at+jwt", Reason::kWrongTokenType},
      {"application/application/at+jwt", Reason::kWrongTokenType},
      {"at+jwt ", Reason::kWrongTokenType},
  };
  for (const char* wanted : {"at+jwt", "application/at+jwt"}) {
    IssuerRules rules = Strict();
    rules.type = wanted;
    const VerificationContext context = MakeContext(rules);
    for (const auto& [type, reason] : kCases) {
      const std::string header =
          absl::StrCat(R"({"alg":"ES256","kid":"k1","typ":")", type, R"("})");
      EXPECT_EQ(Judge(Sign(header, all), context), reason)
          << type << " for " << wanted;
      if (reason != Reason::kOk) continue;
      EXPECT_EQ(Judge(Sign(header, Claims()), context), Reason::kMissingClaim)
          << "the profile of access tokens holds for " << wanted;
    }
  }
}

// RFC 7519 section 5.2: what says that it holds a token holds no claims.
TEST(JwtTest, ANestedTokenIsNone) {
  const auto with = [](std::string_view type) {
    return Judge(Sign(absl::StrCat(R"({"alg":"ES256","kid":"k1","cty":")", type,
                                   R"("})"),
                      Claims()),
                 MakeContext(Strict()));
  };
  EXPECT_EQ(with("JWT"), Reason::kWrongTokenType);
  EXPECT_EQ(with("jwt"), Reason::kWrongTokenType);
  // RFC 7515 section 4.1.10: it may be written in full.
  EXPECT_EQ(with("application/jwt"), Reason::kWrongTokenType);
  EXPECT_EQ(with("application/json"), Reason::kOk);
}

TEST(JwtTest, OnlyAWholeSubtypeMayStandForItsType) {
  IssuerRules rules = Strict();
  rules.type = "application/a/b";
  const std::string header = R"({"alg":"ES256","kid":"k1","typ":"a/b"})";
  EXPECT_EQ(Judge(Sign(header, Claims()), MakeContext(rules)),
            Reason::kWrongTokenType);
  rules.type = "application/";
  EXPECT_EQ(Judge(Sign(R"({"alg":"ES256","kid":"k1","typ":""})", Claims()),
                  MakeContext(rules)),
            Reason::kWrongTokenType);
}

// known-failures: signature of several accepted as one, segment count, bombs.
TEST(JwtTest, TheFormIsOneOfThreeParts) {
  const VerificationContext context = MakeContext(Strict());
  const std::string token = Sign(kHeader, Claims());
  const size_t first = token.find('.');
  const size_t last = token.rfind('.');
  const std::string rows[] = {
      "",
      ".",
      "..",
      "...",
      token + ".",
      token + "." + token.substr(last + 1),
      "." + token,
      token.substr(0, last),
      token.substr(0, last + 1),
      token.substr(first),
      token + "=",
      token + " ",
      " " + token,
      token + "\n",
      token.substr(0, first) + "=" + token.substr(first),
      token.substr(0, last) + "=" + token.substr(last),
      "{\"payload\":\"" + token + "\"}",
      std::string(100'000, '.'),
      std::string(1 << 20, 'A'),
  };
  for (const std::string& row : rows) {
    EXPECT_NE(Judge(row, context), Reason::kOk) << row.substr(0, 80);
  }
}

// known-failures: malleable twin. Each bit of a token matters.
TEST(JwtTest, NoOtherSpellingOfATokenIsAccepted) {
  const VerificationContext context = MakeContext(Strict());
  const std::string token = Sign(kHeader, Claims());
  for (size_t i = 0; i < token.size(); ++i) {
    for (const char c : {'A', 'B', 'w', '-', '_', '+', '/', '=', '.'}) {
      std::string other = token;
      if (other[i] == c) continue;
      other[i] = c;
      EXPECT_NE(Judge(other, context), Reason::kOk) << i << " " << c;
    }
  }
}

// known-failures: psychic signature, HMAC with the public key.
TEST(JwtTest, ForgedSignaturesAreRefused) {
  const VerificationContext context = MakeContext(Strict());
  const std::string input =
      absl::StrCat(EncodeBase64Url(kHeader), ".", EncodeBase64Url(Claims()));
  for (const size_t size : {size_t{1}, size_t{32}, size_t{64}, size_t{72}}) {
    for (const char fill : {'\0', '\xff', '\1'}) {
      const std::string token =
          absl::StrCat(input, ".", EncodeBase64Url(std::string(size, fill)));
      EXPECT_EQ(Judge(token, context), Reason::kBadSignature) << size;
    }
  }
  const auto other = SigningKey::Generate(Algorithm::kEs256);
  EXPECT_EQ(Judge(Sign(kHeader, Claims(), *other), context),
            Reason::kBadSignature);
}

// known-failures: JWKS cache keyed by kid alone, across issuers.
TEST(JwtTest, KeysOfOneIssuerProveNothingOfAnother) {
  const auto other = SigningKey::Generate(Algorithm::kEs256);
  VerificationContext context = MakeContext(Strict());
  context.keys = KeySet::Of({"k1", *other->Verifier()});
  EXPECT_EQ(Judge(Sign(kHeader, Claims()), context), Reason::kBadSignature);
}

TEST(JwtTest, AnAlgorithmTheIssuerDoesNotUseIsRefusedWhateverItsKeys) {
  IssuerRules rules = Strict();
  rules.algorithms = {Algorithm::kEdDsa};
  EXPECT_EQ(JudgeClaimsText(Claims(), rules), Reason::kAlgorithmNotAllowed);
  rules.algorithms = {Algorithm::kNone};
  EXPECT_EQ(JudgeClaimsText(Claims(), rules), Reason::kAlgorithmNotAllowed);
}

TEST(JwtTest, ReadsScopesOfEveryForm) {
  const struct {
    std::string_view claims;
    std::vector<std::string_view> scopes;
    bool carries;
  } kRows[] = {
      {R"({"scope":"a b"})", {"a", "b"}, true},
      {R"({"scope":""})", {}, true},
      {R"({"scp":["a","b"]})", {"a", "b"}, true},
      {R"({"scp":"a b"})", {"a", "b"}, true},
      {R"({"scopes":["a"],"scope":"b"})", {"a", "b"}, true},
      {R"({"sub":"a"})", {}, false},
  };
  for (const auto& row : kRows) {
    JwtReader reader;
    ParsedJwt jwt;
    const std::string token = Sign(kHeader, row.claims);
    ASSERT_EQ(reader.Parse(token, jwt), Reason::kOk) << row.claims;
    EXPECT_EQ(std::vector<std::string_view>(jwt.claims.scopes.begin(),
                                            jwt.claims.scopes.end()),
              row.scopes)
        << row.claims;
    EXPECT_EQ(jwt.claims.carries_scopes, row.carries) << row.claims;
  }
}

TEST(JwtTest, TheClientIsTheAuthorizedPartyWithoutAClientId) {
  const struct {
    std::string_view claims;
    std::string_view client;
  } kRows[] = {
      {R"({"client_id":"c"})", "c"},
      {R"({"azp":"a"})", "a"},
      {R"({"azp":"a","client_id":"c"})", "c"},
      {R"({"client_id":"c","azp":"a"})", "c"},
      {R"({"sub":"s"})", ""},
  };
  for (const auto& row : kRows) {
    JwtReader reader;
    ParsedJwt jwt;
    const std::string token = Sign(kHeader, row.claims);
    ASSERT_EQ(reader.Parse(token, jwt), Reason::kOk) << row.claims;
    EXPECT_EQ(jwt.claims.client, row.client) << row.claims;
  }
}

TEST(JwtTest, ThePrincipalIsAClaimOfText) {
  JwtReader reader;
  ParsedJwt jwt;
  const std::string token =
      Sign(kHeader, R"({"sub":"ann","uid":7,"name":"Ann"})");
  ASSERT_EQ(reader.Parse(token, jwt), Reason::kOk);
  IssuerRules rules;
  EXPECT_EQ(PrincipalOf(jwt.claims, rules), "ann");
  rules.principal_claim = "name";
  EXPECT_EQ(PrincipalOf(jwt.claims, rules), "Ann");
  rules.principal_claim = "uid";
  EXPECT_EQ(PrincipalOf(jwt.claims, rules), "");
  rules.principal_claim = "none";
  EXPECT_EQ(PrincipalOf(jwt.claims, rules), "");
}

// Who copies it into a header must not write two lines.
TEST(JwtTest, APrincipalHasNoControlCharacters) {
  for (const std::string_view name :
       {R"(ann\r\nX-Role: admin)", R"(ann\u0000)", R"(ann\u007f)",
        R"(\u0085ann)", R"(ann\u009f)"}) {
    JwtReader reader;
    ParsedJwt jwt;
    const std::string token =
        Sign(kHeader, absl::StrCat("{\"sub\":\"", name, "\"}"));
    ASSERT_EQ(reader.Parse(token, jwt), Reason::kOk) << name;
    EXPECT_EQ(PrincipalOf(jwt.claims, IssuerRules()), "") << name;
  }
  JwtReader reader;
  ParsedJwt jwt;
  ASSERT_EQ(reader.Parse(Sign(kHeader, R"({"sub":"Zo\u00eb \u00a0"})"), jwt),
            Reason::kOk);
  EXPECT_EQ(PrincipalOf(jwt.claims, IssuerRules()), "Zo\xc3\xab \xc2\xa0");
}

}  // namespace
}  // namespace tollgate
