#include "engine/policy/client_address.h"

#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/base/limits.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

using Lines = std::vector<std::string_view>;

constexpr std::string_view kPeer = "127.0.0.1";
constexpr std::string_view kClient = "203.0.113.9";
constexpr std::string_view kNone = "";

// 127.0.0.1, 10/8 and 2001:db8::/32 are trusted.
std::string Find(std::string_view peer, const Lines& x_forwarded_for,
                 const Lines& forwarded = {}) {
  const absl::StatusOr<TrustedProxies> proxies =
      TrustedProxies::Compile({"127.0.0.1/32", "10.0.0.0/8", "2001:db8::/32"});
  EXPECT_TRUE(proxies.ok()) << proxies.status();
  const IpAddress address = IpAddress::Parse(peer).value_or(IpAddress());
  return FindClientAddress(address, *proxies, {x_forwarded_for, forwarded})
      .ToString();
}

// The client that one line of X-Forwarded-For from a trusted peer names.
std::string FindByXff(std::string_view line) { return Find(kPeer, {line}); }

// The same of Forwarded.
std::string FindByForwarded(std::string_view line) {
  return Find(kPeer, {}, {line});
}

// known-failures: identity from a header anybody can send (CVE-2026-29794,
// CVE-2026-24000, CVE-2026-46356, GO-2026-5775).
TEST(ClientAddressTest, FieldsOfAnUntrustedPeerAreIgnored) {
  EXPECT_EQ(Find("192.0.2.1", {"203.0.113.9"}), "192.0.2.1");
  EXPECT_EQ(Find("192.0.2.1", {"127.0.0.1"}, {"for=127.0.0.1"}), "192.0.2.1");
  EXPECT_EQ(Find("192.0.2.1", {"rubbish"}, {"\""}), "192.0.2.1");
  EXPECT_EQ(Find("2001:db9::1", {"203.0.113.9"}), "2001:db9::1");
}

TEST(ClientAddressTest, NothingIsTrustedByDefault) {
  const Lines lines = {"203.0.113.9"};
  const IpAddress peer = *IpAddress::Parse("127.0.0.1");
  EXPECT_EQ(FindClientAddress(peer, TrustedProxies(), {lines, {}}), peer);
  const absl::StatusOr<TrustedProxies> none = TrustedProxies::Compile({});
  ASSERT_TRUE(none.ok());
  EXPECT_EQ(FindClientAddress(peer, *none, {lines, {}}), peer);
}

TEST(ClientAddressTest, NoPeerIsNoClient) {
  EXPECT_EQ(Find("", {"203.0.113.9"}), kNone);
}

TEST(ClientAddressTest, WithoutFieldsThePeerIsTheClient) {
  EXPECT_EQ(Find(kPeer, {}), kPeer);
}

TEST(ClientAddressTest, FirstUntrustedAddressFromTheRightIsTheClient) {
  for (std::string_view line :
       {"203.0.113.9", "203.0.113.9, 10.0.0.1", "1.1.1.1, 203.0.113.9",
        "1.1.1.1,203.0.113.9,10.0.0.1,10.0.0.2", "203.0.113.9, 2001:db8::7",
        "127.0.0.1, 203.0.113.9", "\t203.0.113.9 ,\t10.0.0.1 "}) {
    EXPECT_EQ(FindByXff(line), kClient) << line;
  }
  for (std::string_view line :
       {"for=203.0.113.9", "for=203.0.113.9, for=10.0.0.1",
        "for=1.1.1.1,for=203.0.113.9", "for=203.0.113.9;proto=http;by=10.0.0.1",
        "For=\"203.0.113.9:4711\"", "proto=https;FOR=203.0.113.9",
        "for=203.0.113.9, for=\"[2001:db8:cafe::17]:4711\""}) {
    EXPECT_EQ(FindByForwarded(line), kClient) << line;
  }
}

