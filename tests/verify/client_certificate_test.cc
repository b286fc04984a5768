// Client certificates against everything that can be wrong with one: each
// defect by itself, with the reason that names it.

#include "engine/verify/client_certificate.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/verify/minted_chains.h"
#include "tools/mint/client_chains.h"
#include "tools/mint/der_text.h"
#include "tools/mint/recipe_edits.h"

namespace tollgate {
namespace {

// A root of the recipe's name with a key of its own.
std::string MintOtherRoot(const Recipe& recipe) {
  const mint::MintKey key = mint::MintKey::Ec();
  return MintCertificate(recipe.root, key.public_key(), key);
}

TEST(ClientCertificateTest, AGoodChainSaysWhoseItIsAndUntilWhen) {
  VerifiedCertificate verified;
  const ClientChainFiles files = Mint(mint::GoodRecipe());
  EXPECT_EQ(Verify(files, PathOptions(), verified), Reason::kOk);
  EXPECT_EQ(verified.identity, "urn:client:one");
  EXPECT_EQ(verified.good_until.value, mint::kNotAfter + 1);
}

class DefectTest : public testing::TestWithParam<Defect> {};

TEST_P(DefectTest, IsRefusedForItsOwnReason) {
  const Defect& defect = GetParam();
  EXPECT_EQ(ReasonName(ReasonFor(Spoilt(defect))), defect.reason);
}

INSTANTIATE_TEST_SUITE_P(All, DefectTest, testing::ValuesIn(mint::Defects()),
                         [](const auto& test) {
                           return std::string(test.param.name);
                         });

// CVE-2022-21657: the usage must be there where it is asked for.
TEST(ClientCertificateTest, WithoutExtendedKeyUsageItDependsOnTheOption) {
  Recipe recipe = mint::GoodRecipe();
  std::erase_if(recipe.leaf.extensions,
                [](const auto& e) { return e.oid == "2.5.29.37"; });
  EXPECT_EQ(ReasonFor(recipe, Rfc5280()), Reason::kOk);
  EXPECT_EQ(ReasonFor(recipe, PathOptions()), Reason::kWrongUsage);
}

TEST(ClientCertificateTest, ValidityEndsWithItsLastSecond) {
  Recipe recipe = mint::GoodRecipe();
  recipe.leaf.not_after = mint::kGoodTime;
  EXPECT_EQ(ReasonFor(recipe), Reason::kOk);
  EXPECT_EQ(ReasonFor(recipe, Rfc5280(), {mint::kGoodTime + 1}),
            Reason::kCertificateExpired);
  recipe = mint::GoodRecipe();
  recipe.leaf.not_before = mint::kGoodTime;
  EXPECT_EQ(ReasonFor(recipe), Reason::kOk);
  EXPECT_EQ(ReasonFor(recipe, Rfc5280(), {mint::kGoodTime - 1}),
            Reason::kCertificateNotYetValid);
}

TEST(ClientCertificateTest, AProofEndsWithTheFirstThingThatEnds) {
  Recipe recipe = mint::GoodRecipe();
  recipe.intermediate.not_after = mint::kGoodTime + 50;
  VerifiedCertificate verified;
  EXPECT_EQ(Verify(Mint(recipe), Rfc5280(), verified), Reason::kOk);
  EXPECT_EQ(verified.good_until.value, mint::kGoodTime + 51);
  recipe.send_crls = true;
  recipe.root_crl.next_update = mint::kGoodTime + 10;
  EXPECT_EQ(Verify(Mint(recipe), Rfc5280(), verified), Reason::kOk);
  EXPECT_EQ(verified.good_until.value, mint::kGoodTime + 10);
}

TEST(ClientCertificateTest, StaleListsAreUsedWhereThatIsConfigured) {
  PathOptions options = Rfc5280();
  options.stale_crls_accepted = true;
  Recipe recipe = mint::GoodRecipe();
  recipe.send_crls = true;
  recipe.intermediate_crl.next_update = mint::kGoodTime;
  EXPECT_EQ(ReasonFor(recipe), Reason::kRevocationUnknown);
  EXPECT_EQ(ReasonFor(recipe, options), Reason::kOk);
  recipe.intermediate_crl.revoked = {{recipe.leaf.serial, {}}};
  EXPECT_EQ(ReasonFor(recipe, options), Reason::kCertificateRevoked);
}

// RFC 5280 section 5.2.5.
TEST(ClientCertificateTest, AListOfADistributionPointIsForItsCertificates) {
  Recipe recipe = mint::GoodRecipe();
  recipe.send_crls = true;
  recipe.intermediate_crl.extensions.push_back(mint::IssuingDistributionPoint(
      {.uri = "http://crl.example/1", .end_entities_only = true}));
  EXPECT_EQ(ReasonFor(recipe), Reason::kRevocationUnknown);
  recipe.leaf.extensions.push_back(
      mint::CrlDistributionPoint("http://crl.example/1"));
  EXPECT_EQ(ReasonFor(recipe), Reason::kOk);
}

// Sections 4.2.1.13 and 6.3.3 (b) and (d): a point with reasons, or with
// another issuer, is not that of a list without.
TEST(ClientCertificateTest, APointWithMoreThanANameIsOfAnotherList) {
  const std::string reasons = mint::Der(0x81, "\x06\x40");
  const std::string issuer = mint::Der(0xa2, mint::Directory(mint::Name("x")));
  for (const std::string& beside : {reasons, issuer}) {
    Recipe recipe = mint::GoodRecipe();
    recipe.send_crls = true;
    recipe.leaf.extensions.push_back(
        mint::CrlDistributionPoint("http://crl.example/1", beside));
    // A list of all certificates is one of this, too.
    EXPECT_EQ(ReasonFor(recipe), Reason::kOk);
    recipe.intermediate_crl.extensions.push_back(
        mint::IssuingDistributionPoint({.uri = "http://crl.example/1"}));
    EXPECT_EQ(ReasonFor(recipe), Reason::kRevocationUnknown);
  }
}

// Lists of kinds that are not used beside one that is.
TEST(ClientCertificateTest, WhomAnUnusedListNamesMayBeRevoked) {
  const mint::Extension kinds[] = {
      mint::DeltaIndicator(),
      mint::IssuingDistributionPoint({.some_reasons = true}),
      mint::IssuingDistributionPoint({.indirect = true}),
      mint::Unknown(true),
  };
  Recipe recipe = mint::GoodRecipe();
  recipe.send_crls = true;
  for (const mint::Extension& kind : kinds) {
    mint::CrlSpec unused = recipe.intermediate_crl;
    unused.extensions.push_back(kind);
    const auto reason = [&](const mint::MintKey& key) {
      ClientChainFiles files = Mint(recipe);
      files.crls.push_back(MintCrl(unused, key));
      VerifiedCertificate verified;
      return Verify(files, Rfc5280(), verified);
    };
    EXPECT_EQ(reason(recipe.intermediate_key), Reason::kOk) << kind.oid;
    unused.revoked = {{recipe.leaf.serial, {}}};
    EXPECT_EQ(reason(recipe.intermediate_key), Reason::kRevocationUnknown)
        << kind.oid;
    // Of somebody else.
    EXPECT_EQ(reason(mint::MintKey::Ec()), Reason::kOk) << kind.oid;
  }
}

// Version 1 has no extensions (section 5.1.2.1).
TEST(ClientCertificateTest, AListOfVersionOneHasNoExtensions) {
  const mint::MintKey key = mint::MintKey::Ec();
  mint::CrlSpec spec = {.version = 1, .issuer = mint::Name("ca")};
  EXPECT_TRUE(Crl::Parse(MintCrl(spec, key)).ok());
  spec.extensions.push_back(mint::CrlNumber(1));
  EXPECT_FALSE(Crl::Parse(MintCrl(spec, key)).ok());
  spec.version = 2;
  EXPECT_TRUE(Crl::Parse(MintCrl(spec, key)).ok());
}

TEST(ClientCertificateTest, AnotherPathIsTriedWhenOneFails) {
  Recipe recipe = mint::GoodRecipe();
  ClientChainFiles files = Mint(recipe);
  Recipe expired = recipe;
  expired.intermediate.not_after = mint::kGoodTime - 1;
  expired.intermediate.serial = "\x09";
  files.chain.insert(files.chain.begin() + 1, Mint(expired).chain[1]);
  VerifiedCertificate verified;
  EXPECT_EQ(Verify(files, Rfc5280(), verified), Reason::kOk);
}

// CVE-2024-0567, CVE-2018-16875 and their kind: a search has an end.
TEST(ClientCertificateTest, ManyIntermediatesOfOneNameAreNotTriedForEver) {
  Recipe recipe = mint::GoodRecipe();
  ClientChainFiles files = Mint(recipe);
  files.chain.resize(1);
  for (int i = 0; i < 9; ++i) {
    Recipe other = recipe;
    other.intermediate_key = mint::MintKey::Ec();
    other.intermediate.issuer = mint::Name("intermediate");
    other.intermediate.serial = std::string(1, static_cast<char>(0x10 + i));
    files.chain.push_back(Mint(other).chain[1]);
  }
  VerifiedCertificate verified;
  EXPECT_EQ(Verify(files, Rfc5280(), verified), Reason::kTooMuchWork);
}

TEST(ClientCertificateTest, ManyAnchorsOfOneNameAreNotTriedForEver) {
  Recipe recipe = mint::GoodRecipe();
  ClientChainFiles files = Mint(recipe);
  const std::string good = files.anchors.front();
  files.anchors.clear();
  for (int i = 0; i < 20; ++i) files.anchors.push_back(MintOtherRoot(recipe));
  files.anchors.push_back(good);
  VerifiedCertificate verified;
  EXPECT_EQ(Verify(files, Rfc5280(), verified), Reason::kBadSignature);
}

// Those that fail before a signature is looked at count as well: the good one
// behind them is not reached.
TEST(ClientCertificateTest, ManyExpiredAnchorsAreNotTriedForEver) {
  Recipe recipe = mint::GoodRecipe();
  ClientChainFiles files = Mint(recipe);
  const std::string good = files.anchors.front();
  recipe.root.not_after = mint::kGoodTime - 1;
  files.anchors.assign(3, MintOtherRoot(recipe));
  files.anchors.push_back(good);
  VerifiedCertificate verified;
  EXPECT_EQ(Verify(files, Rfc5280(), verified), Reason::kOk);
  files.anchors.clear();
  for (int i = 0; i < 40; ++i) files.anchors.push_back(MintOtherRoot(recipe));
  files.anchors.push_back(good);
  EXPECT_EQ(Verify(files, Rfc5280(), verified), Reason::kCertificateExpired);
}

// A common name that looks like a host is under the constraints of hosts, where
// the certificate has no DNS name that would be looked at in its place.
TEST(ClientCertificateTest, CommonNamesAreUnderTheConstraintsOfHosts) {
  Recipe recipe = mint::GoodRecipe({.dns = ""});
  recipe.leaf.subject = mint::Name("one.elsewhere.test");
  mint::Constrain(recipe, {mint::Dns("example.com")}, {});
  EXPECT_EQ(ReasonFor(recipe), Reason::kNameNotPermitted);
  recipe.leaf.subject = mint::Name("one.example.com");
  EXPECT_EQ(ReasonFor(recipe), Reason::kOk);
  recipe.leaf.subject = mint::Name("no host");
  EXPECT_EQ(ReasonFor(recipe), Reason::kOk);
  recipe = mint::GoodRecipe();
  recipe.leaf.subject = mint::Name("one.elsewhere.test");
  mint::Constrain(recipe, {mint::Dns("example.com")}, {});
  EXPECT_EQ(ReasonFor(recipe), Reason::kOk);
}

TEST(ClientCertificateTest,
     ACommonNameThatIdentifiesIsConstrainedBesideOthers) {
  // The good chain has a DNS name, one.example.com.
  Recipe recipe = mint::GoodRecipe();
  recipe.leaf.subject = mint::Name("one.elsewhere.test");
  EXPECT_EQ(ReasonFor(recipe, {IdentitySource::kCn}), Reason::kOk);
  Recipe permitted = recipe;
  mint::Constrain(permitted, {mint::Dns("example.com")}, {});
  EXPECT_EQ(ReasonFor(permitted, {IdentitySource::kCn}),
            Reason::kNameNotPermitted);
  Recipe excluded = recipe;
  mint::Constrain(excluded, {}, {mint::Dns("elsewhere.test")});
  EXPECT_EQ(ReasonFor(excluded, {IdentitySource::kCn}),
            Reason::kNameNotPermitted);
  permitted.leaf.subject = mint::Name("two.example.com");
  EXPECT_EQ(ReasonFor(permitted, {IdentitySource::kCn}), Reason::kOk);
  // Where another name identifies, it is not looked at.
  EXPECT_EQ(ReasonFor(excluded, {IdentitySource::kDnsSan, IdentitySource::kCn}),
            Reason::kOk);
}

TEST(ClientCertificateTest, WhereHostsAreConstrainedACommonNameIsAHost) {
  for (const std::string_view name :
       {"a.example.com.", "a.example.com:443", "*.example.com", "Ann Example",
        "ann@example.com", "example.com/a", "192.0.2.1"}) {
    for (const mint::Names& names :
         {mint::Names(), mint::Names{.uri = "", .dns = "", .email = ""}}) {
      Recipe recipe = mint::GoodRecipe(names);
      recipe.leaf.subject = mint::Name(name);
      EXPECT_EQ(ReasonFor(recipe, {IdentitySource::kCn}), Reason::kOk) << name;
      Recipe permitted = recipe;
      mint::Constrain(permitted, {mint::Dns("example.com")}, {});
      EXPECT_EQ(ReasonFor(permitted, {IdentitySource::kCn}),
                Reason::kNameNotPermitted)
          << name;
      Recipe excluded = recipe;
      mint::Constrain(excluded, {}, {mint::Dns("other.test")});
      EXPECT_EQ(ReasonFor(excluded, {IdentitySource::kCn}),
                Reason::kNameNotPermitted)
          << name;
      // Constraints of another kind have nothing to do with it.
      mint::Constrain(recipe, {}, {mint::Email("other.test")});
      EXPECT_EQ(ReasonFor(recipe, {IdentitySource::kCn}), Reason::kOk) << name;
    }
  }
}

// A common name that is spelt like an identity of another kind is under the
// constraints of that kind.
TEST(ClientCertificateTest, ACommonNameIsConstrainedAsWhatItIsSpeltLike) {
  const auto reason = [](std::string_view name, const std::string& permitted) {
    Recipe recipe =
        mint::GoodRecipe({.uri = "", .dns = "one.example.com", .email = ""});
    recipe.leaf.subject = mint::Name(name);
    mint::Constrain(recipe, {permitted}, {});
    return ReasonFor(recipe, {IdentitySource::kCn});
  };
  EXPECT_EQ(reason("ceo@victim.test", mint::Email("example.com")),
            Reason::kNameNotPermitted);
  EXPECT_EQ(reason("ann@example.com", mint::Email("example.com")), Reason::kOk);
  EXPECT_EQ(reason("Ann Example", mint::Email("example.com")), Reason::kOk);
  EXPECT_EQ(reason("https://victim.test/ceo", mint::Uri("example.com")),
            Reason::kNameNotPermitted);
  EXPECT_EQ(reason("https://example.com/a", mint::Uri("example.com")),
            Reason::kOk);
}

// RFC 5280 section 4.2.1.10, as far as spelling lets it be told.
TEST(ClientCertificateTest, AnotherSpellingDoesNotPassAnExcludedDirectory) {
  Recipe recipe = mint::GoodRecipe();
  mint::Constrain(recipe, {}, {mint::Directory(mint::Name("Evil Corp"))});
  EXPECT_EQ(ReasonFor(recipe), Reason::kOk);
  recipe.leaf.subject = mint::Name("Ev\xc2\xadil Corp");
  EXPECT_EQ(ReasonFor(recipe), Reason::kNameNotPermitted);
}

// CVE-2025-22874: a path for any purpose is under the policies all the same.
TEST(ClientCertificateTest, PoliciesAreProcessedForAnyPurpose) {
  PathOptions options = Rfc5280();
  options.purpose = PathPurpose::kAny;
  EXPECT_EQ(ReasonFor(mint::GoodRecipe(), options), Reason::kOk);
  for (const Defect& defect : mint::Defects()) {
    if (defect.name != "policy_required_and_missing") continue;
    EXPECT_EQ(ReasonFor(Spoilt(defect), options), Reason::kCertificatePolicy);
    return;
  }
  FAIL() << "no such defect";
}

// Names times constraints (CVE-2025-58187 and its kind).
TEST(ClientCertificateTest, TooManyNamesAreTooMuchWork) {
  Recipe recipe = mint::GoodRecipe();
  std::vector<std::string> names, constraints;
  for (int i = 0; i < 600; ++i) {
    names.push_back(mint::Dns("a" + std::to_string(i) + ".example.com"));
    constraints.push_back(mint::Dns("b" + std::to_string(i) + ".example.com"));
  }
  recipe.leaf.extensions.back() = mint::SubjectAltName(names);
  recipe.intermediate.extensions.push_back(
      mint::NameConstraints({}, constraints));
  EXPECT_EQ(ReasonFor(recipe), Reason::kTooMuchWork);
}

// Long names cost more than short ones.
TEST(ClientCertificateTest, WorkGrowsWithTheBytesOfNames) {
  for (const auto& [bytes, reason] :
       {std::pair(20, Reason::kOk), std::pair(1700, Reason::kTooMuchWork)}) {
    Recipe recipe = mint::GoodRecipe();
    std::vector<std::string> names, constraints;
    for (int i = 0; i < 32; ++i) {
      names.push_back(mint::Email(std::string(static_cast<size_t>(bytes), 'a') +
                                  std::to_string(i) + "@example.com"));
    }
    for (int i = 0; i < 1000; ++i) {
      constraints.push_back(mint::Email("b" + std::to_string(i) + "@a.test"));
    }
    recipe.leaf.extensions.back() = mint::SubjectAltName(names);
    recipe.intermediate.extensions.push_back(
        mint::NameConstraints({}, constraints));
    EXPECT_EQ(ReasonFor(recipe, {IdentitySource::kCn}), reason) << bytes;
  }
}

// Whoever makes names cost time is an authority, or its client.
TEST(ClientCertificateTest, NamesAreComparedWhenSignaturesAreGood) {
  Recipe recipe = mint::GoodRecipe();
  mint::Constrain(recipe, {mint::Dns("other.test")}, {});
  EXPECT_EQ(ReasonFor(recipe), Reason::kNameNotPermitted);
  recipe.intermediate.corrupt_signature = true;
  EXPECT_EQ(ReasonFor(recipe), Reason::kBadSignature);
}

TEST(ClientCertificateTest, NoChainAndTooLongOnesAreRefused) {
  ClientChainFiles files = Mint(mint::GoodRecipe());
  const std::string leaf = files.chain.front();
  VerifiedCertificate verified;
  files.chain.clear();
  EXPECT_EQ(Verify(files, Rfc5280(), verified), Reason::kMalformedCredential);
  files.chain.assign(11, leaf);
  EXPECT_EQ(Verify(files, Rfc5280(), verified), Reason::kTooMuchWork);
}

// SPIFFE: the bundle of that trust domain, and of no other.
TEST(ClientCertificateTest, ATrustDomainHasItsOwnAnchors) {
  Recipe recipe = mint::GoodRecipe({.uri = "spiffe://example.org/a"});
  const ClientChainFiles spiffe = Mint(recipe);
  const ClientChainFiles plain = Mint(mint::GoodRecipe());
  std::vector<TrustBundle> bundles;
  bundles.push_back({"example.org", ValidatorFor(spiffe, Rfc5280())});
  const CertificateVerifier verifier(ValidatorFor(plain, Rfc5280()),
                                     std::move(bundles),
                                     {IdentitySource::kUriSan});
  VerifiedCertificate verified;
  EXPECT_EQ(verifier.Verify(spiffe.chain, kNow, verified), Reason::kOk);
  EXPECT_EQ(verified.identity, "spiffe://example.org/a");
  EXPECT_EQ(verifier.Verify(plain.chain, kNow, verified), Reason::kOk);

  // Another authority's certificate for the domain, and the domain's authority
  // with a certificate for something else.
  Recipe forged = mint::GoodRecipe({.uri = "spiffe://example.org/a"});
  ClientChainFiles by_general = Mint(forged);
  std::vector<TrustBundle> own;
  own.push_back({"example.org", ValidatorFor(spiffe, Rfc5280())});
  const CertificateVerifier both(ValidatorFor(by_general, Rfc5280()),
                                 std::move(own), {IdentitySource::kUriSan});
  EXPECT_NE(both.Verify(by_general.chain, kNow, verified), Reason::kOk);
  recipe.leaf.extensions.back() = mint::SubjectAltName({mint::Dns("a.test")});
  EXPECT_NE(both.Verify(Mint(recipe).chain, kNow, verified), Reason::kOk);
}

// Nor have the general anchors a say about domains that have no bundle.
TEST(ClientCertificateTest, ATrustDomainWithoutABundleIsNobodys) {
  const ClientChainFiles files =
      Mint(mint::GoodRecipe({.uri = "spiffe://other.example/admin"}));
  for (const IdentitySource source :
       {IdentitySource::kUriSan, IdentitySource::kDnsSan}) {
    VerifiedCertificate verified;
    const CertificateVerifier without(ValidatorFor(files, Rfc5280()), {},
                                      {source});
    EXPECT_EQ(without.Verify(files.chain, kNow, verified), Reason::kOk);
    std::vector<TrustBundle> bundles;
    bundles.push_back({"example.org", ValidatorFor(files, Rfc5280())});
    const CertificateVerifier with(ValidatorFor(files, Rfc5280()),
                                   std::move(bundles), {source});
    EXPECT_EQ(with.Verify(files.chain, kNow, verified), Reason::kUnknownAnchor);
  }
}

}  // namespace
}  // namespace tollgate
