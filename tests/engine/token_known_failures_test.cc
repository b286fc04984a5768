// How verifiers of tokens were broken: a case each, through the whole engine.
// What is below it has tests of its own; caches have a file of theirs.

#include "tests/engine/token_known_failures.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "engine/base/base64url.h"
#include "engine/crypto/hmac_sha256.h"
#include "engine/crypto/sha256.h"
#include "engine/response_headers.h"
#include "engine/validator.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

constexpr std::string_view kEs256 = R"({"alg":"ES256","kid":"k1"})";

// Signed with `secret` as HS256 would be, whatever the secret.
std::string HmacToken(std::string_view claims, const std::string& secret) {
  constexpr std::string_view kHeader = R"({"alg":"HS256","kid":"k1"})";
  const HmacSha256 key(
      {reinterpret_cast<const uint8_t*>(secret.data()), secret.size()});
  const std::string input =
      absl::StrCat(EncodeBase64Url(kHeader), ".", EncodeBase64Url(claims));
  return absl::StrCat(input, ".", EncodeBase64Url(BytesOf(key.Mac(input))));
}

class TokenKnownFailuresTest : public OpenTokenGateTest {
 protected:
  // Good claims under another header, signed by the issuer.
  std::string Under(std::string_view header) const {
    return a_.Token(header, Claims());
  }
};

TEST_F(TokenKnownFailuresTest, AlgNoneInAnyCaseOrType) {
  for (const std::string_view alg :
       {R"("none")", R"("None")", R"("NONE")", R"("nOnE")", R"("none ")",
        R"("")", "null", "0", "false", "[]", R"(["none"])", "{}"}) {
    const std::string header = absl::StrCat(R"({"kid":"k1","alg":)", alg, "}");
    EXPECT_NE(ReasonOf(Joined(header, Claims(), "")), Reason::kOk) << alg;
    EXPECT_NE(ReasonOf(Joined(header, Claims(), "x")), Reason::kOk) << alg;
    EXPECT_NE(ReasonOf(Under(header)), Reason::kOk) << alg;
  }
  EXPECT_NE(ReasonOf(Under(R"({"kid":"k1"})")), Reason::kOk) << "no alg";
}

TEST_F(TokenKnownFailuresTest, HmacWithThePublicKey) {
  const std::string jwk = a_.Jwk();
  const auto member = [&jwk](std::string_view name) {
    const std::string begin = absl::StrCat("\"", name, "\":\"");
    const size_t at = jwk.find(begin) + begin.size();
    return jwk.substr(at, jwk.find('"', at) - at);
  };
  std::string x(32, '\0');
  std::string y(32, '\0');
  ASSERT_TRUE(DecodeBase64Url(member("x"), absl::MakeSpan(x)).has_value());
  ASSERT_TRUE(DecodeBase64Url(member("y"), absl::MakeSpan(y)).has_value());
  const std::string der = absl::StrCat(
      absl::HexStringToBytes(
          "3059301306072a8648ce3d020106082a8648ce3d03010703420004"),
      x, y);
  const std::string pem =
      absl::StrCat("-----BEGIN PUBLIC KEY-----\n", absl::Base64Escape(der),
                   "\n-----END PUBLIC KEY-----\n");
  for (const std::string& secret :
       {jwk, a_.Jwks(), member("x"), x, x + y, "\x04" + x + y, der, pem,
        pem.substr(0, pem.size() - 1)}) {
    EXPECT_EQ(ReasonOf(HmacToken(Claims(), secret)),
              Reason::kAlgorithmNotAllowed)
        << absl::CHexEscape(secret);
  }
}

TEST_F(TokenKnownFailuresTest, PsychicSignature) {
  EXPECT_EQ(ReasonOf(Joined(kEs256, Claims(), std::string(64, '\0'))),
            Reason::kBadSignature);
}

