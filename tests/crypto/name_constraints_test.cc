#include "engine/crypto/name_constraints.h"

#include <string>
#include <string_view>
#include <vector>

#include "engine/crypto/der.h"
#include "engine/crypto/distinguished_name.h"
#include "engine/crypto/general_name.h"
#include "gtest/gtest.h"
#include "tools/mint/certificate_mint.h"

namespace tollgate {
namespace {

NameConstraints Constraints(const std::vector<std::string>& permitted,
                            const std::vector<std::string>& excluded) {
  const mint::Extension extension = mint::NameConstraints(permitted, excluded);
  NameConstraints constraints;
  EXPECT_TRUE(constraints.Read(DerReader(extension.value)));
  return constraints;
}

GeneralName Uri(std::string_view uri) {
  return {GeneralNameKind::kUri, std::string(uri), {}};
}

std::string OrganizationDer(std::string_view value) {
  return mint::NameOf({{mint::kOrganization, value}});
}

GeneralName Organization(std::string_view value) {
  return {GeneralNameKind::kDirectory, "",
          DistinguishedName::Parse(OrganizationDer(value)).value()};
}

TEST(NameConstraintsTest, AUriThatIsNonePassesNoConstraintOfUris) {
  const auto permitted = Constraints({mint::Uri("x.example")}, {});
  const auto excluded = Constraints({}, {mint::Uri("other.example")});
  const auto unrelated = Constraints({mint::Dns("x.example")}, {});
  EXPECT_TRUE(permitted.Permit(Uri("https://u@X.example:443/a?b#c")));
  EXPECT_TRUE(excluded.Permit(Uri("https://x.example/")));
  for (const std::string_view uri :
       {"https://evil\\@x.example/", "h://a@b@x.example/", "h://x.example:8a/",
        "h://x.example:80:80/", "h://x.example:65536/", "1http://x.example/",
        "://x.example/", "h://evil%zz@x.example/", "h://x.example/a|b",
        "h://x%2eexample/", "h://x.example./", "h://[::1]/", "h://192.0.2.1/",
        "urn:x.example", "h:x.example", "h:///x.example"}) {
    EXPECT_FALSE(permitted.Permit(Uri(uri))) << uri;
    EXPECT_FALSE(excluded.Permit(Uri(uri))) << uri;
    EXPECT_TRUE(unrelated.Permit(Uri(uri))) << uri;
  }
}

TEST(NameConstraintsTest, ANameThatMayBeTheExcludedOneIsExcluded) {
  const auto excluded =
      Constraints({}, {mint::Directory(OrganizationDer("Evil Corp"))});
  EXPECT_TRUE(excluded.Permit(Organization("Good Corp")));
  EXPECT_FALSE(excluded.Permit(Organization("EVIL  corp")));
  EXPECT_FALSE(excluded.Permit(Organization("Ev\xc2\xadil Corp")));
  EXPECT_FALSE(excluded.Permit(Organization("Evil\xc2\xa0\x43orp")));
}

TEST(NameConstraintsTest, ANameThatMayBeThePermittedOneIsNotPermitted) {
  const std::string base = mint::Directory(OrganizationDer("\xc3\x9cnicorp"));
  const GeneralName spelt = Organization("\xc3\xbcnicorp");
  EXPECT_FALSE(Constraints({base}, {}).Permit(spelt));
  EXPECT_TRUE(Constraints({base}, {}).Permit(Organization("\xc3\x9cnicorp")));
  // Another subtree permits it all the same.
  const std::string own = mint::Directory(OrganizationDer("\xc3\xbcnicorp"));
  EXPECT_TRUE(Constraints({base, own}, {}).Permit(spelt));
}

TEST(NameConstraintsTest, AMailboxThatIsNonePassesNoConstraintOfMailboxes) {
  const auto permitted = Constraints({mint::Email("x.example")}, {});
  for (const std::string_view email :
       {"ann", "a@b@x.example", "\"a\"@x.example", "h://u@x.example"}) {
    EXPECT_FALSE(
        permitted.Permit({GeneralNameKind::kEmail, std::string(email), {}}))
        << email;
  }
  EXPECT_TRUE(permitted.Permit({GeneralNameKind::kEmail, "a@X.example", {}}));
}

}  // namespace
}  // namespace tollgate
