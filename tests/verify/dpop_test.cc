#include "engine/verify/dpop.h"

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/base/base64url.h"
#include "engine/crypto/signing_key.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

constexpr DateMicros kNow = 1'562'262'618 * kMicrosInSecond;

// RFC 9449 section 7.1.
constexpr std::string_view kToken =
    "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
constexpr std::string_view kTokenHash =
    "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo";

// The header of the RFC's proofs (section 4.2), and the key's thumbprint
// (section 6.1).
#define RFC_HEADER                                                           \
  "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6" \
  "Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZF" \
  "NGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2" \
  "In19"
constexpr std::string_view kRfcThumbprint =
    "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";

// JSON objects by member; the values are JSON.
using Members = std::map<std::string, std::string>;

std::string Quoted(std::string_view text) {
  return absl::StrCat("\"", text, "\"");
}

std::string TextOf(const Members& members) {
  const auto member = [](std::string* out, const auto& pair) {
    absl::StrAppend(out, Quoted(pair.first), ":", pair.second);
  };
  return absl::StrCat("{", absl::StrJoin(members, ",", member), "}");
}

const SigningKey& KeyOf(Algorithm algorithm) {
  static auto* const keys = new std::map<Algorithm, SigningKey>;
  const auto found = keys->find(algorithm);
  if (found != keys->end()) return found->second;
  return keys->emplace(algorithm, *SigningKey::Generate(algorithm))
      .first->second;
}

Members JwkOf(const SigningKey& key) {
  const PublicComponents numbers = key.public_components();
  const auto text = [](const std::string& bytes) {
    return Quoted(EncodeBase64Url(bytes));
  };
  switch (KeyKindOf(key.algorithm())) {
    case KeyKind::kRsa:
      return {
          {"kty", "\"RSA\""}, {"n", text(numbers.n)}, {"e", text(numbers.e)}};
    case KeyKind::kP256:
      return {{"kty", "\"EC\""},
              {"crv", "\"P-256\""},
              {"x", text(numbers.x)},
              {"y", text(numbers.y)}};
    case KeyKind::kEd25519:
      return {
          {"kty", "\"OKP\""}, {"crv", "\"Ed25519\""}, {"x", text(numbers.x)}};
    default:
      return {{"kty", "\"oct\""}, {"k", text(std::string(32, 'k'))}};
  }
}

// A good proof and the request it is for, each part of which can be spoilt.
struct Scene {
  explicit Scene(Algorithm algorithm = Algorithm::kEs256)
      : signer(&KeyOf(algorithm)),
        jwk(JwkOf(*signer)),
        header({{"typ", "\"dpop+jwt\""},
                {"alg", Quoted(AlgorithmName(algorithm))}}),
        claims({{"jti", "\"e1j3V_bKic8-LAEB\""},
                {"htm", "\"GET\""},
                {"htu", "\"https://api.example/v1/things\""},
                {"iat", "1562262618"},
                {"ath", Quoted(kTokenHash)}}) {}

  std::string Proof() const {
    Members whole = header;
    if (!jwk.empty()) whole["jwk"] = TextOf(jwk);
    return Sign(TextOf(whole), TextOf(claims));
  }

  std::string Sign(std::string_view header_text,
                   std::string_view claims_text) const {
    const std::string input = absl::StrCat(EncodeBase64Url(header_text), ".",
                                           EncodeBase64Url(claims_text));
    return absl::StrCat(input, ".", EncodeBase64Url(*signer->Sign(input)));
  }

  const SigningKey* signer;
  Members jwk;
  Members header;
  Members claims;
  DpopRequest request = {.method = "GET",
                         .target = "/v1/things?page=2",
                         .host = "api.example",
                         .access_token = kToken,
                         .now = {kNow, kNow}};
};

Reason Read(std::string_view proof, const DpopRequest& request) {
  DpopReader reader;
  DpopProof out;
  const Reason reason = reader.Read(proof, request, out);
  // What is refused leaves nothing behind.
  EXPECT_EQ(reason == Reason::kOk, !out.thumbprint.empty());
  return reason;
}

Reason Read(const Scene& scene) { return Read(scene.Proof(), scene.request); }

