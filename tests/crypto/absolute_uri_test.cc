#include "engine/crypto/absolute_uri.h"

#include <optional>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace tollgate {
namespace {

struct Row {
  std::string_view uri;
  std::optional<std::string_view> host;
};

TEST(AbsoluteUriTest, SaysTheHostAsWritten) {
  for (const Row& row : {
           Row{"https://one.example.com/x", "one.example.com"},
           Row{"https://One.Example.COM", "One.Example.COM"},
           Row{"https://one.example?q=/?:@#f?/:@", "one.example"},
           Row{"a+b-c.1://x.example:65535/", "x.example"},
           Row{"h://x.example:/", "x.example"},
           Row{"h://x.example:00080/", "x.example"},
           Row{"h://user:pass%20word;x=1@x.example/", "x.example"},
           Row{"h://@x.example/", "x.example"},
           Row{"h://192.0.2.1/", "192.0.2.1"},
           Row{"h://[2001:db8::1]:443/", "[2001:db8::1]"},
           Row{"h://[::ffff:192.0.2.1]", "[::ffff:192.0.2.1]"},
           Row{"h://a%2eb/", "a%2eb"},
           Row{"h://x.example/a%2Fb//c@d:e;f=!$&'()*+,~-._", "x.example"},
           Row{"spiffe://example.org/ns/a", "example.org"},
           Row{"urn:client:one", ""},
           Row{"mailto:ann@corp.example", ""},
           Row{"file:/etc/x", ""},
           Row{"h:?q", ""},
       }) {
    EXPECT_EQ(HostOfUri(row.uri), row.host) << row.uri;
    EXPECT_TRUE(IsAbsoluteUri(row.uri)) << row.uri;
  }
}

TEST(AbsoluteUriTest, ASchemeIsALetterAndWhatMayFollowIt) {
  for (const std::string_view uri :
       {"", ":", "://x.example/", "1http://x.example/", "+h://x.example/",
        "h_t://x.example/", "h%41://x.example/", "//x.example/", "/x", "x",
        "x.example", "ann@corp.example", "x.example/a:b"}) {
    EXPECT_FALSE(IsAbsoluteUri(uri)) << uri;
  }
}

TEST(AbsoluteUriTest, SomethingFollowsTheScheme) {
  EXPECT_FALSE(IsAbsoluteUri("urn:"));
  EXPECT_FALSE(IsAbsoluteUri("urn:#f"));
}

TEST(AbsoluteUriTest, AnAuthorityHasAHost) {
  for (const std::string_view uri :
       {"h://", "h:///x", "h://:80/", "h://user@/", "h://user@:80/x"}) {
    EXPECT_FALSE(IsAbsoluteUri(uri)) << uri;
  }
}

TEST(AbsoluteUriTest, AnAuthorityIsReadInOneWayOnly) {
  for (const std::string_view uri :
       {"https://evil\\@x.example/", "h://a@b@x.example/", "h://a[@x.example/",
        "h://evil%zz@x.example/", "h://evil%4@x.example/", "h://x.example%/",
        "h://x.example%2", "h://x y/", "h://x.\xc3\xa9/", "h://x|y/",
        "h://x.example\\y/"}) {
    EXPECT_FALSE(IsAbsoluteUri(uri)) << uri;
  }
}

TEST(AbsoluteUriTest, APortIsANumberBelow65536) {
  for (const std::string_view uri :
       {"h://x.example:8a/", "h://x.example:80:80/", "h://x.example:-1/",
        "h://x.example:+80/", "h://x.example:65536/",
        "h://x.example:4294967376/", "h://x.example:%38/", "h://[::1]:x/"}) {
    EXPECT_FALSE(IsAbsoluteUri(uri)) << uri;
  }
}

TEST(AbsoluteUriTest, AnAddressInBracketsIsOneOfVersion6) {
  for (const std::string_view uri :
       {"h://[]/", "h://[::1/", "h://::1]/", "h://[::1]x/", "h://x[::1]/",
        "h://[192.0.2.1]/", "h://[v1.x]/", "h://[fe80::1%25eth0]/",
        "h://[x.example]/", "h://[::1]]/", "h://[[::1]]/", "h://::1/"}) {
    EXPECT_FALSE(IsAbsoluteUri(uri)) << uri;
  }
}

TEST(AbsoluteUriTest, WhatFollowsTheAuthorityHasCharactersOfUrisOnly) {
  for (const std::string place :
       {"h://x.example/", "h://x.example/?", "h://x.example/#",
        "urn:", "urn:x?", "u:x#"}) {
    EXPECT_TRUE(IsAbsoluteUri(place + "a%20b")) << place;
    for (const std::string_view bad :
         {"\\", "%", "%4", "%g0",  "%0g",  "%%20",    " ",
          "\"", "<", ">",  "[",    "]",    "^",       "`",
          "{",  "|", "}",  "\x7f", "\x01", "\xc3\xa9"}) {
      const std::string uri = place + "a" + std::string(bad);
      EXPECT_FALSE(IsAbsoluteUri(uri)) << uri;
    }
    EXPECT_FALSE(IsAbsoluteUri(place + std::string("a\0b", 3))) << place;
  }
  EXPECT_FALSE(IsAbsoluteUri("h://x.example/#a#b"));
  // What stands behind the text is not its escape's.
  EXPECT_FALSE(IsAbsoluteUri(std::string_view("urn:a%41").substr(0, 7)));
  EXPECT_FALSE(IsAbsoluteUri(std::string_view("urn:a%41").substr(0, 6)));
}

}  // namespace
}  // namespace tollgate
