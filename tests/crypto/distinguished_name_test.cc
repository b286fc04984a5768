#include "engine/crypto/distinguished_name.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "tools/mint/certificate_mint.h"
#include "tools/mint/der_text.h"

namespace tollgate {
namespace {

using mint::Attribute;
using mint::Der;
using mint::DerOid;
using mint::kCommonName;
using mint::kOrganization;

constexpr uint8_t kTeletexString = 0x14;
constexpr uint8_t kGraphicString = 0x19;
constexpr uint8_t kBmpString = 0x1e;
constexpr uint8_t kSequence = 0x30;

DistinguishedName Parsed(const std::string& der) {
  auto name = DistinguishedName::Parse(der);
  EXPECT_TRUE(name.has_value());
  return name.value_or(DistinguishedName());
}

DistinguishedName NameOf(const std::vector<Attribute>& attributes) {
  return Parsed(mint::NameOf(attributes));
}

DistinguishedName Organization(std::string_view value,
                               uint8_t tag = mint::kUtf8String) {
  return NameOf({{kOrganization, value, tag}});
}

// A name of one relative name, with these attributes in this order.
DistinguishedName Together(const std::vector<Attribute>& attributes) {
  std::string set;
  for (const Attribute& attribute : attributes) {
    set +=
        Der(0x30, DerOid(attribute.oid) + Der(attribute.tag, attribute.value));
  }
  return Parsed(Der(0x30, Der(0x31, set)));
}

NameLikeness Likeness(const DistinguishedName& name,
                      const DistinguishedName& base) {
  const NameLikeness likeness = name.CompareBeginning(base);
  const bool same = likeness == NameLikeness::kSame;
  EXPECT_TRUE(same || !(name == base));
  return likeness;
}

TEST(DistinguishedNameTest, CaseOfAsciiSpaceAndStringTypeDoNotCount) {
  const auto base = Organization("Evil Corp");
  for (const auto& name :
       {Organization("Evil Corp"), Organization(" EVIL \t corp "),
        Organization("evil corp", mint::kPrintableString),
        Organization({"\0E\0v\0i\0l\0 \0C\0o\0r\0p", 18}, kBmpString)}) {
    EXPECT_EQ(Likeness(name, base), NameLikeness::kSame);
    EXPECT_TRUE(name == base);
  }
  EXPECT_EQ(Likeness(Organization("\xc3\x9cnicorp"),
                     Organization("\xdcnicorp", kTeletexString)),
            NameLikeness::kSame);
}

TEST(DistinguishedNameTest, OtherPrintableTextDiffers) {
  const auto base = Organization("Evil Corp");
  for (const std::string_view other :
       {"", "Evil", "EvilCorp", "Evil Corp.", "Evil-Corp", "Evil Corp ~"}) {
    EXPECT_EQ(Likeness(Organization(other), base), NameLikeness::kDifferent)
        << other;
  }
}

// RFC 4518 may make them equal, on either side.
TEST(DistinguishedNameTest, TextOutsidePrintableAsciiThatDiffersIsUnsure) {
  const auto base = Organization("Evil Corp");
  for (const std::string_view other : {
           "Ev\xc2\xadil Corp",              // a soft hyphen
           "Evil\xc2\xa0\x43orp",            // a space that does not break
           "\xef\xbc\xa5vil Corp",           // fullwidth
           "Evil Corp\xe2\x80\x8b",          // of no width
           "\xd0\x95vil Corp",               // Cyrillic
           "Evil\x01 Corp", "Evil Corp\x7f"  // controls
       }) {
    const auto name = Organization(other);
    EXPECT_EQ(Likeness(name, base), NameLikeness::kUnsure) << other;
    EXPECT_EQ(Likeness(base, name), NameLikeness::kUnsure) << other;
    EXPECT_FALSE(name == base) << other;
  }
  EXPECT_EQ(
      Likeness(Organization("\xc3\xbcnicorp"), Organization("\xc3\x9cnicorp")),
      NameLikeness::kUnsure);
}

TEST(DistinguishedNameTest, AValueThatIsNoTextIsUnsureUnlessItIsTheSame) {
  const auto base = Organization("Evil Corp");
  // The second has not one byte that is no printable character.
  for (const auto& other :
       {Organization("Evil Corp", kGraphicString),
        Organization("01234567890123456789012345678901", kSequence)}) {
    EXPECT_EQ(Likeness(other, base), NameLikeness::kUnsure);
    EXPECT_EQ(Likeness(base, other), NameLikeness::kUnsure);
    EXPECT_EQ(Likeness(other, other), NameLikeness::kSame);
  }
}

TEST(DistinguishedNameTest, WhatOtherwiseDiffersIsNoDoubt) {
  constexpr std::string_view kOdd = "\xc3\x9cnicorp";
  // Another type of attribute; another relative name beside the doubtful one;
  // fewer of them.
  EXPECT_EQ(Likeness(NameOf({{kCommonName, kOdd}}), Organization("Unicorp")),
            NameLikeness::kDifferent);
  EXPECT_EQ(Likeness(NameOf({{kOrganization, kOdd}, {kCommonName, "a"}}),
                     NameOf({{kOrganization, "Unicorp"}, {kCommonName, "b"}})),
            NameLikeness::kDifferent);
  EXPECT_EQ(Likeness(Organization(kOdd),
                     NameOf({{kOrganization, "x"}, {kCommonName, "a"}})),
            NameLikeness::kDifferent);
  EXPECT_EQ(Likeness(Organization(kOdd),
                     NameOf({{kOrganization, kOdd}, {kCommonName, "a"}})),
            NameLikeness::kDifferent);
}

TEST(DistinguishedNameTest, OnlyTheBeginningIsCompared) {
  const auto below =
      NameOf({{kOrganization, "acme"}, {kCommonName, "\xc3\xa9"}});
  EXPECT_EQ(below.CompareBeginning(Organization("Acme")), NameLikeness::kSame);
  EXPECT_EQ(below.CompareBeginning(DistinguishedName()), NameLikeness::kSame);
  EXPECT_EQ(below.CompareBeginning(Organization("Ac\xc2\xadme")),
            NameLikeness::kUnsure);
}

TEST(DistinguishedNameTest, AttributesOfOneRelativeNameHaveNoOrder) {
  const Attribute org = {kOrganization, "Evil Corp"}, cn = {kCommonName, "u"};
  const auto base = Together({org, cn});
  EXPECT_EQ(Likeness(Together({cn, org}), base), NameLikeness::kSame);
  EXPECT_EQ(Likeness(Together({cn}), base), NameLikeness::kDifferent);
  EXPECT_EQ(Likeness(base, Together({cn})), NameLikeness::kDifferent);
  EXPECT_EQ(
      Likeness(Together({cn, {kOrganization, "Ev\xc2\xadil Corp"}}), base),
      NameLikeness::kUnsure);
  // A doubtful one, and one that the other name has not.
  const auto more = Together({{kCommonName, "\xc3\xa9"}, org});
  const auto less = Together({{kCommonName, "\xc3\x89"}});
  EXPECT_EQ(Likeness(more, less), NameLikeness::kDifferent);
  EXPECT_EQ(Likeness(less, more), NameLikeness::kDifferent);
  // The doubtful one is the same; another is certainly not.
  const Attribute odd = {kOrganization, "\xc3\xa9"};
  EXPECT_EQ(Likeness(Together({odd, cn}), Together({odd, {kCommonName, "v"}})),
            NameLikeness::kDifferent);
}

TEST(DistinguishedNameTest, WhatDerHasOtherwiseIsReadAllTheSame) {
  EXPECT_EQ(Likeness(Organization("a@b*", mint::kPrintableString),
                     Organization("a@b*")),
            NameLikeness::kSame);
}

}  // namespace
}  // namespace tollgate