TEST_F(TokenKnownFailuresTest, AttackersKeyInTheHeader) {
  const TokenIssuer attacker("k1");
  for (const std::string& member :
       {absl::StrCat(R"("jwk":)", attacker.Jwk()),
        std::string(R"("x5c":["MIIB"])"), std::string(R"("x5c":[])"),
        std::string(R"("jku":"https://attacker.example/jwks.json")"),
        std::string(R"("x5u":"file:///etc/passwd")")}) {
    const std::string header =
        absl::StrCat(R"({"alg":"ES256","kid":"k1",)", member, "}");
    EXPECT_EQ(ReasonOf(attacker.Token(header, Claims())),
              Reason::kMalformedCredential)
        << member;
  }
}

TEST_F(TokenKnownFailuresTest, KidIntoPathSqlOrOtherKey) {
  for (const std::string_view kid :
       {"../../a.json", "a.json", "/dev/null", "' OR '1'='1", "k1' --", "k1 ",
        " k1", "K1", "k1\\u0000", "k", "k11", "*", "%", ""}) {
    const std::string header =
        absl::StrCat(R"({"alg":"ES256","kid":")", kid, R"("})");
    EXPECT_EQ(ReasonOf(Under(header)), Reason::kUnknownKid) << kid;
  }
  EXPECT_EQ(ReasonOf(Under(R"({"alg":"ES256","kid":1})")),
            Reason::kMalformedCredential);
}

TEST_F(TokenKnownFailuresTest, KeysByKidAloneAcrossIssuers) {
  const std::string claims_of_b = Claims("", "https://b.example");
  const TestRequest request = {.target = "/x"};
  EXPECT_EQ(Decide(b_.Token(claims_of_b), request).reason, Reason::kOk);
  EXPECT_EQ(Decide(a_.Token(claims_of_b), request).reason,
            Reason::kBadSignature);
  EXPECT_EQ(ReasonOf(b_.Token(Claims())), Reason::kBadSignature);
}

TEST_F(TokenKnownFailuresTest, CritIgnored) {
  for (const std::string_view crit :
       {R"(["exp"])", R"(["b64"])", R"(["x"])", "[]", R"("exp")", "null"}) {
    EXPECT_EQ(ReasonOf(Under(absl::StrCat(
                  R"({"alg":"ES256","kid":"k1","crit":)", crit, "}"))),
              Reason::kMalformedCredential)
        << crit;
  }
}

TEST_F(TokenKnownFailuresTest, UnencodedOrDetachedPayload) {
  EXPECT_EQ(ReasonOf(Under(R"({"alg":"ES256","kid":"k1","b64":false})")),
            Reason::kMalformedCredential);
  EXPECT_EQ(ReasonOf(Under(R"({"alg":"ES256","kid":"k1","b64":true})")),
            Reason::kMalformedCredential);
  const std::vector<std::string> parts = PartsOf(Token());
  EXPECT_EQ(ReasonOf(absl::StrCat(parts[0], "..", parts[2])),
            Reason::kMalformedCredential);
  EXPECT_EQ(ReasonOf(absl::StrCat(parts[0], ".", Claims(), ".", parts[2])),
            Reason::kMalformedCredential);
}

TEST_F(TokenKnownFailuresTest, EmptyOrShortHmacKey) {
  for (const size_t size : {0, 1, 16, 31}) {
    Write("s.key", std::string(size, 's'));
    Configure(absl::StrReplaceAll(
        kTokenConfig, {{"algorithms: [ES256]\n      jwks_file: a.json",
                        "algorithms: [HS256]\n      secret_file: s.key\n"
                        "      kid: k1"}}));
    EXPECT_FALSE(gate_->Reload().ok()) << size;
  }
}

TEST_F(TokenKnownFailuresTest, SeveralSignaturesOrSegments) {
  const std::string token = Token();
  const std::vector<std::string> parts = PartsOf(token);
  const std::string flattened =
      absl::StrCat(R"({"protected":")", parts[0], R"(","payload":")", parts[1],
                   R"(","signature":")", parts[2], R"("})");
  const std::string general = absl::StrCat(
      R"({"payload":")", parts[1], R"(","signatures":[{"protected":")",
      parts[0], R"(","signature":")", parts[2], R"("}]})");
  for (const std::string& text :
       {flattened, general, parts[0] + "." + parts[1],
        parts[0] + "." + parts[1] + ".", token + "." + parts[2], token + ".",
        "." + token, token + "." + token, token + "," + token,
        token + " " + token}) {
    EXPECT_EQ(ReasonOf(text), Reason::kMalformedCredential) << text;
  }
}