TEST(DpopTest, TheExampleOfTheRfcProvesPossession) {
  constexpr std::string_view kProof = RFC_HEADER
      ".eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9"
      "yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2Mj"
      "YxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFb"
      "yJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1"
      "dqd-jfxSYoMxhAJpLjA";
  DpopRequest request = {.method = "GET",
                         .target = "/protectedresource",
                         .host = "resource.example.org",
                         .access_token = kToken,
                         .now = {kNow, kNow}};
  DpopReader reader;
  DpopProof proof;
  ASSERT_EQ(reader.Read(kProof, request, proof), Reason::kOk);
  EXPECT_EQ(proof.thumbprint, kRfcThumbprint);
  EXPECT_EQ(proof.token_id, "e1j3V_bKic8-LAEB");
  EXPECT_EQ(proof.issued, kNow);
  request.access_token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxV";
  EXPECT_EQ(Read(kProof, request), Reason::kProofOfPossessionFailed);
}

// Whose key it is comes before what it signs: keys of strangers cost nothing.
TEST(DpopTest, AProofByAnotherKeyThanTheTokensIsNone) {
  Scene scene;
  DpopReader reader;
  DpopProof proof;
  ASSERT_EQ(reader.Read(scene.Proof(), scene.request, proof), Reason::kOk);
  const std::string thumbprint = proof.thumbprint;
  scene.request.thumbprint = thumbprint;
  EXPECT_EQ(Read(scene), Reason::kOk);
  scene.request.thumbprint = kRfcThumbprint;
  EXPECT_EQ(Read(scene), Reason::kProofOfPossessionFailed);
}

// Section 4.2's proof is for a token endpoint: it is bound to no token.
TEST(DpopTest, TheExampleWithoutATokenIsNoneForAResource) {
  constexpr std::string_view kProof = RFC_HEADER
      ".eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi"
      "8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP"
      "4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xR"
      "ZT3Lg";
  EXPECT_EQ(Read(kProof, {.method = "POST",
                          .target = "/token",
                          .host = "server.example.com",
                          .access_token = kToken,
                          .now = {kNow, kNow}}),
            Reason::kProofOfPossessionFailed);
}

TEST(DpopTest, EveryAsymmetricAlgorithmProves) {
  for (const Algorithm algorithm : {Algorithm::kEs256, Algorithm::kEdDsa,
                                    Algorithm::kRs256, Algorithm::kPs512}) {
    EXPECT_EQ(Read(Scene(algorithm)), Reason::kOk) << AlgorithmName(algorithm);
  }
}

TEST(DpopTest, AReaderForgetsTheLastProof) {
  DpopReader reader;
  const Scene good;
  Scene bad;
  bad.claims.erase("jti");
  for (int i = 0; i < 3; ++i) {
    DpopProof proof;
    EXPECT_EQ(reader.Read(good.Proof(), good.request, proof), Reason::kOk);
    EXPECT_EQ(reader.Read(bad.Proof(), bad.request, proof),
              Reason::kProofOfPossessionFailed);
  }
}

struct Spoilt {
  const char* what;
  std::function<void(Scene&)> spoil;
};

void ExpectRefused(const std::vector<Spoilt>& cases) {
  for (const Spoilt& c : cases) {
    Scene scene;
    ASSERT_EQ(Read(scene), Reason::kOk);
    c.spoil(scene);
    EXPECT_EQ(Read(scene), Reason::kProofOfPossessionFailed) << c.what;
  }
}

TEST(DpopTest, AHeaderOfAnotherKindIsRefused) {
  ExpectRefused({
      {"no typ", [](Scene& s) { s.header.erase("typ"); }},
      {"typ of a token", [](Scene& s) { s.header["typ"] = "\"at+jwt\""; }},
      {"typ in capitals", [](Scene& s) { s.header["typ"] = "\"DPoP+JWT\""; }},
      {"typ in full",
       [](Scene& s) { s.header["typ"] = "\"application/dpop+jwt\""; }},
      {"typ no text", [](Scene& s) { s.header["typ"] = "[\"dpop+jwt\"]"; }},
      {"no alg", [](Scene& s) { s.header.erase("alg"); }},
      {"alg none", [](Scene& s) { s.header["alg"] = "\"none\""; }},
      {"alg of another key", [](Scene& s) { s.header["alg"] = "\"ES384\""; }},
      {"alg of another kind", [](Scene& s) { s.header["alg"] = "\"RS256\""; }},
      {"crit", [](Scene& s) { s.header["crit"] = "[\"exp\"]"; }},
      {"empty crit", [](Scene& s) { s.header["crit"] = "[]"; }},
      {"b64", [](Scene& s) { s.header["b64"] = "true"; }},
      {"kid no text", [](Scene& s) { s.header["kid"] = "1"; }},
  });
}