TEST(ClientAddressTest, LinesAreOneList) {
  EXPECT_EQ(Find(kPeer, {"1.1.1.1", "203.0.113.9", "10.0.0.1"}), kClient);
  EXPECT_EQ(Find(kPeer, {"1.1.1.1, 203.0.113.9", "10.0.0.1,10.0.0.2"}),
            kClient);
  EXPECT_EQ(Find(kPeer, {}, {"for=1.1.1.1", "for=203.0.113.9"}), kClient);
}

TEST(ClientAddressTest, LeftmostIsTheClientWhenAllAreTrusted) {
  EXPECT_EQ(FindByXff("10.0.0.3, 10.0.0.2, 10.0.0.1"), "10.0.0.3");
  EXPECT_EQ(FindByForwarded("for=10.0.0.3, for=10.0.0.1"), "10.0.0.3");
}

TEST(ClientAddressTest, AddressesMayHavePortsAndBrackets) {
  for (std::string_view node :
       {"203.0.113.9:1", "203.0.113.9:65535", "[::ffff:203.0.113.9]",
        "[::ffff:203.0.113.9]:80", "::ffff:203.0.113.9"}) {
    EXPECT_EQ(FindByXff(node), kClient) << node;
  }
  for (std::string_view node :
       {"2001:db9::1", "[2001:db9::1]", "[2001:db9::1]:443", "2001:DB9:0::1"}) {
    EXPECT_EQ(FindByXff(node), "2001:db9::1") << node;
  }
  EXPECT_EQ(FindByForwarded("for=\"[2001:db9::1]\""), "2001:db9::1");
  EXPECT_EQ(FindByForwarded("for=\"[2001:db9::1]:1\""), "2001:db9::1");
}

TEST(ClientAddressTest, WhatIsNoAddressOnTheWayGivesNone) {
  for (std::string_view node : {"",
                                " ",
                                "unknown",
                                "_hidden",
                                "example.com",
                                "010.0.0.1",
                                "1.2.3",
                                "203.0.113.9:",
                                "203.0.113.9:0",
                                "203.0.113.9:65536",
                                "203.0.113.9:000080",
                                "203.0.113.9:8o",
                                "203.0.113.9:-1",
                                "203.0.113.9:+1",
                                "203.0.113.9 80",
                                "203.0.113.9 1.1.1.1",
                                "[203.0.113.9]",
                                "[203.0.113.9]:80",
                                "[::1",
                                "::1]",
                                "[::1]80",
                                "[::1]:",
                                "[::1]:x",
                                "[]",
                                "[]:80",
                                "[",
                                "]",
                                "[[::1]]",
                                "fe80::1%eth0",
                                "[fe80::1%25eth0]",
                                "\"203.0.113.9\"",
                                "for=203.0.113.9",
                                "203.0.113.9/32",
                                ":80",
                                ":",
                                "::1:80:x"}) {
    EXPECT_EQ(FindByXff(node), kNone) << node;
    EXPECT_EQ(FindByXff(absl::StrCat("203.0.113.9, ", node)), kNone) << node;
    EXPECT_EQ(FindByXff(absl::StrCat(node, ", 10.0.0.1")), kNone) << node;
  }
  for (std::string_view node :
       {"for=unknown", "for=_hidden", "for=\"_x:80\"", "for=\"203.0.113.9:_x\"",
        "for=\"\"", "for=\"2001:db9::1\"", "for=\"[203.0.113.9]\"",
        "proto=https", "", "by=203.0.113.9", "for=\"203.0.113.9:0\"",
        "for=\"203.0\\.113.9\"", "for=\" 203.0.113.9\""}) {
    EXPECT_EQ(FindByForwarded(node), kNone) << node;
    EXPECT_EQ(FindByForwarded(absl::StrCat("for=203.0.113.9,", node)), kNone)
        << node;
    EXPECT_EQ(FindByForwarded(absl::StrCat(node, ", for=10.0.0.1")), kNone)
        << node;
  }
}

