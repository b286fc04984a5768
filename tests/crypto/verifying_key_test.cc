#include "engine/crypto/verifying_key.h"

#include <openssl/digest.h>
#include <openssl/rsa.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/escaping.h"
#include "engine/base/limits.h"
#include "engine/crypto/algorithm.h"
#include "engine/crypto/sha256.h"
#include "engine/crypto/signing_key.h"
#include "gtest/gtest.h"
#include "tests/crypto/key_pairs.h"
#include "tests/crypto/unprintable.h"
#include "tools/mint/certificate_mint.h"
#include "tools/mint/mint_key.h"

namespace tollgate {
namespace {

static_assert(!Streamable<VerifyingKey> && !Formattable<VerifyingKey>);

TEST(VerifyingKeyTest, VerifiesWhatItsTwinSigned) {
  for (const Algorithm algorithm : kAlgorithms) {
    const Pair pair(algorithm);
    EXPECT_EQ(pair.verifier.algorithm(), algorithm);
    for (const std::string& message :
         {std::string(), std::string("m"), std::string(500, 'm')}) {
      const auto signature = pair.signer.Sign(message);
      ASSERT_TRUE(signature.ok()) << AlgorithmName(algorithm);
      EXPECT_TRUE(pair.verifier.Verify(message, *signature))
          << AlgorithmName(algorithm) << " of " << message.size();
      EXPECT_FALSE(pair.verifier.Verify(message + "x", *signature));
    }
  }
}

TEST(VerifyingKeyTest, RefusesAnythingBesideTheSignature) {
  for (const Algorithm algorithm : kAlgorithms) {
    const Pair pair(algorithm);
    const std::string good = *pair.signer.Sign("message");
    ASSERT_TRUE(pair.verifier.Verify("message", good));
    for (const std::string& signature :
         {std::string(), good.substr(1), good.substr(0, good.size() - 1),
          good + '\0', '\0' + good, good + good, std::string(good.size(), '\0'),
          std::string(good.size(), '\xff')}) {
      EXPECT_FALSE(pair.verifier.Verify("message", signature))
          << AlgorithmName(algorithm) << absl::BytesToHexString(signature);
    }
    for (size_t i = 0; i < good.size(); i += 7) {
      std::string signature = good;
      signature[i] ^= 1;
      EXPECT_FALSE(pair.verifier.Verify("message", signature))
          << AlgorithmName(algorithm) << " byte " << i;
    }
  }
}

TEST(VerifyingKeyTest, VerifiesTheSameWhenPrepared) {
  for (const Algorithm algorithm : kAlgorithms) {
    Pair pair(algorithm);
    const std::string good = *pair.signer.Sign("message");
    EXPECT_FALSE(pair.verifier.prepared());
    pair.verifier.Prepare();
    pair.verifier.Prepare();
#if defined(__x86_64__) && defined(__AVX2__)
    EXPECT_EQ(pair.verifier.prepared(), algorithm == Algorithm::kEs256);
#endif
    EXPECT_TRUE(pair.verifier.Verify("message", good));
    EXPECT_FALSE(pair.verifier.Verify("messagE", good));
    for (const std::string& signature :
         {std::string(), good.substr(1), good + '\0', '\0' + good,
          std::string(good.size(), '\0'), std::string(good.size(), '\xff')}) {
      EXPECT_FALSE(pair.verifier.Verify("message", signature))
          << AlgorithmName(algorithm);
    }
    const VerifyingKey taken = std::move(pair.verifier);
    EXPECT_TRUE(taken.Verify("message", good));
    pair.verifier.Prepare();
    EXPECT_FALSE(pair.verifier.prepared());
    EXPECT_FALSE(pair.verifier.Verify("message", good));
  }
}

TEST(VerifyingKeyTest, VerifiesNothingOnceMovedAway) {
  for (const Algorithm algorithm : {Algorithm::kHs256, Algorithm::kEdDsa}) {
    Pair pair(algorithm);
    const std::string good = *pair.signer.Sign("message");
    const VerifyingKey taken = std::move(pair.verifier);
    EXPECT_TRUE(taken.Verify("message", good));
    EXPECT_FALSE(pair.verifier.Verify("message", good));
  }
}

// Known failure "empty HMAC key, short key"; RFC 7518 section 3.2.
TEST(VerifyingKeyTest, WantsASecretAsLongAsTheHash) {
  const struct {
    Algorithm algorithm;
    size_t least;
  } kCases[] = {{Algorithm::kHs256, 32},
                {Algorithm::kHs384, 48},
                {Algorithm::kHs512, 64}};
  for (const auto& [algorithm, least] : kCases) {
    for (const size_t size :
         {size_t{0}, size_t{1}, least - 1, limits::kHmacSecretBytesMax + 1}) {
      const std::string secret(size, 's');
      EXPECT_FALSE(
          VerifyingKey::FromHmacSecret(algorithm, AsBytes(secret)).ok())
          << AlgorithmName(algorithm) << " of " << size;
    }
    for (const size_t size : {least, limits::kHmacSecretBytesMax}) {
      const std::string secret(size, 's');
      EXPECT_TRUE(VerifyingKey::FromHmacSecret(algorithm, AsBytes(secret)).ok())
          << AlgorithmName(algorithm) << " of " << size;
    }
  }
}

// Known failure "HMAC with the public key (PEM/DER/JWK spellings)": nor by
// mistake of who configures it.
TEST(VerifyingKeyTest, AKeyThatMayBePublicIsNoSecret) {
  const std::string der = mint::MintKey::Ec().public_key();
  const std::string rsa = mint::MintKey::Rsa(2048).public_key();
  for (const std::string& secret : {
           der,
           rsa,
           // RSAPublicKey (RFC 8017 appendix A.1.1): what a BIT STRING holds in
           // the other form.
           rsa.substr(24),
           mint::Pem(der, "PUBLIC KEY"),
           "\n" + mint::Pem(rsa, "PUBLIC KEY"),
           mint::Pem(std::string(64, 'c'), "CERTIFICATE"),
           std::string(R"({"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"})"),
           std::string(R"( {"keys":[{"kty":"RSA","n":"AAAA","e":"AQAB"}]} )"),
       }) {
    EXPECT_FALSE(
        VerifyingKey::FromHmacSecret(Algorithm::kHs256, AsBytes(secret)).ok())
        << secret;
  }
  const std::string other = "{a secret that begins with a brace, of 40 bytes}";
  EXPECT_TRUE(
      VerifyingKey::FromHmacSecret(Algorithm::kHs256, AsBytes(other)).ok());
}

TEST(VerifyingKeyTest, EachKindRefusesTheAlgorithmsOfOthers) {
  const Pair ec(Algorithm::kEs256);
  const PublicComponents numbers = ec.signer.public_components();
  const std::string modulus = Forger().Modulus();
  const std::string secret(64, 's');
  for (const Algorithm algorithm : kAlgorithms) {
    const KeyKind kind = KeyKindOf(algorithm);
    EXPECT_EQ(VerifyingKey::FromHmacSecret(algorithm, AsBytes(secret)).ok(),
              kind == KeyKind::kHmac);
    EXPECT_EQ(VerifyingKey::FromRsa(algorithm, AsBytes(modulus),
                                    AsBytes(Hex("010001")))
                  .ok(),
              kind == KeyKind::kRsa);
    EXPECT_EQ(
        VerifyingKey::FromEc(algorithm, AsBytes(numbers.x), AsBytes(numbers.y))
            .ok(),
        kind == KeyKind::kP256);
  }
  EXPECT_FALSE(
      VerifyingKey::FromHmacSecret(Algorithm::kNone, AsBytes(secret)).ok());
}

// Known failure "invalid curve points, e=1, small RSA".
TEST(VerifyingKeyTest, RefusesWeakRsaKeys) {
  const std::string good = Forger().Modulus();
  std::string even = good;
  even.back() = '\x02';
  std::string big(1025, '\xff');
  const std::string small = Hex("7f") + std::string(255, '\xff');
  const struct {
    std::string_view what;
    std::string modulus;
    std::string exponent;
    bool ok;
  } kCases[] = {
      {"as usual", good, Hex("010001"), true},
      {"the least exponent", good, Hex("03"), true},
      {"the greatest exponent", good, Hex("01ffffffff"), true},
      {"the longest modulus", std::string(1024, '\xff'), Hex("010001"), true},
      {"e is 1", good, Hex("01"), false},
      {"e is 0", good, Hex("00"), false},
      {"e is even", good, Hex("010000"), false},
      {"no e", good, "", false},
      {"e of 34 bits", good, Hex("0200000001"), false},
      {"e of 41 bits", good, Hex("010000000001"), false},
      {"e with a zero octet", good, Hex("00010001"), false},
      {"1024 bits", std::string(128, '\xff'), Hex("010001"), false},
      {"2047 bits", small, Hex("010001"), false},
      {"8200 bits", big, Hex("010001"), false},
      {"even modulus", even, Hex("010001"), false},
      {"leading zero octet", '\0' + good, Hex("010001"), false},
      {"no modulus", "", Hex("010001"), false},
      {"zero", std::string(256, '\0'), Hex("010001"), false},
  };
  for (const auto& [what, modulus, exponent, ok] : kCases) {
    EXPECT_EQ(VerifyingKey::FromRsa(Algorithm::kRs256, AsBytes(modulus),
                                    AsBytes(exponent))
                  .ok(),
              ok)
        << what;
  }
}

// Known failure "ROCA": a modulus that is a power of 65537 (here the first)
// modulo every small prime.
TEST(VerifyingKeyTest, RefusesTheFormOfRoca) {
  const bssl::UniquePtr<BIGNUM> modulus(BN_new());
  BN_set_bit(modulus.get(), 1850);
  for (int prime = 2; prime <= 167; ++prime) {
    bool is_prime = true;
    for (int i = 2; i < prime; ++i) is_prime &= prime % i != 0;
    if (is_prime) BN_mul_word(modulus.get(), prime);
  }
  BN_add_word(modulus.get(), 1);
  std::string text(BN_num_bytes(modulus.get()), '\0');
  BN_bn2bin(modulus.get(), reinterpret_cast<uint8_t*>(&text[0]));
  const auto is_good = [](const std::string& modulus) {
    return VerifyingKey::FromRsa(Algorithm::kRs256, AsBytes(modulus),
                                 AsBytes(Hex("010001")))
        .ok();
  };
  EXPECT_GE(BN_num_bits(modulus.get()), 2048u);
  EXPECT_FALSE(is_good(text));
  text.back() ^= 2;  // anything else of that size
  EXPECT_TRUE(is_good(text));
}

TEST(VerifyingKeyTest, RefusesAPointThatIsNotOnTheCurve) {
  for (const Algorithm algorithm :
       {Algorithm::kEs256, Algorithm::kEs384, Algorithm::kEs512}) {
    const PublicComponents good =
        SigningKey::Generate(algorithm)->public_components();
    const size_t size = good.x.size();
    const std::string zero(size, '\0');
    std::string off = good.y;
    off.back() ^= 1;
    const struct {
      std::string_view what;
      std::string x;
      std::string y;
    } kCases[] = {
        {"off the curve", good.x, off},
        {"zero", zero, zero},
        {"beyond the field", std::string(size, '\xff'), good.y},
        {"x too short", good.x.substr(1), good.y},
        {"y too long", good.x, '\0' + good.y},
        {"no y", good.x, ""},
    };
    for (const auto& [what, x, y] : kCases) {
      EXPECT_FALSE(VerifyingKey::FromEc(algorithm, AsBytes(x), AsBytes(y)).ok())
          << AlgorithmName(algorithm) << " " << what;
    }
  }
}

// Known failures "psychic signature r=s=0" and "DER in place of r and s".
TEST(VerifyingKeyTest, WantsRAndSBelowTheOrderAndNotZero) {
  const Pair pair(Algorithm::kEs256);
  const std::string good = *pair.signer.Sign("message");
  const std::string r = good.substr(0, 32);
  const std::string s = good.substr(32);
  const std::string zero(32, '\0');
  const std::string order =
      Hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
  const std::string der = Hex("3044") + Hex("0220") + r + Hex("0220") + s;
  for (const std::string& signature :
       {zero + zero, zero + s, r + zero, order + s, r + order, order + order,
        der, der.substr(0, 64), s + r}) {
    EXPECT_FALSE(pair.verifier.Verify("message", signature))
        << absl::BytesToHexString(signature);
  }
}

// Known failure "PSS salt of another length".
TEST(VerifyingKeyTest, WantsASaltAsLongAsTheHash) {
  const VerifyingKey key = Forger().Verifier(Algorithm::kPs256);
  EXPECT_TRUE(key.Verify("message", Forger().SignPss("message", 32)));
  for (const int salt_bytes : {0, 20, 31, 33, 64, 222}) {
    EXPECT_FALSE(key.Verify("message", Forger().SignPss("message", salt_bytes)))
        << salt_bytes;
  }
  EXPECT_FALSE(
      key.Verify("message", Forger().SignPss("message", 32, EVP_sha1())));
}

// Of programs that are not of JOSE; it is not what Verify takes, nor another
// form of padding or hash.
TEST(VerifyingKeyTest, TakesASaltOfAnyLengthWhereThatIsAsked) {
  for (const Algorithm bound : {Algorithm::kPs256, Algorithm::kRs256}) {
    const VerifyingKey key = Forger().Verifier(bound);
    for (const int salt_bytes : {0, 20, 32, 64, 222}) {
      const std::string good = Forger().SignPss("message", salt_bytes);
      EXPECT_TRUE(key.VerifyPssOfAnySalt("message", good)) << salt_bytes;
      EXPECT_FALSE(key.VerifyPssOfAnySalt("massage", good));
      EXPECT_FALSE(key.VerifyPssOfAnySalt("message", good + "x"));
    }
    EXPECT_FALSE(key.VerifyPssOfAnySalt(
        "message", Forger().SignPss("message", 32, EVP_sha1())));
  }
  const Pair pkcs1(Algorithm::kRs256);
  EXPECT_FALSE(pkcs1.verifier.VerifyPssOfAnySalt(
      "message", *pkcs1.signer.Sign("message")));
  for (const Algorithm other : {Algorithm::kEs256, Algorithm::kEdDsa,
                                Algorithm::kHs256, Algorithm::kPs512}) {
    const Pair pair(other);
    EXPECT_FALSE(pair.verifier.VerifyPssOfAnySalt("message",
                                                  *pair.signer.Sign("message")))
        << AlgorithmName(other);
  }
}

// Known failure "RSA padding forgeries".
TEST(VerifyingKeyTest, WantsExactlyThePaddingOfPkcs1) {
  const VerifyingKey key = Forger().Verifier(Algorithm::kRs256);
  const Sha256Digest sha = Sha256("message");
  const std::string digest(sha.begin(), sha.end());
  const std::string prefix = Hex("3031300d060960864801650304020105000420");
  const auto padded = [](int ff, std::string_view rest) {
    std::string encoded = Hex("0001") + std::string(ff, '\xff') + '\0';
    encoded += rest;
    encoded.resize(256, 'x');
    return encoded;
  };
  const auto verifies = [&key](const std::string& encoded) {
    return key.Verify("message", Forger().SignRaw(encoded));
  };
  const std::string good = padded(202, prefix + digest);
  EXPECT_TRUE(verifies(good));
  // Without the NULL that the algorithm's parameters are.
  const std::string no_null =
      Hex("302f300b0609608648016503040201") + Hex("0420") + digest;
  EXPECT_FALSE(verifies(padded(204, no_null)));
  // Garbage behind a short padding, and in front of it.
  EXPECT_FALSE(verifies(padded(8, prefix + digest)));
  EXPECT_FALSE(verifies(padded(201, prefix + digest)));
  std::string type2 = good;
  type2[1] = 2;
  EXPECT_FALSE(verifies(type2));
  std::string hole = good;
  hole[100] = '\xfe';
  EXPECT_FALSE(verifies(hole));
  std::string no_end = good;
  no_end[204] = '\xff';
  EXPECT_FALSE(verifies(no_end));
  std::string other_hash = good;
  other_hash[219] ^= 1;
  EXPECT_FALSE(verifies(other_hash));
}

TEST(VerifyingKeyTest, RefusesASignatureThatIsNotReduced) {
  const VerifyingKey key = Forger().Verifier(Algorithm::kRs256);
  const std::string modulus = Forger().Modulus();
  EXPECT_FALSE(key.Verify("message", modulus));
  EXPECT_FALSE(key.Verify("message", std::string(256, '\xff')));
}

// RFC 8032 section 7.1, test 1.
TEST(VerifyingKeyTest, VerifiesTheVectorOfRfc8032) {
  const std::string d =
      Hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
  const std::string x =
      Hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  const std::string signature =
      Hex("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
          "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b");
  const auto signer = SigningKey::FromEd25519(AsBytes(x), AsBytes(d));
  ASSERT_TRUE(signer.ok()) << signer.status();
  EXPECT_EQ(*signer->Sign(""), signature);
  const auto key = VerifyingKey::FromEd25519(AsBytes(x));
  ASSERT_TRUE(key.ok());
  EXPECT_TRUE(key->Verify("", signature));
  // The same signature with the order of the group added to s.
  const std::string twin =
      signature.substr(0, 32) +
      Hex("4c8c7872aa064e049dbb3013fbf29380d25bf5f0595bbe24655141438e7a101b");
  EXPECT_FALSE(key->Verify("", twin));
}

TEST(VerifyingKeyTest, RefusesEd25519PointsThatVerifyTooMuch) {
  const std::string ff(30, '\xff');
  const std::string order8 =
      Hex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03");
  const std::string other8 =
      Hex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc");
  for (const std::string& x : {
           std::string(32, '\0'),                  // order 4
           std::string(31, '\0') + '\x80',         //
           '\1' + std::string(31, '\0'),           // order 1
           '\1' + std::string(30, '\0') + '\x80',  //
           '\xec' + ff + '\x7f',                   // order 2
           '\xec' + ff + '\xff',                   //
           order8 + '\x7a',
           order8 + '\xfa',  // order 8
           other8 + '\x05',
           other8 + '\x85',       //
           '\xed' + ff + '\x7f',  // 2^255 - 19: not canonical
           '\xee' + ff + '\xff',  //
           '\xff' + ff + '\x7f',  //
           std::string(),
           std::string(31, 'x'),
           std::string(33, 'x'),
       }) {
    EXPECT_FALSE(VerifyingKey::FromEd25519(AsBytes(x)).ok())
        << absl::BytesToHexString(x);
  }
  EXPECT_TRUE(VerifyingKey::FromEd25519(AsBytes('\xeb' + ff + '\x7f')).ok());
}

}  // namespace
}  // namespace tollgate
