// Whose a certificate is, by which of its names.

#include "engine/verify/client_identity.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/verify/client_certificate.h"
#include "gtest/gtest.h"
#include "tests/verify/minted_chains.h"
#include "tools/mint/client_chains.h"
#include "tools/mint/der_text.h"
#include "tools/mint/recipe_edits.h"

namespace tollgate {
namespace {

TEST(ClientIdentityTest, KindsAreTakenInTheirOrderAndNoOthers) {
  const auto leaf = Certificate::Parse(Mint(mint::GoodRecipe()).chain.front());
  ASSERT_TRUE(leaf.ok()) << leaf.status();
  const auto name = [&](std::vector<IdentitySource> sources) {
    return IdentityOf(**leaf, sources).name;
  };
  EXPECT_EQ(name({IdentitySource::kDnsSan, IdentitySource::kUriSan}),
            "one.example.com");
  EXPECT_EQ(name({IdentitySource::kEmailSan}), "one@example.com");
  EXPECT_EQ(name({IdentitySource::kCn}), "client one");
  EXPECT_EQ(name({}), "");
}

// CVE-2022-21656: a name of one kind is not one of another.
TEST(ClientIdentityTest, TheCommonNameIsNoIdentityUnlessAskedFor) {
  const auto leaf = Certificate::Parse(
      Mint(mint::GoodRecipe({.uri = "", .dns = "", .email = ""}))
          .chain.front());
  ASSERT_TRUE(leaf.ok()) << leaf.status();
  EXPECT_EQ(IdentityOf(**leaf, kAllSans).outcome,
            ClientIdentity::Outcome::kAbsent);
}

// A name is spelt as its kind says, and so as no name of another kind.
TEST(ClientIdentityTest, ANameThatIsNoneOfItsKindIsRefused) {
  struct Row {
    IdentitySource source;
    std::string name;  // GeneralName
  };
  using Source = IdentitySource;
  const std::string long_label(64, 'a');
  for (const auto& [source, name] : {
           Row{Source::kDnsSan, mint::Dns("spiffe://td.example/w")},
           Row{Source::kDnsSan, mint::Dns("ann@corp.example")},
           Row{Source::kDnsSan, mint::Dns("urn:a")},
           Row{Source::kDnsSan, mint::Dns("*.corp.example")},
           Row{Source::kDnsSan, mint::Dns("corp.*.example")},
           Row{Source::kDnsSan, mint::Dns("corp.example.")},
           Row{Source::kDnsSan, mint::Dns("corp..example")},
           Row{Source::kDnsSan, mint::Dns("corp.example:443")},
           Row{Source::kDnsSan, mint::Dns("192.0.2.1")},
           Row{Source::kDnsSan, mint::Dns(long_label + ".example")},
           Row{Source::kEmailSan, mint::Email("spiffe://td.example/w")},
           Row{Source::kEmailSan, mint::Email("spiffe://w@td.example")},
           Row{Source::kEmailSan, mint::Email("ann.example")},
           Row{Source::kEmailSan, mint::Email("a@b@corp.example")},
           Row{Source::kEmailSan, mint::Email("\"a\"@corp.example")},
           Row{Source::kEmailSan, mint::Email("ann@*.example")},
           Row{Source::kUriSan, mint::Uri("ann@corp.example")},
           Row{Source::kUriSan, mint::Uri("corp.example")},
           Row{Source::kUriSan, mint::Uri("//td.example/w")},
           Row{Source::kUriSan, mint::Uri("https://a\\@corp.example/")},
           Row{Source::kUriSan, mint::Uri("1http://corp.example/")},
       }) {
    Recipe recipe = mint::GoodRecipe();
    mint::NameLeaf(recipe, {name});
    EXPECT_EQ(ReasonFor(recipe, {source}), Reason::kIdentityNotAccepted)
        << name;
    // Nor does it let a name of the next kind be taken.
    mint::NameLeaf(recipe, {name, mint::Dns("a.test"), mint::Email("a@b.test"),
                            mint::Uri("urn:a")});
    EXPECT_EQ(ReasonFor(recipe, {source, Source::kUriSan, Source::kDnsSan,
                                 Source::kEmailSan}),
              Reason::kIdentityNotAccepted)
        << name;
  }
}

// X509-SVID section 2: a trust domain's anchors vouch for its SPIFFE IDs only.
TEST(ClientIdentityTest, WhereATrustDomainVouchesItsSpiffeIdIsTheIdentity) {
  using Source = IdentitySource;
  Recipe recipe = mint::GoodRecipe({.uri = "spiffe://td.example/w"});
  recipe.leaf.subject = mint::Name("admin");
  const ClientChainFiles files = Mint(recipe);
  const auto identity = [&](std::vector<Source> sources, bool has_bundle) {
    std::vector<TrustBundle> bundles;
    if (has_bundle) {
      bundles.push_back({"td.example", ValidatorFor(files, Rfc5280())});
    }
    const CertificateVerifier verifier(ValidatorFor(files, Rfc5280()),
                                       std::move(bundles), std::move(sources));
    VerifiedCertificate verified;
    EXPECT_EQ(verifier.Verify(files.chain, kNow, verified), Reason::kOk);
    return verified.identity;
  };
  for (const Source other : {Source::kDnsSan, Source::kEmailSan, Source::kCn}) {
    EXPECT_EQ(identity({other, Source::kUriSan}, true),
              "spiffe://td.example/w");
    EXPECT_EQ(identity({other}, true), "");
    EXPECT_NE(identity({other}, false), "");
  }
  EXPECT_EQ(identity({}, true), "");
}

TEST(ClientIdentityTest, ACommonNameHasNothingThatIsNotSeen) {
  for (const std::string_view name :
       {"ann\xc2\x85", "ann\xe2\x80\xa8",
        "\xe2\x80\xae"
        "ann",
        "an\xe2\x80\x8bn", " ann", "ann ", " ", "ann\xc2\xa0", "a\tb"}) {
    Recipe recipe = mint::GoodRecipe();
    recipe.leaf.subject = mint::Name(name);
    EXPECT_EQ(ReasonFor(recipe, {IdentitySource::kCn}),
              Reason::kIdentityNotAccepted)
        << name;
  }
  Recipe recipe = mint::GoodRecipe();
  recipe.leaf.subject = mint::Name("Zo\xc3\xab van Dijk");
  EXPECT_EQ(ReasonFor(recipe, {IdentitySource::kCn}), Reason::kOk);
}

TEST(ClientIdentityTest, ACommonNameIsNoSpiffeId) {
  for (const std::string_view name :
       {"spiffe://td.example/w", "SPIFFE://td.example/w", "spiffe:w"}) {
    Recipe recipe = mint::GoodRecipe();
    recipe.leaf.subject = mint::Name(name);
    EXPECT_EQ(ReasonFor(recipe, {IdentitySource::kCn}),
              Reason::kIdentityNotAccepted)
        << name;
  }
}

TEST(ClientIdentityTest, NamesThatDoNotFitAreRefused) {
  mint::Names names;
  names.uri = "urn:" + std::string(252, 'x');
  const auto leaf =
      Certificate::Parse(Mint(mint::GoodRecipe(names)).chain.front());
  ASSERT_TRUE(leaf.ok()) << leaf.status();
  EXPECT_EQ(IdentityOf(**leaf, kAllSans).outcome,
            ClientIdentity::Outcome::kRefused);
}

}  // namespace
}  // namespace tollgate