TEST_F(TokenKnownFailuresTest, EncryptedWhereSignedIsMeant) {
  const std::string header =
      EncodeBase64Url(R"({"alg":"RSA-OAEP","enc":"A256GCM","kid":"k1"})");
  EXPECT_EQ(ReasonOf(header + ".AA.AA.AA.AA"), Reason::kMalformedCredential);
  EXPECT_EQ(ReasonOf(Under(R"({"alg":"ES256","kid":"k1","enc":"A256GCM"})")),
            Reason::kMalformedCredential);
  EXPECT_EQ(ReasonOf(Under(R"({"alg":"ES256","kid":"k1","zip":"DEF"})")),
            Reason::kMalformedCredential);
}

TEST_F(TokenKnownFailuresTest, Bombs) {
  const std::string deep = std::string(8000, '[');
  for (const std::string& text :
       {std::string(16000, '.'), std::string(1 << 20, '.'),
        std::string(1 << 20, 'A'), "e30." + std::string(1 << 20, 'A') + ".AA",
        Under(absl::StrCat(R"({"alg":"ES256","x":")", std::string(5000, 'x'),
                           R"("})")),
        Under(R"({"alg":"PBES2-HS256+A128KW","p2c":2147483647})"),
        Joined(kEs256, deep, "x"), Joined(deep.substr(0, 2000), "{}", "x")}) {
    EXPECT_NE(ReasonOf(text), Reason::kOk);
  }
}

