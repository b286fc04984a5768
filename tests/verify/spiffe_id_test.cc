#include "engine/verify/spiffe_id.h"

#include <string>

#include "gtest/gtest.h"

namespace tollgate {
namespace {

TEST(SpiffeIdTest, ReadsTrustDomainAndPath) {
  const auto id = ParseSpiffeId("spiffe://example.org/ns/a_b/sa/C-1.x");
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(id->trust_domain, "example.org");
  EXPECT_EQ(id->path, "/ns/a_b/sa/C-1.x");
  EXPECT_TRUE(id->has_path());
  const auto domain = ParseSpiffeId("spiffe://a-b_c.1");
  ASSERT_TRUE(domain.has_value());
  EXPECT_FALSE(domain->has_path());
  EXPECT_TRUE(ParseSpiffeId("spiffe://x/..."));
}

TEST(SpiffeIdTest, RefusesAllElse) {
  for (const std::string& uri : {std::string(),
                                 std::string("spiffe:"),
                                 std::string("spiffe://"),
                                 std::string("spiffe:///a"),
                                 std::string("https://example.org/a"),
                                 std::string("SPIFFE://example.org/a"),
                                 std::string("spiffe:/x/a"),
                                 std::string("spiffe://Example.org/a"),
                                 std::string("spiffe://example.org:80/a"),
                                 std::string("spiffe://me@example.org/a"),
                                 std::string("spiffe://example.org/"),
                                 std::string("spiffe://example.org/a/"),
                                 std::string("spiffe://example.org//a"),
                                 std::string("spiffe://example.org/a//b"),
                                 std::string("spiffe://example.org/."),
                                 std::string("spiffe://example.org/.."),
                                 std::string("spiffe://example.org/a/../b"),
                                 std::string("spiffe://example.org/a?b"),
                                 std::string("spiffe://example.org/a#b"),
                                 std::string("spiffe://example.org/a%41"),
                                 std::string("spiffe://example.org/a\0", 23),
                                 std::string("spiffe://ex%61mple.org/a"),
                                 std::string("spiffe://ex\xc3\xa4mple.org/a"),
                                 "spiffe://" + std::string(256, 'a') + "/b",
                                 "spiffe://a/" + std::string(2048, 'b')}) {
    EXPECT_FALSE(ParseSpiffeId(uri).has_value()) << uri;
  }
  EXPECT_TRUE(ParseSpiffeId("spiffe://" + std::string(255, 'a') + "/b"));
  EXPECT_TRUE(ParseSpiffeId("spiffe://a/" + std::string(2037, 'b')));
}

TEST(SpiffeIdTest, AUriOfTheSchemeIsNoOther) {
  EXPECT_TRUE(IsSpiffeUri("spiffe://x"));
  EXPECT_TRUE(IsSpiffeUri("SpIfFe:x"));
  EXPECT_FALSE(IsSpiffeUri("spiffes://x"));
  EXPECT_FALSE(IsSpiffeUri("spiffe"));
}

}  // namespace
}  // namespace tollgate