TEST(DpopTest, AKeyThatIsNotPublicIsRefused) {
  ExpectRefused({
      {"no jwk", [](Scene& s) { s.jwk.clear(); }},
      {"private member", [](Scene& s) { s.jwk["d"] = "\"AA\""; }},
      {"private null", [](Scene& s) { s.jwk["d"] = "null"; }},
      {"alg of its own", [](Scene& s) { s.jwk["alg"] = "\"ES512\""; }},
      {"for encryption", [](Scene& s) { s.jwk["use"] = "\"enc\""; }},
      {"not on the curve", [](Scene& s) { s.jwk["y"] = s.jwk["x"]; }},
      {"another curve", [](Scene& s) { s.jwk["crv"] = "\"P-384\""; }},
      {"another kind", [](Scene& s) { s.jwk["kty"] = "\"RSA\""; }},
      {"of somebody else",
       [](Scene& s) {
         s.jwk = JwkOf(*SigningKey::Generate(Algorithm::kEs256));
       }},
      {"jwk no object",
       [](Scene& s) {
         s.header["jwk"] = "\"key\"";
         s.jwk.clear();
       }},
  });
}

// Known failure "HMAC with the public key": a secret that is shown proves
// nothing.
TEST(DpopTest, ASecretProvesNothing) {
  Scene scene(Algorithm::kHs256);
  EXPECT_EQ(Read(scene), Reason::kProofOfPossessionFailed);
  scene.jwk = JwkOf(KeyOf(Algorithm::kEs256));
  EXPECT_EQ(Read(scene), Reason::kProofOfPossessionFailed);
}

TEST(DpopTest, ClaimsThatAreMissingOrOfAnotherTypeAreRefused) {
  for (const char* claim : {"jti", "htm", "htu", "iat", "ath"}) {
    ExpectRefused({
        {claim, [claim](Scene& s) { s.claims.erase(claim); }},
        {claim, [claim](Scene& s) { s.claims[claim] = "null"; }},
        {claim, [claim](Scene& s) { s.claims[claim] = "true"; }},
        {claim, [claim](Scene& s) { s.claims[claim] = "\"\""; }},
        {claim,
         [claim](Scene& s) { s.claims[claim] = "[" + s.claims[claim] + "]"; }},
    });
  }
  ExpectRefused({
      {"iat as text", [](Scene& s) { s.claims["iat"] = "\"1562262618\""; }},
      {"jti as number", [](Scene& s) { s.claims["jti"] = "7"; }},
      {"too long a jti",
       [](Scene& s) { s.claims["jti"] = Quoted(std::string(257, 'j')); }},
  });
  Scene scene;
  scene.claims["jti"] = Quoted(std::string(256, 'j'));
  EXPECT_EQ(Read(scene), Reason::kOk);
}

TEST(DpopTest, AnotherMethodIsRefused) {
  ExpectRefused({
      {"another", [](Scene& s) { s.request.method = "POST"; }},
      {"case", [](Scene& s) { s.request.method = "get"; }},
      {"prefix", [](Scene& s) { s.request.method = "GE"; }},
      {"none",
       [](Scene& s) {
         s.request.method = "";
         s.claims["htm"] = "\"\"";
       }},
  });
}

TEST(DpopTest, AnotherUriIsRefused) {
  ExpectRefused({
      {"another host", [](Scene& s) { s.request.host = "b.example"; }},
      {"another path", [](Scene& s) { s.request.target = "/v1/other"; }},
      {"no host", [](Scene& s) { s.request.host = ""; }},
  });
}