TEST_F(TokenKnownFailuresTest, AudienceSkippedOrIssuerHalfCompared) {
  const auto with = [this](std::string_view issuer, std::string_view rest) {
    return ReasonOf(a_.Token(
        absl::StrCat(R"({"sub":"ann","exp":5000,"iss":)", issuer, rest, "}")));
  };
  constexpr std::string_view kIssuer = R"("https://a.example")";
  EXPECT_EQ(with(kIssuer, R"(,"aud":["x","api"])"), Reason::kOk);
  for (const std::string_view audience :
       {"", R"(,"aud":"ap")", R"(,"aud":"apis")", R"(,"aud":"API")",
        R"(,"aud":[])", R"(,"aud":["x"])", R"(,"aud":"x api")",
        R"(,"aud":"api\u0000")", R"(,"aud":"")"}) {
    EXPECT_EQ(with(kIssuer, audience), Reason::kAudienceMismatch) << audience;
  }
  for (const std::string_view audience :
       {R"(,"aud":null)", R"(,"aud":[["api"]])", R"(,"aud":{"api":1})"}) {
    EXPECT_EQ(with(kIssuer, audience), Reason::kMalformedCredential)
        << audience;
  }
  for (const std::string_view issuer :
       {R"("https://a.exampl")", R"("https://a.example/")",
        R"("https://A.example")", R"("https://a.example\u0000")",
        R"("https://a.example.attacker")"}) {
    EXPECT_EQ(with(issuer, R"(,"aud":"api")"), Reason::kUnknownIssuer)
        << issuer;
  }
  for (const std::string_view issuer :
       {"null", R"(["https://a.example"])", R"("")"}) {
    EXPECT_EQ(with(issuer, R"(,"aud":"api")"), Reason::kMalformedCredential)
        << issuer;
  }
}

TEST_F(TokenKnownFailuresTest, UnknownIssuerTakenForNoToken) {
  const TokenIssuer nobody("k1");
  const Decision decision =
      Decide(nobody.Token(Claims("", "https://nobody.example")));
  EXPECT_EQ(decision.reason, Reason::kUnknownIssuer);
  EXPECT_EQ(decision.verdict, Verdict::kDeny);
  EXPECT_EQ(decision.http_status(), 401);
}

TEST_F(TokenKnownFailuresTest, TimesNotCheckedOrOverflowing) {
  const auto with = [this](std::string_view times) {
    return ReasonOf(a_.Token(absl::StrCat(
        R"({"iss":"https://a.example","aud":"api","sub":"ann")", times, "}")));
  };
  EXPECT_EQ(with(""), Reason::kMissingClaim);
  for (const std::string_view expiry : {"0", "-1", "999", "999.5", "-1e300",
                                        "1e-300", "-9223372036854775808"}) {
    EXPECT_EQ(with(absl::StrCat(",\"exp\":", expiry)), Reason::kTokenExpired)
        << expiry;
  }
  for (const std::string_view expiry :
       {R"("5000")", "null", "[5000]", "true", "1e400", "5000.", "0x1388"}) {
    EXPECT_EQ(with(absl::StrCat(",\"exp\":", expiry)),
              Reason::kMalformedCredential)
        << expiry;
  }
  for (const std::string_view later :
       {R"(,"exp":5000,"nbf":2000)", R"(,"exp":5000,"iat":2000)",
        R"(,"exp":5000,"nbf":1e300)",
        R"(,"exp":5000,"nbf":18446744073709551615)"}) {
    EXPECT_EQ(with(later), Reason::kTokenNotYetValid) << later;
  }
}

TEST_F(TokenKnownFailuresTest, RevocationComparedWithTheWrongClock) {
  // Issued until 950, whatever the time is now.
  ASSERT_TRUE(gate_
                  ->Revoke({RevocationKind::kSubject, "https://a.example",
                            "ann", 950, 9000})
                  .ok());
  for (const double now : {960, 1000, 4000}) {
    EXPECT_EQ(Decide(Token(R"(,"iat":950)"), {}, now).reason,
              Reason::kTokenRevoked);
    EXPECT_EQ(Decide(Token(R"(,"iat":951)"), {}, now).reason, Reason::kOk);
  }
}

TEST_F(TokenKnownFailuresTest, ClaimsUsedBeforeVerification) {
  const TokenIssuer attacker("k1");
  const Decision decision = Decide(attacker.Token(Claims(R"(,"scope":"x")")));
  EXPECT_EQ(decision.reason, Reason::kBadSignature);
  EXPECT_FALSE(decision.proven);
  EXPECT_EQ(decision.principal.text(), "");
  EXPECT_EQ(decision.scopes, nullptr);
  EXPECT_EQ(decision.limits, nullptr);
  for (const auto& header : ResponseHeaders(decision)) {
    EXPECT_EQ(header.value.find("ann"), std::string::npos) << header.value;
  }
  // Nor is the limit of whom it names spent: there are five a minute.
  for (int i = 0; i < 9; ++i) {
    EXPECT_EQ(ReasonOf(attacker.Token(Claims())), Reason::kBadSignature);
  }
  EXPECT_EQ(ReasonOf(Token()), Reason::kOk);
}

TEST_F(TokenKnownFailuresTest, DuplicateMembers) {
  EXPECT_EQ(ReasonOf(Under(R"({"alg":"ES256","kid":"k1","alg":"ES256"})")),
            Reason::kMalformedCredential);
  EXPECT_EQ(ReasonOf(Token(R"(,"sub":"bob")")), Reason::kMalformedCredential);
  EXPECT_EQ(ReasonOf(Token(R"(,"\u0073ub":"bob")")),
            Reason::kMalformedCredential);
  EXPECT_EQ(ReasonOf(Token(R"(,"x":{"y":1,"y":2})")),
            Reason::kMalformedCredential);
}

}  // namespace
}  // namespace tollgate
