#include "engine/crypto/algorithm.h"

#include <string_view>

#include "engine/crypto/signing_key.h"
#include "gtest/gtest.h"
#include "tests/crypto/key_pairs.h"

namespace tollgate {
namespace {

TEST(AlgorithmTest, NamesAreExact) {
  for (const Algorithm algorithm : kAlgorithms) {
    EXPECT_EQ(AlgorithmFromName(AlgorithmName(algorithm)), algorithm);
  }
  EXPECT_EQ(AlgorithmFromName("Ed25519"), Algorithm::kEdDsa);
  EXPECT_EQ(AlgorithmName(Algorithm::kNone), "");
}

// Known failure "alg none, in any case or type".
TEST(AlgorithmTest, EveryOtherNameIsNoAlgorithm) {
  for (std::string_view name :
       {"",       "none",     "None",   "NONE",   "nOnE",   "none ", "hs256",
        "HS256 ", " RS256",   "RS1",    "HS1",    "ES256K", "ES521", "Ed448",
        "EDDSA",  "RSA-OAEP", "RSA1_5", "A128KW", "dir",    "HS2560"}) {
    EXPECT_EQ(AlgorithmFromName(name), Algorithm::kNone) << name;
  }
  EXPECT_EQ(AlgorithmFromName(std::string_view("HS256\0", 6)),
            Algorithm::kNone);
}

TEST(AlgorithmTest, TheZeroValueIsOfNoKind) {
  EXPECT_EQ(Algorithm(), Algorithm::kNone);
  EXPECT_EQ(KeyKindOf(Algorithm::kNone), KeyKind::kNone);
  EXPECT_FALSE(IsSymmetric(Algorithm::kNone));
  EXPECT_EQ(SigningKey::Generate(Algorithm::kNone).ok(), false);
}

}  // namespace
}  // namespace tollgate