Reason ReadAt(std::string_view issued, const WallRange& now) {
  Scene scene;
  scene.claims["iat"] = std::string(issued);
  scene.request.now = now;
  return Read(scene);
}

TEST(DpopTest, ProofsAreGoodForAMinute) {
  constexpr DateMicros kAge = 60 * kMicrosInSecond;
  constexpr DateMicros kSkew = 5 * kMicrosInSecond;
  const auto at = [](DateMicros now) {
    return ReadAt("1562262618", {now, now});
  };
  EXPECT_EQ(at(kNow + kAge), Reason::kOk);
  EXPECT_EQ(at(kNow + kAge + 1), Reason::kProofOfPossessionFailed);
  EXPECT_EQ(at(kNow - kSkew), Reason::kOk);
  EXPECT_EQ(at(kNow - kSkew - 1), Reason::kProofOfPossessionFailed);
  // Of a clock that tells seconds, the end that refuses counts.
  EXPECT_EQ(ReadAt("1562262618", {kNow + kAge, kNow + kAge + 1}),
            Reason::kProofOfPossessionFailed);
  EXPECT_EQ(ReadAt("1562262618", {kNow - kSkew - 1, kNow - kSkew}),
            Reason::kProofOfPossessionFailed);
  EXPECT_EQ(ReadAt("1562262678.5", {kNow + kAge, kNow + kAge}), Reason::kOk);
}

// RFC 7519 sections 4.1.4 and 4.1.5.
TEST(DpopTest, TimesThatAProofHasOfItsOwnHold) {
  const auto with = [](const char* claim, std::string_view value) {
    Scene scene;
    scene.claims[claim] = std::string(value);
    return Read(scene);
  };
  // It is 1562262618; clocks may differ by five seconds.
  EXPECT_EQ(with("exp", "1562262700"), Reason::kOk);
  EXPECT_EQ(with("exp", "1562262614"), Reason::kOk);
  EXPECT_EQ(with("nbf", "1562262000"), Reason::kOk);
  EXPECT_EQ(with("nbf", "1562262623"), Reason::kOk);
  for (const std::string_view bad :
       {"1562262613", "0", "-1e300", "\"x\"", "null", "[]"}) {
    EXPECT_EQ(with("exp", bad), Reason::kProofOfPossessionFailed) << bad;
  }
  for (const std::string_view bad :
       {"1562262624", "9223372036854775807", "\"x\"", "null"}) {
    EXPECT_EQ(with("nbf", bad), Reason::kProofOfPossessionFailed) << bad;
  }
}

// Known failure "float/overflow/string dates".
TEST(DpopTest, DatesBeyondAllMeasureAreRefused) {
  constexpr DateMicros kLatest = std::numeric_limits<DateMicros>::max();
  constexpr DateMicros kEarliest = std::numeric_limits<DateMicros>::min();
  for (const char* issued :
       {"9223372036854775807", "-9223372036854775808", "18446744073709551615",
        "1e300", "-1e300", "0", "-1562262618"}) {
    EXPECT_EQ(ReadAt(issued, {kNow, kNow}), Reason::kProofOfPossessionFailed)
        << issued;
    EXPECT_EQ(ReadAt(issued, {kEarliest, kLatest}),
              Reason::kProofOfPossessionFailed)
        << issued;
  }
  for (const DateMicros now : {kEarliest, kLatest}) {
    EXPECT_EQ(ReadAt("1562262618", {now, now}),
              Reason::kProofOfPossessionFailed)
        << now;
  }
}

// What is remembered from the proof's first second until then covers every
// second in which it is accepted.
TEST(DpopTest, IsReplayableUntilItIsRefused) {
  struct Case {
    std::string_view issued;
    int64_t seconds;
  };
  constexpr Case kCases[] = {{"1562262618", 1562262679},
                             {"1562262618.000001", 1562262679},
                             {"1562262617.999999", 1562262678},
                             {"-61", 0},
                             {"-61.5", -1},
                             {"-60", 1}};
  for (const Case& c : kCases) {
    Scene scene;
    scene.claims["iat"] = std::string(c.issued);
    const DateMicros last = c.seconds * kMicrosInSecond - 1;
    const DateMicros earlier = last - 50 * kMicrosInSecond;
    scene.request.now = {earlier, earlier};
    DpopReader reader;
    DpopProof proof;
    ASSERT_EQ(reader.Read(scene.Proof(), scene.request, proof), Reason::kOk)
        << c.issued;
    EXPECT_EQ(proof.replayable_until.value, c.seconds) << c.issued;
    scene.request.now = {last + 1, last + 1};
    EXPECT_EQ(Read(scene), Reason::kProofOfPossessionFailed) << c.issued;
  }
}