TEST(ClientAddressTest, WhatLiesLeftOfTheClientIsNotRead) {
  EXPECT_EQ(FindByXff("unknown, 203.0.113.9"), kClient);
  EXPECT_EQ(FindByXff("<script>, , 203.0.113.9, 10.0.0.1"), kClient);
  EXPECT_EQ(FindByForwarded("for=_x, for=203.0.113.9"), kClient);
}

// A client's open quote would take in what the proxy appends.
TEST(ClientAddressTest, ForwardedThatBreaksTheGrammarGivesNone) {
  for (std::string_view line : {"for=\"1.1.1.1, for=203.0.113.9",
                                "for=\"x, for=\"[2001:db9::1]\"",
                                "for=a\", for=203.0.113.9",
                                "for=203.0.113.9:80",
                                "for=[2001:db9::1]",
                                "for",
                                "for=",
                                "=203.0.113.9",
                                "for =203.0.113.9",
                                "for= 203.0.113.9",
                                "for==203.0.113.9",
                                "for=1.1.1.1;for=203.0.113.9",
                                "for=203.0.113.9;FOR=203.0.113.9",
                                "for=203.0.113.9 for=203.0.113.9",
                                "for=203.0.113.9 proto=http",
                                "for=\"203.0.113.9\"proto=http",
                                "(), for=203.0.113.9",
                                "for=\"\x01\", for=203.0.113.9",
                                "for=\"a\\",
                                "for=\"203.0.113.9\"x"}) {
    EXPECT_EQ(FindByForwarded(line), kNone) << line;
  }
  // Any line may break the whole.
  EXPECT_EQ(Find(kPeer, {}, {"for=\"", "for=203.0.113.9"}), kNone);
}

TEST(ClientAddressTest, FieldsThatDisagreeGiveNone) {
  EXPECT_EQ(Find(kPeer, {"203.0.113.9"}, {"for=203.0.113.9"}), kClient);
  EXPECT_EQ(Find(kPeer, {"203.0.113.9"}, {"for=203.0.113.8"}), kNone);
  EXPECT_EQ(Find(kPeer, {"203.0.113.9"}, {"for=unknown"}), kNone);
  EXPECT_EQ(Find(kPeer, {"unknown"}, {"for=203.0.113.9"}), kNone);
  EXPECT_EQ(Find(kPeer, {"unknown"}, {"for=unknown"}), kNone);
}

TEST(ClientAddressTest, TooManyElementsGiveNone) {
  const size_t most = limits::kForwardedHopsMax;
  std::vector<std::string> nodes(most - 1, "10.0.0.1");
  nodes.insert(nodes.begin(), "203.0.113.9");
  EXPECT_EQ(FindByXff(absl::StrJoin(nodes, ", ")), kClient);
  EXPECT_EQ(FindByForwarded("for=" + absl::StrJoin(nodes, ",for=")), kClient);
  nodes.insert(nodes.begin(), "1.1.1.1");
  EXPECT_EQ(FindByXff(absl::StrJoin(nodes, ", ")), kNone);
  EXPECT_EQ(FindByForwarded("for=" + absl::StrJoin(nodes, ",for=")), kNone);
  EXPECT_EQ(Find(kPeer, Lines(most + 1, "203.0.113.9")), kNone);
}

TEST(TrustedProxiesTest, RulesThatTrustByMistakeAreErrors) {
  for (const std::string text : {"any", "10.0.0.1/8", "localhost", ""}) {
    EXPECT_FALSE(TrustedProxies::Compile({"127.0.0.1", text}).ok()) << text;
  }
}

// An address that merely embeds a proxy's is not the proxy's.
TEST(TrustedProxiesTest, EmbeddedAddressesAreNotTrusted) {
  EXPECT_EQ(Find("2002:7f00:1::1", {"203.0.113.9"}), "2002:7f00:1::1");
  EXPECT_EQ(Find("::ffff:127.0.0.1", {"203.0.113.9"}), kClient);
}

}  // namespace
}  // namespace tollgate
