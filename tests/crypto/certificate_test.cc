#include "engine/crypto/certificate.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "engine/crypto/der.h"
#include "engine/crypto/distinguished_name.h"
#include "gtest/gtest.h"
#include "tools/mint/certificate_mint.h"
#include "tools/mint/der_text.h"
#include "tools/mint/mint_key.h"

namespace tollgate {
namespace {

using namespace std::string_view_literals;  // NOLINT: identifiers have NULs

using mint::Der;
using mint::DerOid;

std::string Attribute(std::string_view oid, uint8_t tag,
                      std::string_view value) {
  return Der(0x30, DerOid(oid) + Der(tag, value));
}

// Real ones have it.
TEST(CertificateTest, SomeOfWhatDerHasOtherwiseIsAcceptedAndMeansTheSame) {
  const mint::MintKey key = mint::MintKey::Ec();
  mint::CertificateSpec spec = {.issuer = mint::Name("a")};
  // Not in the order of a SET OF; '@' is no character of a PrintableString.
  const std::string common = Attribute(mint::kCommonName, 0x13, "a@b");
  const std::string organization = Attribute(mint::kOrganization, 0x0c, "o");
  spec.subject = Der(0x30, Der(0x31, organization + common));
  spec.extensions = {
      {.oid = "2.5.29.19", .value = Der(0x30, mint::DerBoolean(false))},
      {.oid = "2.5.29.15", .value = Der(0x03, {"\0\x80\0", 3})}};
  const auto parsed =
      Certificate::Parse(MintCertificate(spec, key.public_key(), key));
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  const Certificate& certificate = **parsed;
  EXPECT_FALSE(certificate.authority());
  EXPECT_EQ(certificate.key_usage, kDigitalSignature);
  EXPECT_EQ(certificate.subject.common_names().front(), "a@b");
  EXPECT_TRUE(
      certificate.subject ==
      DistinguishedName::Parse(Der(0x30, Der(0x31, common + organization))));
}

// RFC 5280 section 4.1.2.2: up to 20 octets, which a zero may precede.
TEST(CertificateTest, ASerialNumberHasUpToTwentyOctets) {
  const mint::MintKey key = mint::MintKey::Ec();
  mint::CertificateSpec spec = {.subject = mint::Name("s"),
                                .issuer = mint::Name("a")};
  for (const auto& [octets, good] : {
           std::pair(std::string(20, '\x7f'), true),
           std::pair(std::string(1, '\0') + std::string(20, '\xff'), true),
           std::pair(std::string(21, '\x7f'), false),
           std::pair(std::string(1, '\0') + std::string(21, '\xff'), false),
           std::pair(std::string(20, '\xff'), false),
           std::pair(std::string(1, '\0'), false),
       }) {
    spec.serial = octets;
    EXPECT_EQ(
        Certificate::Parse(MintCertificate(spec, key.public_key(), key)).ok(),
        good)
        << octets.size();
  }
}

TEST(CertificateTest, ObjectIdentifiersAreReadStrictly) {
  const auto is_good = [](std::string_view contents) {
    const std::string element = Der(0x06, contents);
    DerReader reader(element);
    std::string_view read;
    return reader.Read(DerTag::kObjectIdentifier, read);
  };
  EXPECT_TRUE(is_good("\x2a"));
  EXPECT_TRUE(is_good("\x2a\x86\x48"));
  EXPECT_TRUE(is_good("\x81\x00"sv));
  EXPECT_FALSE(is_good(""));
  EXPECT_FALSE(is_good("\x2a\x86"));
  EXPECT_FALSE(is_good("\x80\x01"));
  EXPECT_FALSE(is_good("\x2a\x80\x01"));
}

}  // namespace
}  // namespace tollgate