TEST(DpopTest, AnotherTokenIsRefused) {
  ExpectRefused({
      {"another", [](Scene& s) { s.request.access_token = "other"; }},
      {"none", [](Scene& s) { s.request.access_token = ""; }},
      {"of nothing",
       [](Scene& s) {
         s.request.access_token = "";
         s.claims["ath"] = "\"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU\"";
       }},
      {"padded",
       [](Scene& s) {
         s.claims["ath"] = Quoted(absl::StrCat(kTokenHash, "="));
       }},
      {"cut", [](Scene& s) { s.claims["ath"] = Quoted(kTokenHash.substr(1)); }},
      {"another spelling",  // the last character's spare bits
       [](Scene& s) {
         s.claims["ath"] = Quoted(
             absl::StrCat(kTokenHash.substr(0, kTokenHash.size() - 1), "p"));
       }},
  });
}

TEST(DpopTest, WhatIsNotOneStrictCompactJwsIsRefused) {
  const Scene scene;
  const std::string good = scene.Proof();
  const std::string claims = TextOf(scene.claims);
  Members whole = scene.header;
  whole["jwk"] = TextOf(scene.jwk);
  const std::string header = TextOf(whole);
  ASSERT_EQ(Read(scene.Sign(header, claims), scene.request), Reason::kOk);
  const auto doubled = [](std::string text, std::string_view member) {
    text.pop_back();
    return absl::StrCat(text, ",", member, "}");
  };
  const std::string bad[] = {
      "",
      ".",
      "..",
      good.substr(0, good.rfind('.')),
      good.substr(0, good.rfind('.') + 1),
      good + ".",
      good + ".AA",
      good + "=",
      good + " ",
      " " + good,
      good + "," + good,
      good.substr(0, good.size() - 1),
      scene.Sign(doubled(header, "\"typ\":\"dpop+jwt\""), claims),
      scene.Sign(header, doubled(claims, "\"jti\":\"other\"")),
      scene.Sign(header, doubled(claims, "\"x\":[[[[1]]]]")),
      scene.Sign(header,
                 doubled(claims, absl::StrCat("\"x\":\"",
                                              std::string(8192, 'x'), "\""))),
      scene.Sign(header, claims + "x"),
      scene.Sign(header, "[" + claims + "]"),
      scene.Sign(header, ""),
      scene.Sign("[]", claims),
  };
  for (const std::string& proof : bad) {
    EXPECT_EQ(Read(proof, scene.request), Reason::kProofOfPossessionFailed)
        << proof;
  }
}

TEST(DpopTest, AProofThatIsTooLongIsRefused) {
  const auto long_by = [](size_t header, size_t claims) {
    Scene scene;
    scene.header["x"] = Quoted(std::string(header, 'x'));
    scene.claims["x"] = Quoted(std::string(claims, 'x'));
    return Read(scene);
  };
  EXPECT_EQ(long_by(2700, 2700), Reason::kOk);
  EXPECT_EQ(long_by(2700, 3300), Reason::kProofOfPossessionFailed);
  EXPECT_EQ(long_by(3300, 100), Reason::kProofOfPossessionFailed);
}

// Every byte of what is signed counts, and of the signature.
TEST(DpopTest, AProofThatWasChangedIsRefused) {
  const Scene scene;
  const std::string good = scene.Proof();
  for (size_t i = 0; i < good.size(); i += 7) {
    std::string bad = good;
    bad[i] = bad[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(Read(bad, scene.request), Reason::kProofOfPossessionFailed) << i;
  }
}

}  // namespace
}  // namespace tollgate
