// DER by hand, against the examples of X.690 and of RFC 5280.

#include "tools/mint/der_text.h"

#include <cstdint>
#include <string>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace tollgate::mint {
namespace {

std::string Hex(const std::string& bytes) {
  return absl::BytesToHexString(bytes);
}

TEST(DerTextTest, ALengthHasTheFewestOctets) {
  EXPECT_EQ(Hex(Der(0x04, "")), "0400");
  EXPECT_EQ(Hex(Der(0x04, std::string(127, 'x'))).substr(0, 6), "047f78");
  EXPECT_EQ(Hex(Der(0x04, std::string(128, 'x'))).substr(0, 8), "04818078");
  EXPECT_EQ(Hex(Der(0x04, std::string(256, 'x'))).substr(0, 10), "0482010078");
}

TEST(DerTextTest, NumbersArePositive) {
  EXPECT_EQ(Hex(DerNumber(0)), "020100");
  EXPECT_EQ(Hex(DerNumber(127)), "02017f");
  EXPECT_EQ(Hex(DerNumber(128)), "02020080");
  EXPECT_EQ(Hex(DerNumber(256)), "02020100");
  EXPECT_EQ(Hex(DerNumber(UINT64_MAX)), "020900ffffffffffffffff");
  EXPECT_EQ(Hex(DerInteger("\x81")), "020181");
}

TEST(DerTextTest, Booleans) {
  EXPECT_EQ(Hex(DerBoolean(true)), "0101ff");
  EXPECT_EQ(Hex(DerBoolean(false)), "010100");
}

TEST(DerTextTest, ObjectIdentifiers) {
  EXPECT_EQ(Hex(DerOid("1.2.840.113549")), "06062a864886f70d");
  EXPECT_EQ(Hex(DerOid("2.5.29.37.0")), "0604551d2500");
  EXPECT_EQ(Hex(DerOid("2.999.3")), "0603883703");
}

TEST(DerTextTest, NamedBitsHaveNoZerosAtTheEnd) {
  EXPECT_EQ(Hex(DerNamedBits(0)), "030100");
  EXPECT_EQ(Hex(DerNamedBits(1 << 0)), "03020780");
  EXPECT_EQ(Hex(DerNamedBits(1 << 5 | 1 << 6)), "03020106");
  EXPECT_EQ(Hex(DerNamedBits(1 << 7)), "03020001");
  EXPECT_EQ(Hex(DerNamedBits(1 << 8)), "0303070080");
  EXPECT_EQ(Hex(DerBits("\x01\x02")), "0303000102");
}

TEST(DerTextTest, TimesChangeTheirFormIn2050) {
  EXPECT_EQ(DerTime(0),
            "\x17\x0d"
            "700101000000Z");
  EXPECT_EQ(DerTime(2'524'607'999),
            "\x17\x0d"
            "491231235959Z");
  EXPECT_EQ(DerTime(2'524'608'000),
            "\x18\x0f"
            "20500101000000Z");
  EXPECT_EQ(DerGeneralizedTime(0),
            "\x18\x0f"
            "19700101000000Z");
}

TEST(DerTextTest, BerSaysTheSameInMoreOctets) {
  EXPECT_EQ(Hex(BerWithLongLength(Der(0x30, "ab"))), "308200026162");
  EXPECT_EQ(Hex(BerWithoutLength(Der(0x30, "ab"))), "308061620000");
  const std::string text(300, 'x');
  EXPECT_EQ(BerWithLongLength(Der(0x30, text)),
            std::string("\x30\x83\x00\x01\x2c", 5) + text);
  EXPECT_EQ(BerWithoutLength(Der(0x30, text)),
            "\x30\x80" + text + std::string(2, '\0'));
}

}  // namespace
}  // namespace tollgate::mint
