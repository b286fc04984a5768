#include "engine/base/ip_address.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace tollgate {
namespace {

IpAddress Address(std::string_view text) {
  const std::optional<IpAddress> address = IpAddress::Parse(text);
  EXPECT_TRUE(address.has_value()) << text;
  return address.value_or(IpAddress());
}

IpPrefix Prefix(std::string_view text) {
  const absl::StatusOr<IpPrefix> prefix = IpPrefix::Parse(text);
  EXPECT_TRUE(prefix.ok()) << prefix.status();
  return prefix.ok() ? *prefix : IpPrefix();
}

TEST(IpAddressTest, TheZeroValueIsNoAddress) {
  const IpAddress none;
  EXPECT_TRUE(none.is_none());
  EXPECT_EQ(none.ToString(), "");
  EXPECT_NE(none, Address("0.0.0.0"));
  EXPECT_NE(none, Address("::"));
}

TEST(IpAddressTest, ReadsIpv4) {
  EXPECT_EQ(Address("127.0.0.1"), IpAddress::FromV4(0x7f000001));
  EXPECT_EQ(Address("0.0.0.0"), IpAddress::FromV4(0));
  EXPECT_EQ(Address("255.255.255.255"), IpAddress::FromV4(0xffffffff));
  EXPECT_EQ(Address("1.20.100.200").v4(), 0x011464c8u);
  EXPECT_TRUE(Address("1.2.3.4").is_v4());
}

// Known failure "octal octets" (CVE-2021-28918, CVE-2021-29921), and the short
// and hexadecimal forms of inet_aton (RFC 4291, RFC 5952).
TEST(IpAddressTest, RefusesOctalHexadecimalAndShortIpv4) {
  for (std::string_view text :
       {"010.0.0.1", "10.0.0.01", "10.00.0.1", "0127.0.0.1", "000.0.0.0",
        "0x7f.0.0.1", "0x7f000001", "2130706433", "127.1", "1.2.3", "10.1", "1",
        "010.1"}) {
    EXPECT_EQ(IpAddress::Parse(text), std::nullopt) << text;
  }
}

TEST(IpAddressTest, RefusesWhatIsNotAnAddress) {
  for (std::string_view text : {"",
                                " ",
                                ".",
                                "...",
                                "1.2.3.",
                                ".1.2.3",
                                "1..2.3",
                                "1.2.3.4.",
                                "1.2.3.4.5",
                                "256.0.0.1",
                                "1.2.3.256",
                                "1.2.3.999",
                                "1.2.3.1000",
                                "99999999999.1.1.1",
                                " 1.2.3.4",
                                "1.2.3.4 ",
                                "1.2.3.4\n",
                                "+1.2.3.4",
                                "-1.2.3.4",
                                "1.2.3.4:80",
                                "1.2.3.4/32",
                                "1,2,3,4",
                                "a.b.c.d",
                                "localhost",
                                "any",
                                "*",
                                "1.2.3.4%eth0",
                                "[1.2.3.4]",
                                "１.2.3.4"}) {
    EXPECT_EQ(IpAddress::Parse(text), std::nullopt) << text;
  }
  EXPECT_EQ(IpAddress::Parse(std::string_view("1.2.3.4\0", 8)), std::nullopt);
  EXPECT_EQ(IpAddress::Parse(std::string_view("1.2.3.4\0.5", 10)),
            std::nullopt);
  EXPECT_EQ(IpAddress::Parse(std::string(100'000, '1')), std::nullopt);
  EXPECT_EQ(IpAddress::Parse(std::string(100'000, ':')), std::nullopt);
}

TEST(IpAddressTest, ReadsEverySpellingOfAnIpv6Address) {
  for (std::string_view text :
       {"2001:db8::1", "2001:DB8::1", "2001:0db8:0000::0001",
        "2001:db8:0:0:0:0:0:1", "2001:db8::0:1", "2001:db8::0.0.0.1"}) {
    const IpAddress address = Address(text);
    EXPECT_EQ(address.high(), 0x20010db800000000) << text;
    EXPECT_EQ(address.low(), 1u) << text;
  }
  EXPECT_EQ(Address("::"), Address("0:0:0:0:0:0:0:0"));
  EXPECT_EQ(Address("1::"), Address("1:0:0:0:0:0:0:0"));
  EXPECT_EQ(Address("1:2:3:4:5:6:7::"), Address("1:2:3:4:5:6:7:0"));
  EXPECT_EQ(Address("::2:3:4:5:6:7:8"), Address("0:2:3:4:5:6:7:8"));
  EXPECT_EQ(Address("1:2:3:4:5:6:7:8").low(), 0x0005000600070008u);
  EXPECT_EQ(Address("1:2:3:4:5:6:1.2.3.4").low(), 0x0005000601020304u);
  EXPECT_EQ(Address("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255").high(),
            ~uint64_t{0});
}

TEST(IpAddressTest, RefusesMalformedIpv6) {
  for (std::string_view text : {":",
                                ":::",
                                "::::",
                                "1",
                                "1:",
                                ":1",
                                "1:2:3:4:5:6:7",
                                "1:2:3:4:5:6:7:",
                                ":1:2:3:4:5:6:7",
                                "1:2:3:4:5:6:7:8:",
                                ":1:2:3:4:5:6:7:8",
                                "1:2:3:4:5:6:7:8:9",
                                "1::2::3",
                                "::1::",
                                "1:::2",
                                ":::1",
                                "1:2:3:4::5:6:7:8",
                                "::1:2:3:4:5:6:7:8",
                                "1:2:3:4:5:6:7:8::",
                                "12345::",
                                "::12345",
                                "g::",
                                "::g",
                                "1:2:3:4:5:6:7:1.2.3.4",
                                "1:2:3:4:5:1.2.3.4",
                                "::1.2.3",
                                "::1.2.3.4.5",
                                "::01.2.3.4",
                                "::256.2.3.4",
                                "1.2.3.4::",
                                "::1.2.3.4:5",
                                "::1.2.3.4:",
                                "-1::",
                                "+1::",
                                " ::1",
                                "::1 ",
                                "::1\n",
                                "0x1::",
                                "::ffff:1.2.3",
                                "::ffff:a.b.c.d"}) {
    EXPECT_EQ(IpAddress::Parse(text), std::nullopt) << text;
  }
}

// RFC 4007 zone ids name an interface of this machine, not an address.
TEST(IpAddressTest, RefusesZoneIdsPortsBracketsAndPrefixes) {
  for (std::string_view text :
       {"fe80::1%eth0", "fe80::1%1", "fe80::1%25eth0", "::1%", "[::1]",
        "[::1]:80", "[2001:db8::1]:443", "::1/128", "2001:db8::1.443"}) {
    EXPECT_EQ(IpAddress::Parse(text), std::nullopt) << text;
  }
}

// Known failure "v4-mapped IPv6" (CVE-2024-24790, CVE-2026-2455).
TEST(IpAddressTest, AMappedAddressIsItsIpv4Address) {
  for (std::string_view text :
       {"::ffff:10.1.2.3", "::FFFF:10.1.2.3", "::ffff:a01:203",
        "0:0:0:0:0:ffff:a01:203", "0000::ffff:0a01:0203"}) {
    EXPECT_EQ(Address(text), Address("10.1.2.3")) << text;
    EXPECT_EQ(Address(text).ToString(), "10.1.2.3") << text;
    EXPECT_TRUE(Prefix("10.0.0.0/8").Contains(Address(text))) << text;
  }
  std::array<uint8_t, 16> bytes = {};
  bytes[10] = bytes[11] = 0xff;
  bytes[12] = 10;
  bytes[15] = 9;
  EXPECT_EQ(IpAddress::FromV6(bytes), Address("10.0.0.9"));
}

TEST(IpAddressTest, OtherFormsWithAnIpv4TailStayIpv6) {
  for (std::string_view text :
       {"::10.1.2.3", "::fffe:10.1.2.3", "::ffff:0:10.1.2.3",
        "1::ffff:10.1.2.3", "64:ff9b::10.1.2.3"}) {
    EXPECT_TRUE(Address(text).is_v6()) << text;
    EXPECT_FALSE(Prefix("10.0.0.0/8").Contains(Address(text))) << text;
  }
}

// Known failure "6to4/NAT64" (CVE-2026-44430): the IPv4 address that such an
// address leads to is there for deny rules to look at.
TEST(IpAddressTest, TransitionAddressesTellTheirIpv4Address) {
  for (std::string_view text : {"64:ff9b::10.1.2.3", "2002:a01:203::",
                                "2002:a01:203:1::5", "::10.1.2.3"}) {
    EXPECT_EQ(Address(text).EmbeddedV4(), Address("10.1.2.3")) << text;
  }
  for (std::string_view text :
       {"::", "::1", "2001:db8::a01:203", "64:ff9b:1::10.1.2.3",
        "64:ff9b::1:10.1.2.3", "2003:a01:203::", "10.1.2.3"}) {
    EXPECT_TRUE(Address(text).EmbeddedV4().is_none()) << text;
  }
}

TEST(IpAddressTest, WritesTheCanonicalFormOfRfc5952) {
  const struct {
    std::string_view text;
    std::string_view canonical;
  } kCases[] = {
      {"1.2.3.4", "1.2.3.4"},
      {"0.0.0.0", "0.0.0.0"},
      {"::", "::"},
      {"::1", "::1"},
      {"1::", "1::"},
      {"2001:0DB8::0001", "2001:db8::1"},
      {"2001:db8:0:0:0:0:2:1", "2001:db8::2:1"},
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
      {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
      {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
      {"1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"},
      {"0:0:3:4:5:6:7:8", "::3:4:5:6:7:8"},
      {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
      {"ABCD:EF01::", "abcd:ef01::"},
  };
  for (const auto& [text, canonical] : kCases) {
    EXPECT_EQ(Address(text).ToString(), canonical);
    EXPECT_EQ(Address(canonical), Address(text));
  }
}

TEST(IpAddressTest, SortsByKindThenByNumber) {
  EXPECT_LT(IpAddress(), Address("0.0.0.0"));
  EXPECT_LT(Address("2.0.0.0"), Address("10.0.0.0"));
  EXPECT_LT(Address("255.255.255.255"), Address("::"));
  EXPECT_LT(Address("::2"), Address("::1:0"));
  EXPECT_LT(Address("::ffff:ffff:ffff"), Address("1::"));
}

TEST(IpPrefixTest, ContainsTheAddressesThatShareItsBits) {
  const struct {
    std::string_view prefix;
    std::string_view inside;
    std::string_view outside;
  } kCases[] = {
      {"10.0.0.0/8", "10.255.255.255", "11.0.0.0"},
      {"10.0.0.0/8", "10.0.0.0", "9.255.255.255"},
      {"192.0.2.128/25", "192.0.2.128", "192.0.2.127"},
      {"192.0.2.1/32", "192.0.2.1", "192.0.2.0"},
      {"192.0.2.1", "192.0.2.1", "192.0.2.2"},
      {"0.0.0.0/0", "255.255.255.255", "::1"},
      {"128.0.0.0/1", "128.0.0.1", "127.255.255.255"},
      {"2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"},
      {"2001:db8::/64", "2001:db8::ffff:0:0:1", "2001:db8:0:1::"},
      {"2001:db8::/65", "2001:db8::7fff:0:0:1", "2001:db8::8000:0:0:0"},
      {"::1/128", "::1", "::"},
      {"::1", "::1", "::2"},
      {"8000::/1", "ffff::", "7fff::"},
      {"::/0", "ffff::", "1.2.3.4"},
      {"::ffff:10.0.0.0/104", "10.9.9.9", "11.0.0.0"},
      {"::ffff:0.0.0.0/96", "200.9.9.9", "::1"},
  };
  for (const auto& [prefix, inside, outside] : kCases) {
    EXPECT_TRUE(Prefix(prefix).Contains(Address(inside)))
        << prefix << " " << inside;
    EXPECT_FALSE(Prefix(prefix).Contains(Address(outside)))
        << prefix << " " << outside;
  }
}

TEST(IpPrefixTest, ContainsNoAddressOfTheOtherKindAndNotNone) {
  EXPECT_FALSE(Prefix("::/0").Contains(Address("::ffff:1.2.3.4")));
  EXPECT_FALSE(Prefix("0.0.0.0/0").Contains(Address("::")));
  EXPECT_FALSE(Prefix("0.0.0.0/0").Contains(IpAddress()));
  EXPECT_FALSE(Prefix("::/0").Contains(IpAddress()));
}

TEST(IpPrefixTest, TheZeroValueContainsNothing) {
  const IpPrefix none;
  EXPECT_FALSE(none.Contains(IpAddress()));
  EXPECT_FALSE(none.Contains(Address("::")));
  EXPECT_FALSE(none.Contains(Address("0.0.0.0")));
  EXPECT_EQ(none.ToString(), "");
}

TEST(IpPrefixTest, IsWrittenCanonically) {
  const struct {
    std::string_view text;
    std::string_view canonical;
  } kCases[] = {
      {"10.0.0.0/8", "10.0.0.0/8"},
      {"10.1.2.3", "10.1.2.3/32"},
      {"0.0.0.0/0", "0.0.0.0/0"},
      {"2001:DB8::/32", "2001:db8::/32"},
      {"::", "::/128"},
      {"::/0", "::/0"},
      {"::ffff:10.0.0.0/104", "10.0.0.0/8"},
      {"::ffff:10.1.2.3", "10.1.2.3/32"},
  };
  for (const auto& [text, canonical] : kCases) {
    EXPECT_EQ(Prefix(text).ToString(), canonical);
    EXPECT_EQ(Prefix(canonical), Prefix(text));
  }
}

TEST(IpPrefixTest, RefusesHostBitsWithAHint) {
  const absl::StatusOr<IpPrefix> v4 = IpPrefix::Parse("10.1.2.3/8");
  ASSERT_FALSE(v4.ok());
  EXPECT_EQ(v4.status().message(),
            "\"10.1.2.3/8\" has host bits set; did you mean 10.0.0.0/8 or "
            "10.1.2.3?");
  const absl::StatusOr<IpPrefix> v6 = IpPrefix::Parse("2001:db8::1/64");
  ASSERT_FALSE(v6.ok());
  EXPECT_EQ(v6.status().message(),
            "\"2001:db8::1/64\" has host bits set; did you mean "
            "2001:db8::/64 or 2001:db8::1?");
}

TEST(IpPrefixTest, RefusesEverythingElse) {
  for (std::string_view text : {"",
                                "/",
                                "/8",
                                "10.0.0.0/",
                                "10.0.0.0/33",
                                "10.0.0.0/-1",
                                "10.0.0.0/+8",
                                "10.0.0.0/08",
                                "10.0.0.0/8 ",
                                "10.0.0.0 /8",
                                "10.0.0.0/ 8",
                                "10.0.0.0/8/8",
                                "10.0.0.0/255.0.0.0",
                                "10.0.0.0/0x8",
                                "10.0.0.0/99999999999999999999",
                                "10/8",
                                "010.0.0.0/8",
                                "::/129",
                                "::/1280",
                                "fe80::%eth0/64",
                                "[::]/0",
                                "10.0.0.0-10.0.0.9",
                                "any",
                                "::ffff:10.0.0.0/129",
                                "10.0.0.0/a"}) {
    EXPECT_FALSE(IpPrefix::Parse(text).ok()) << text;
  }
  EXPECT_FALSE(IpPrefix::Parse(std::string_view("10.0.0.0/8\0", 11)).ok());
}

// Such a network would hold IPv4 and IPv6 addresses at once.
TEST(IpPrefixTest, RefusesMappedNetworksBeyondTheMappedAddresses) {
  for (std::string_view text :
       {"::ffff:0.0.0.0/95", "::ffff:10.0.0.0/8", "::ffff:0:0/80"}) {
    EXPECT_FALSE(IpPrefix::Parse(text).ok()) << text;
  }
}

TEST(IpPrefixTest, TheMessageStaysShortAndPrintable) {
  const absl::StatusOr<IpPrefix> prefix =
      IpPrefix::Parse(std::string(1 << 20, '\n'));
  ASSERT_FALSE(prefix.ok());
  EXPECT_LT(prefix.status().message().size(), 500u);
  EXPECT_EQ(prefix.status().message().find('\n'), std::string_view::npos);
}

}  // namespace
}  // namespace tollgate
