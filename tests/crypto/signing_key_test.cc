#include "engine/crypto/signing_key.h"

#include <string>

#include "gtest/gtest.h"
#include "tests/crypto/key_pairs.h"
#include "tests/crypto/unprintable.h"

namespace tollgate {
namespace {

static_assert(!Streamable<SigningKey> && !Formattable<SigningKey>);

// One key twice, as SEC 1 and as PKCS #8.
constexpr char kSec1[] =
    "-----BEGIN EC PRIVATE KEY-----\n"
    "MHcCAQEEIH4XpFK/sKODvsFWhEA3mQJAjm+9L0z2cJ1k+vPEC506oAoGCCqGSM49\n"
    "AwEHoUQDQgAEDl5iQ13ar7vzexj3Fzg1bNfmIqQVA2nzGdZc0Ys/a7+Ayv7g5X5S\n"
    "y0UuSal2oNeP9Vd6Ehvx4L1LUv8ydTYajQ==\n"
    "-----END EC PRIVATE KEY-----\n";
constexpr char kPkcs8[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgfhekUr+wo4O+wVaE\n"
    "QDeZAkCOb70vTPZwnWT688QLnTqhRANCAAQOXmJDXdqvu/N7GPcXODVs1+YipBUD\n"
    "afMZ1lzRiz9rv4DK/uDlflLLRS5JqXag14/1V3oSG/HgvUtS/zJ1NhqN\n"
    "-----END PRIVATE KEY-----\n";
constexpr char kEd25519Pem[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIPHuFtT8bJdvRQINyyMOyiWEJM1pCzzCOn2kQO+UJUtM\n"
    "-----END PRIVATE KEY-----\n";
constexpr char kEncrypted[] =
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
    "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAhU3+BLlRVBggICCAAw\n"
    "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEHEABqoDnltC8x8CZSYoaJgEgZAw\n"
    "cMo4f1mfKsRrmlMUia4FA2sMkSnuodaClc0jJ8sYPmvzIdEOeOGbk9l6dbNO5zGe\n"
    "xjDHEcbMvFrSERQqRfie4NLqB5YuLa+kjkCEj+RJ6UujsNmd17Ymmm5DBLk0wLJn\n"
    "b17ZpK1m7UAkBswrXxbYMu5EywrYwUnHpR6q2xpns2IdZSGqC7+e9NokP+ovzPE=\n"
    "-----END ENCRYPTED PRIVATE KEY-----\n";

TEST(SigningKeyTest, ReadsPem) {
  const struct {
    Algorithm algorithm;
    std::string pem;
  } kCases[] = {
      {Algorithm::kEs256, kSec1},          {Algorithm::kEs256, kPkcs8},
      {Algorithm::kEdDsa, kEd25519Pem},    {Algorithm::kRs384, Forger().Pem()},
      {Algorithm::kPs256, Forger().Pem()},
  };
  for (const auto& [algorithm, pem] : kCases) {
    const auto key = SigningKey::FromPem(algorithm, pem);
    ASSERT_TRUE(key.ok()) << AlgorithmName(algorithm) << key.status();
    EXPECT_TRUE(key->Verifier()->Verify("message", *key->Sign("message")));
  }
  EXPECT_EQ(
      SigningKey::FromPem(Algorithm::kEs256, kSec1)->public_components().x,
      SigningKey::FromPem(Algorithm::kEs256, kPkcs8)->public_components().x);
}

TEST(SigningKeyTest, RefusesPemOfAnotherKindOrEncrypted) {
  const struct {
    Algorithm algorithm;
    std::string pem;
  } kCases[] = {
      {Algorithm::kHs256, Forger().Pem()},
      {Algorithm::kEs256, Forger().Pem()},
      {Algorithm::kEs384, kSec1},
      {Algorithm::kRs256, kSec1},
      {Algorithm::kEdDsa, kPkcs8},
      {Algorithm::kHs256, kPkcs8},
      {Algorithm::kEs256, kEd25519Pem},
      {Algorithm::kNone, kSec1},
      {Algorithm::kEs256, kEncrypted},
      {Algorithm::kEs256, ""},
      {Algorithm::kEs256, "-----BEGIN PRIVATE KEY-----"},
      {Algorithm::kEs256, std::string(1 << 16, '\n') + kSec1},
  };
  for (const auto& [algorithm, pem] : kCases) {
    EXPECT_FALSE(SigningKey::FromPem(algorithm, pem).ok())
        << AlgorithmName(algorithm) << pem;
  }
}

TEST(SigningKeyTest, TakesAllPartsOfAnRsaKey) {
  const auto key = Forger().Signer(Algorithm::kPs512);
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->public_components().n, Forger().Modulus());
  EXPECT_EQ(key->public_components().e, Hex("010001"));
  EXPECT_TRUE(Forger()
                  .Verifier(Algorithm::kPs512)
                  .Verify("message", *key->Sign("message")));
}

TEST(SigningKeyTest, RefusesPartsThatDoNotFit) {
  const Pair one(Algorithm::kEs256);
  const PublicComponents numbers = one.signer.public_components();
  const std::string d(32, '\1');
  EXPECT_FALSE(SigningKey::FromEc(Algorithm::kEs256, AsBytes(numbers.x),
                                  AsBytes(numbers.y), AsBytes(d))
                   .ok());
  const Pair two(Algorithm::kEdDsa);
  EXPECT_FALSE(SigningKey::FromEd25519(
                   AsBytes(two.signer.public_components().x), AsBytes(d))
                   .ok());
  const std::string n = Forger().Modulus();
  const std::string e = Hex("010001");
  EXPECT_FALSE(
      SigningKey::FromRsa(Algorithm::kRs256,
                          {AsBytes(n), AsBytes(e), AsBytes(d), AsBytes(d),
                           AsBytes(d), AsBytes(d), AsBytes(d), AsBytes(d)})
          .ok());
  EXPECT_FALSE(
      SigningKey::FromRsa(Algorithm::kRs256,
                          {AsBytes(n), AsBytes(e), {}, {}, {}, {}, {}, {}})
          .ok());
}

}  // namespace
}  // namespace tollgate
