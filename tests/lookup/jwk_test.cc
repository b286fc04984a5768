// One JWK: its thumbprint, and a key that proves possession.

#include "engine/lookup/jwk.h"

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "engine/json/reader.h"
#include "engine/lookup/jwk_thumbprint.h"
#include "gtest/gtest.h"
#include "tests/lookup/test_jwks.h"

namespace tollgate {
namespace {

absl::StatusOr<std::string> Thumbprint(std::string_view json) {
  JsonReader reader({});
  return JwkThumbprint(*reader.ParseObject(json));
}

TEST(JwkThumbprintTest, GivesThoseOfRfc7638AndRfc8037) {
  EXPECT_EQ(
      *Thumbprint(
          R"({"kty":"RSA","n":")"
          "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86z"
          "wu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5Js"
          "GY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMic"
          "AtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-"
          "bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csF"
          "Cur-kEgU8awapJzKnqDKgw"
          R"(","e":"AQAB","alg":"RS256","kid":"2011-04-29"})"),
      "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
  EXPECT_EQ(
      *Thumbprint(R"({"kty":"OKP","crv":"Ed25519",)"
                  R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})"),
      "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

TEST(JwkThumbprintTest, DependsOnTheKeyAlone) {
  for (const TestKey* key : {&Ec(), &Ed(), &Rsa()}) {
    const std::string one = *Thumbprint(key->Jwk());
    EXPECT_EQ(one.size(), 43);
    EXPECT_EQ(*Thumbprint(key->Jwk(R"("kid":"k","use":"sig")")), one);
  }
  EXPECT_NE(*Thumbprint(Ec().Jwk()), *Thumbprint(OtherEc().Jwk()));
}

TEST(JwkThumbprintTest, RefusesSecretsAndWhatIsNoKey) {
  for (const std::string& jwk :
       Texts{absl::StrCat("{", kOct, "}"), "{}", R"({"kty":"XX"})",
             R"({"kty":"EC","crv":"P-256","x":"AA"})",
             R"({"kty":"OKP","crv":"a\"b","x":"AA"})",
             R"({"kty":"OKP","crv":"Ed25519","x":"A\"A"})",
             absl::StrCat(R"({"kty":"OKP","crv":"Ed25519","x":")",
                          std::string(2000, 'A'), "\"}"),
             R"({"kty":"OKP","crv":"Ed25519","x":1})"}) {
    EXPECT_FALSE(Thumbprint(jwk).ok()) << jwk;
  }
}

absl::Status ReadProof(const std::string& json, Algorithm algorithm) {
  JsonReader reader({});
  return ReadProofKey(*reader.Parse(json), algorithm).status();
}

TEST(ProofKeyTest, IsAPublicKeyAndItsThumbprint) {
  JsonReader reader({});
  const auto key = ReadProofKey(*reader.Parse(Ec().Jwk()), Algorithm::kEs256);
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->thumbprint, *Thumbprint(Ec().Jwk()));
  EXPECT_FALSE(key->key.prepared()) << "it comes with what it signed";
  EXPECT_TRUE(key->key.Verify("message", *Ec().signer.Sign("message")));
}

TEST(ProofKeyTest, RefusesSecretsPrivateKeysAndOtherAlgorithms) {
  const std::string oct = absl::StrCat("{", kOct, "}");
  EXPECT_FALSE(ReadProof(oct, Algorithm::kHs256).ok());
  EXPECT_FALSE(ReadProof(oct, Algorithm::kEs256).ok());
  EXPECT_FALSE(ReadProof(Ec().Jwk(), Algorithm::kNone).ok());
  EXPECT_FALSE(ReadProof(Ec().Jwk(), Algorithm::kHs256).ok());
  EXPECT_FALSE(ReadProof(Ec().Jwk(), Algorithm::kEs384).ok());
  EXPECT_FALSE(ReadProof(Ec().Jwk(), Algorithm::kEdDsa).ok());
  EXPECT_FALSE(ReadProof(Ec().Jwk(R"("alg":"ES384")"), Algorithm::kEs256).ok());
  EXPECT_FALSE(ReadProof(Ec().Jwk(R"("d":"AA")"), Algorithm::kEs256).ok());
  EXPECT_FALSE(ReadProof("1", Algorithm::kEs256).ok());
  EXPECT_TRUE(ReadProof(Rsa().Jwk(), Algorithm::kPs256).ok());
}

}  // namespace
}  // namespace tollgate
