#include "engine/lookup/jwks.h"

#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "engine/base/limits.h"
#include "gtest/gtest.h"
#include "tests/lookup/test_jwks.h"

namespace tollgate {
namespace {

constexpr char kOtherOct[] =
    "\"kty\":\"oct\",\"k\":\"MDIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI\"";

std::string SetOf(const Texts& keys) {
  return absl::StrCat("{\"keys\":[", absl::StrJoin(keys, ","), "]}");
}

absl::StatusOr<KeySet> Parse(const Texts& keys,
                             const JwksOptions& options = {}) {
  return KeySet::ParseSet(SetOf(keys), options);
}

// The algorithm that one JWK is bound to, kNone if it is refused: alone, and
// in a set, where it is left out.
Algorithm Bound(const std::string& jwk, const JwksOptions& options = {}) {
  const auto alone = KeySet::ParseKey(jwk, options);
  const auto set = Parse({jwk}, options);
  EXPECT_TRUE(set.ok()) << jwk << set.status();
  if (!set.ok()) return Algorithm::kNone;
  EXPECT_EQ(alone.ok(), !set->entries().empty()) << jwk << alone.status();
  EXPECT_EQ(alone.ok(), set->skipped().empty()) << jwk;
  return alone.ok() ? alone->entries().front().key.algorithm()
                    : Algorithm::kNone;
}

TEST(KeySetTest, ReadsKeysThatVerify) {
  const auto set =
      Parse({Ec().Jwk("\"kid\":\"ec\""), Ed().Jwk("\"kid\":\"ed\""),
             Rsa().Jwk("\"kid\":\"rsa\",\"use\":\"sig\"")});
  ASSERT_TRUE(set.ok()) << set.status();
  ASSERT_EQ(set->entries().size(), 3);
  EXPECT_TRUE(set->skipped().empty());
  const struct {
    std::string_view kid;
    const TestKey& key;
  } kCases[] = {{"ec", Ec()}, {"ed", Ed()}, {"rsa", Rsa()}};
  for (const auto& [kid, key] : kCases) {
    const auto* entry = set->Find(kid, true, key.signer.algorithm());
    ASSERT_NE(entry, nullptr) << kid;
    EXPECT_TRUE(entry->key.Verify("message", *key.signer.Sign("message")));
  }
}

// As many of a set as are to be quick at most.
TEST(KeySetTest, PreparesTheFirstKeysIfItIsAskedTo) {
  std::vector<std::string> jwks;
  for (size_t i = 0; i < limits::kPreparedKeysMax + 2; ++i) {
    jwks.push_back(
        TestKey(Algorithm::kEs256)
            .Jwk(absl::StrCat("\"alg\":\"ES256\",\"kid\":\"", i, "\"")));
  }
  const std::string set =
      absl::StrCat("{\"keys\":[", absl::StrJoin(jwks, ","), "]}");
  const auto plain = KeySet::ParseSet(set, {});
  auto prepared = KeySet::ParseSet(set, {});
  ASSERT_TRUE(plain.ok() && prepared.ok());
  prepared->Prepare();
  KeySet().Prepare();
  ASSERT_EQ(prepared->entries().size(), jwks.size());
  for (size_t i = 0; i < jwks.size(); ++i) {
    EXPECT_FALSE(plain->entries()[i].key.prepared());
#if defined(__x86_64__) && defined(__AVX2__)
    EXPECT_EQ(prepared->entries()[i].key.prepared(),
              i < limits::kPreparedKeysMax)
        << i;
#endif
  }
}

TEST(KeySetTest, AKeyIsBoundToItsAlg) {
  const struct {
    std::string_view alg;
    const TestKey& key;
    Algorithm bound;
  } kCases[] = {
      {"RS256", Rsa(), Algorithm::kRs256},
      {"PS512", Rsa(), Algorithm::kPs512},
      {"ES256", Ec(), Algorithm::kEs256},
      {"EdDSA", Ed(), Algorithm::kEdDsa},
      {"Ed25519", Ed(), Algorithm::kEdDsa},
      // Another kind of key, another curve, no signature, none, unknown.
      {"HS256", Rsa(), Algorithm::kNone},
      {"ES256", Rsa(), Algorithm::kNone},
      {"ES384", Ec(), Algorithm::kNone},
      {"RS256", Ec(), Algorithm::kNone},
      {"ES256", Ed(), Algorithm::kNone},
      {"RSA-OAEP", Rsa(), Algorithm::kNone},
      {"none", Ec(), Algorithm::kNone},
      {"", Ec(), Algorithm::kNone},
      {"ES521", Ec(), Algorithm::kNone},
      {"es256", Ec(), Algorithm::kNone},
  };
  for (const auto& [alg, key, bound] : kCases) {
    EXPECT_EQ(Bound(key.Jwk(absl::StrCat("\"alg\":\"", alg, "\""))), bound)
        << alg << " of " << key.members;
  }
  // Nor by having the members of several kinds: kty says which counts.
  std::string all = absl::StrCat(Ec().members, ",", kOct, ",", Rsa().members);
  all = absl::StrReplaceAll(
      all, {{"\"kty\":\"oct\",", ""}, {"\"kty\":\"RSA\",", ""}});
  const JwksOptions options = {.symmetric = true};
  EXPECT_EQ(Bound("{" + all + "}", options), Algorithm::kEs256);
  for (std::string_view alg : {"HS256", "RS256"}) {
    EXPECT_EQ(Bound(absl::StrCat("{\"alg\":\"", alg, "\",", all, "}"), options),
              Algorithm::kNone)
        << alg;
  }
}

TEST(KeySetTest, AKeyWithoutAlgIsBoundByTheOptions) {
  using A = Algorithm;
  const struct {
    const TestKey& key;
    std::vector<Algorithm> algorithms;
    Algorithm unbound;
    Algorithm bound;
  } kCases[] = {
      {Rsa(), {}, A::kNone, A::kRs256},
      {Ec(), {}, A::kNone, A::kEs256},
      {Ed(), {}, A::kNone, A::kEdDsa},
      {Rsa(), {A::kEs256, A::kPs384}, A::kNone, A::kPs384},
      {Rsa(), {A::kPs384, A::kPs384}, A::kNone, A::kPs384},
      {Rsa(), {A::kRs256, A::kPs384}, A::kNone, A::kNone},  // which?
      {Rsa(), {A::kEs256}, A::kNone, A::kNone},
      {Rsa(), {}, A::kPs512, A::kPs512},
      {Rsa(), {}, A::kHs256, A::kRs256},  // never another kind
      {Rsa(), {A::kRs256}, A::kPs512, A::kNone},
  };
  for (const auto& [key, algorithms, unbound, bound] : kCases) {
    EXPECT_EQ(Bound(key.Jwk(), {.algorithms = algorithms, .unbound = unbound}),
              bound)
        << key.members << " by " << algorithms.size();
  }
}

TEST(KeySetTest, OnlyAllowedAlgorithmsComeIn) {
  const JwksOptions options = {.algorithms = {Algorithm::kEs256}};
  EXPECT_EQ(Bound(Ec().Jwk("\"alg\":\"ES256\""), options), Algorithm::kEs256);
  EXPECT_EQ(Bound(Ed().Jwk("\"alg\":\"EdDSA\""), options), Algorithm::kNone);
  EXPECT_EQ(Bound(Rsa().Jwk("\"alg\":\"RS256\""), options), Algorithm::kNone);
}

// Known failure "HMAC with the public key".
TEST(KeySetTest, SecretsComeInOnlyWhereTheyAreAllowed) {
  const std::string jwk = absl::StrCat("{", kOct, "}");
  EXPECT_EQ(Bound(jwk), Algorithm::kNone);
  EXPECT_EQ(Bound(jwk, {.symmetric = true}), Algorithm::kHs256);
  EXPECT_EQ(Bound(absl::StrCat("{\"alg\":\"HS512\",", kOct, "}"),
                  {.symmetric = true}),
            Algorithm::kNone);  // too short
  // Not beside public keys, whose readers would know them.
  EXPECT_FALSE(Parse({jwk, Ec().Jwk()}, {.symmetric = true}).ok());
  EXPECT_TRUE(Parse({jwk, Ec().Jwk()}).ok());
}

TEST(KeySetTest, LeavesOutWhatIsNotForVerifying) {
  const struct {
    std::string_view members;
    bool ok;
  } kCases[] = {
      {R"("use":"sig")", true},
      {R"("use":"enc")", false},
      {R"("use":"Sig")", false},
      {R"("use":"")", false},
      {R"("use":1)", false},
      {R"("key_ops":["verify"])", true},
      {R"("key_ops":["sign","verify"])", true},
      {R"("key_ops":["sign"])", false},
      {R"("key_ops":[])", false},
      {R"("key_ops":["verify","verify"])", false},
      {R"("key_ops":["verify",1])", false},
      {R"("key_ops":"verify")", false},
      {R"("use":"enc","key_ops":["verify"])", false},
      {R"("alg":1)", false},
      {R"("alg":null)", false},
      {R"("kid":1)", false},
      {R"("kid":null)", false},
      {R"("kid":"")", false},
      {R"("x5c":["MIIB"],"x5u":"https://a.example/","x5t":"AA")", true},
      {R"("ext":true,"iat":1,"more":{"x":[]})", true},
  };
  for (const auto& [members, ok] : kCases) {
    EXPECT_EQ(Bound(Ec().Jwk(members)) == Algorithm::kEs256, ok) << members;
  }
  const auto with_kid = [](size_t size) {
    return Ec().Jwk(absl::StrCat("\"kid\":\"", std::string(size, 'k'), "\""));
  };
  EXPECT_EQ(Bound(with_kid(limits::kKidBytesMax)), Algorithm::kEs256);
  EXPECT_EQ(Bound(with_kid(limits::kKidBytesMax + 1)), Algorithm::kNone);
}

TEST(KeySetTest, LeavesOutMalformedAndUnknownKeys) {
  for (const std::string& jwk : Texts{
           "{}",
           "1",
           "[]",
           "null",
           R"({"kty":1})",
           R"({"kty":"DH"})",
           R"({"kty":"rsa"})",
           R"({"kty":"EC"})",
           R"({"kty":"EC","crv":"P-256"})",
           R"({"kty":"EC","crv":"P-256","x":"AA","y":"AA"})",
           R"({"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"})",
           R"({"kty":"EC","crv":"Ed25519","x":"AA","y":"AA"})",
           R"({"kty":"OKP","crv":"Ed448","x":"AA"})",
           R"({"kty":"OKP","crv":"X25519","x":"AA"})",
           R"({"kty":"OKP","crv":"Ed25519","x":1})",
           R"({"kty":"OKP","crv":"Ed25519"})",
           R"({"kty":"RSA","n":"AQ","e":"AQAB"})",
           R"({"kty":"RSA","e":"AQAB"})",
           R"({"kty":"RSA","n":"====","e":"AQAB"})",
       }) {
    EXPECT_EQ(Bound(jwk), Algorithm::kNone) << jwk;
    // And the good key beside it counts.
    const auto set = Parse({jwk, Ec().Jwk("\"kid\":\"good\"")});
    ASSERT_TRUE(set.ok()) << jwk << set.status();
    EXPECT_TRUE(set->HasKid("good")) << jwk;
    EXPECT_EQ(set->entries().size(), 1);
  }
}

TEST(KeySetTest, RefusesAWholeSetThatIsNotOne) {
  const std::string good = Ec().Jwk();
  for (const std::string& json : Texts{
           "",
           "{}",
           "[]",
           "null",
           good,
           R"({"keys":{}})",
           R"({"keys":null})",
           R"({"keys":[])",
           R"({"keys":[]}x)",
           R"({"keys":[],"keys":[]})",
           R"({"Keys":[]})",
           SetOf({Ec().Jwk(R"("use":"sig","use":"sig")")}),
           SetOf({good, R"({"kty":"EC","a":{"b":1,"b":2}})"}),
           SetOf({good, R"({"a":[[[[[[[1]]]]]]]})"}),
           SetOf(Texts(limits::kJwksKeysMax + 1, "{}")),
           SetOf({good}) + std::string(limits::kJwksBytesMax, ' '),
       }) {
    EXPECT_FALSE(KeySet::ParseSet(json, {}).ok()) << json.substr(0, 200);
  }
  EXPECT_TRUE(Parse(Texts(limits::kJwksKeysMax, "{}")).ok());
  EXPECT_TRUE(KeySet::ParseSet(R"({"keys":[],"more":1})", {}).ok());
}

TEST(KeySetTest, APrivateMemberRefusesTheSet) {
  for (std::string_view name : {"d", "p", "q", "dp", "dq", "qi", "oth"}) {
    for (const TestKey* key : {&Ec(), &Ed(), &Rsa()}) {
      // Whatever its value, and however the entry is for something else.
      for (std::string_view more : {":\"AA\"", ":null", ":1,\"use\":\"enc\""}) {
        const std::string jwk = key->Jwk(absl::StrCat("\"", name, "\"", more));
        const auto set = Parse({OtherEc().Jwk(), jwk});
        ASSERT_FALSE(set.ok()) << jwk;
        EXPECT_TRUE(absl::StrContains(set.status().message(),
                                      absl::StrCat("keys[1].", name, ": ")))
            << set.status();
        EXPECT_FALSE(KeySet::ParseKey(jwk, {}).ok()) << jwk;
      }
      const std::string jwk = key->Jwk(absl::StrCat("\"", name, "\":\"AA\""));
      EXPECT_TRUE(KeySet::ParseKey(jwk, {.allow_private = true}).ok()) << jwk;
    }
  }
}

TEST(KeySetTest, OneKidIsOneKeyOfAnAlgorithm) {
  const std::string same = R"("kid":"same")";
  // Two keys: refused. One of them malformed: it was meant to be there.
  EXPECT_FALSE(Parse({Ec().Jwk(same), OtherEc().Jwk(same)}).ok());
  const std::string malformed = R"({"kid":"same","kty":"EC","crv":"P-256"})";
  EXPECT_FALSE(Parse({Ec().Jwk(same), malformed}).ok());
  EXPECT_FALSE(Parse({malformed, Ec().Jwk(same)}).ok());
  EXPECT_FALSE(Parse({absl::StrCat("{", same, ",", kOct, "}"),
                      absl::StrCat("{", same, ",", kOtherOct, "}")},
                     {.symmetric = true})
                   .ok());
  // The same key twice: one entry.
  const auto twice = Parse({Ec().Jwk(same), Ec().Jwk(same + ",\"x5t\":\"A\"")});
  ASSERT_TRUE(twice.ok()) << twice.status();
  EXPECT_EQ(twice->entries().size(), 1);
  // Keys of two algorithms: both.
  const auto both = Parse({Ec().Jwk(same), Ed().Jwk(same)});
  ASSERT_TRUE(both.ok()) << both.status();
  EXPECT_NE(both->Find("same", true, Algorithm::kEs256), nullptr);
  EXPECT_NE(both->Find("same", true, Algorithm::kEdDsa), nullptr);
  // Another use: not for us.
  EXPECT_TRUE(
      Parse({Ec().Jwk(same), OtherEc().Jwk(same + R"(,"use":"enc")")}).ok());
}

// Known failure "kid into path, SQL, other key".
TEST(KeySetTest, FindsExactlyTheKidAndAlgorithm) {
  const auto set =
      Parse({Ec().Jwk(R"("kid":"a\u0000b")"),
             OtherEc().Jwk(R"("kid":"../../etc/passwd")"), Ed().Jwk()});
  ASSERT_TRUE(set.ok()) << set.status();
  const std::string nul("a\0b", 3);
  EXPECT_EQ(set->Find(nul, true, Algorithm::kEs256), &set->entries()[0]);
  EXPECT_EQ(set->Find("../../etc/passwd", true, Algorithm::kEs256),
            &set->entries()[1]);
  for (std::string_view kid :
       {"", "a", "a\\u0000b", "A", "../../etc/passw", "/etc/passwd",
        "../../etc/passwd ", "' OR 1=1", "*"}) {
    EXPECT_EQ(set->Find(kid, true, Algorithm::kEs256), nullptr) << kid;
    EXPECT_EQ(set->Find(kid, true, Algorithm::kEdDsa), nullptr) << kid;
    EXPECT_FALSE(set->HasKid(kid)) << kid;
  }
  for (const Algorithm algorithm :
       {Algorithm::kNone, Algorithm::kEs384, Algorithm::kHs256}) {
    EXPECT_EQ(set->Find(nul, true, algorithm), nullptr);
  }
  EXPECT_TRUE(set->HasKid(nul));
}

TEST(KeySetTest, WithoutAKidTheOnlyKeyOfTheAlgorithmIsMeant) {
  const auto set =
      Parse({Ec().Jwk("\"kid\":\"1\""), OtherEc().Jwk(), Ed().Jwk()});
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_EQ(set->Find("", false, Algorithm::kEs256), nullptr);
  EXPECT_EQ(set->Find("", false, Algorithm::kEdDsa), &set->entries()[2]);
  EXPECT_EQ(set->Find("", false, Algorithm::kRs256), nullptr);
  EXPECT_EQ(set->Find("", false, Algorithm::kNone), nullptr);
  const auto several = Parse({Ec().Jwk(), OtherEc().Jwk()});
  ASSERT_TRUE(several.ok()) << several.status();
  EXPECT_EQ(several->Find("", false, Algorithm::kEs256), nullptr);
  const KeySet none;
  EXPECT_EQ(none.Find("", false, Algorithm::kEs256), nullptr);
}

TEST(KeySetTest, ErrorsSayWhereAndQuoteNoValue) {
  const std::string secret = "c2VjcmV0c2VjcmV0";
  const auto set = Parse(
      {absl::StrCat(R"({"kid":"s3cret","kty":"oct","k":")", secret, "\"}"),
       R"({"kid":"s3cret","kty":"RSA","n":"c2VjcmV0","e":"AQAB"})",
       R"({"kty":"OKP","crv":"Ed25519","x":"c2VjcmV0!"})"},
      {.symmetric = true});
  ASSERT_TRUE(set.ok()) << set.status();
  ASSERT_EQ(set->skipped().size(), 3);
  for (size_t i = 0; i < 3; ++i) {
    const std::string& line = set->skipped()[i];
    EXPECT_TRUE(absl::StartsWith(line, absl::StrCat("keys[", i, "]"))) << line;
    EXPECT_FALSE(absl::StrContains(line, "c2VjcmV0")) << line;
    EXPECT_FALSE(absl::StrContains(line, "s3cret")) << line;
    EXPECT_FALSE(absl::StrContains(line, '\n')) << line;
  }
}

}  // namespace
}  // namespace tollgate
