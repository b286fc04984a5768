#include "engine/crypto/internet_name.h"

#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace tollgate {
namespace {

const std::string kLongestLabel(63, 'a');

TEST(InternetNameTest, HostsAreLabelsOfLettersDigitsAndHyphens) {
  const std::string longest = kLongestLabel + "." + kLongestLabel + "." +
                              kLongestLabel + "." + std::string(61, 'a');
  ASSERT_EQ(longest.size(), 253u);
  for (const std::string& host :
       {std::string("localhost"), std::string("One.Example.COM"),
        std::string("a-b.c_d.1x"), std::string("1.2.3.4a"),
        std::string("xn--bcher-kva.example"), kLongestLabel, longest}) {
    EXPECT_TRUE(IsHostName(host)) << host;
  }
  for (const std::string& text :
       {std::string(), std::string("."), std::string("a.example."),
        std::string(".a.example"), std::string("a..example"),
        std::string("-a.example"), std::string("a-.example"),
        std::string("*.example"), std::string("a.example:443"),
        std::string("a example"), std::string("ann@corp.example"),
        std::string("spiffe://td.example/w"), std::string("192.0.2.1"),
        std::string("b\xc3\xbc.example"), std::string("a%2e.example"),
        std::string("a\0b", 3), kLongestLabel + "a", longest + "a",
        longest.substr(1) + ".a"}) {
    EXPECT_FALSE(IsHostName(text)) << text;
  }
}

TEST(InternetNameTest, AMailboxHasALocalPartAndAHost) {
  const auto mailbox = ParseMailbox("Ann.O'Neil+x@Corp.Example");
  ASSERT_TRUE(mailbox.has_value());
  EXPECT_EQ(mailbox->local, "Ann.O'Neil+x");
  EXPECT_EQ(mailbox->host, "Corp.Example");
  EXPECT_TRUE(ParseMailbox("a!#$%&'*+-/=?^_`{|}~9@host").has_value());
}

TEST(InternetNameTest, WhatIsNotExactlyOneMailboxIsNone) {
  for (const std::string_view text : {"",
                                      "@",
                                      "ann",
                                      "ann.example",
                                      "@corp.example",
                                      "ann@",
                                      "ann@@x.example",
                                      "ann@corp@x.example",
                                      "ann@x.example,bob@x.example",
                                      "ann@x.example.",
                                      "ann@*.example",
                                      "ann@[192.0.2.1]",
                                      "ann@192.0.2.1",
                                      ".ann@x.example",
                                      "ann.@x.example",
                                      "a..b@x.example",
                                      "\"ann\"@x.example",
                                      "a b@x.example",
                                      "a(b)@x.example",
                                      "<ann@x.example>",
                                      "Ann <ann@x.example>",
                                      "mailto:ann@x.example",
                                      "spiffe://td.example/w",
                                      "spiffe://ann@td.example",
                                      "b\xc3\xbc@x.example",
                                      "a\x01@x.example",
                                      "ann@x.example:25"}) {
    EXPECT_FALSE(ParseMailbox(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace tollgate
