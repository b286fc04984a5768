// Semantic Versioning 2.0.0.

#include "engine/base/semantic_version.h"

#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace tollgate {
namespace {

bool IsVersion(std::string_view text) {
  return SemanticVersion::Parse(text).has_value();
}

TEST(SemanticVersionTest, IsReadStrictly) {
  for (const std::string_view good :
       {"0.0.0", "1.2.3", "10.20.30", "1.0.0-alpha", "1.0.0-alpha.1",
        "1.0.0-0.3.7", "1.0.0-x-y-z.--", "1.0.0+20130313144700",
        "1.0.0-beta+exp.sha.5114f85", "1.0.0+01", "1.0.0-0a",
        "99999999999999999999999.999999999999999999.99999999999999999"}) {
    EXPECT_TRUE(IsVersion(good)) << good;
  }
  for (const std::string_view bad :
       {"",          "1",          "1.0",    "1.0.0.0",
        "v1.0.0",    "1.0.0-",     "1.0.0+", "1.0.0-a..b",
        "1.0.0-a.",  "1.0.0-.a",   "01.0.0", "1.00.0",
        "1.0.0-01",  "1.0.0-a_b",  "1..0",   "1.0.",
        ".1.0.0",    "1.0.0 ",     " 1.0.0", "-1.0.0",
        "1.0.0+a+b", "1.0.0+a..b", "1.0.a",  "1.0.0-\xc3\xa9",
        "1.0.0-a.01"}) {
    EXPECT_FALSE(IsVersion(bad)) << bad;
  }
}

// Section 11, and its own example.
TEST(SemanticVersionTest, PrecedesByItsParts) {
  const std::string_view ascending[] = {"0.9.9",
                                        "1.0.0-alpha",
                                        "1.0.0-alpha.1",
                                        "1.0.0-alpha.beta",
                                        "1.0.0-beta",
                                        "1.0.0-beta.2",
                                        "1.0.0-beta.11",
                                        "1.0.0-rc.1",
                                        "1.0.0",
                                        "1.0.1",
                                        "1.1.0",
                                        "2.0.0",
                                        "2.1.0",
                                        "2.1.1",
                                        "2.1.10",
                                        "10.0.0",
                                        "18446744073709551616.0.0",
                                        "18446744073709551617.0.0"};
  for (size_t i = 0; i < std::size(ascending); ++i) {
    for (size_t j = 0; j < std::size(ascending); ++j) {
      EXPECT_EQ(SemanticVersion::Parse(ascending[i])
                    ->Precedes(*SemanticVersion::Parse(ascending[j])),
                i < j)
          << ascending[i] << " and " << ascending[j];
    }
  }
}

TEST(SemanticVersionTest, BuildsPrecedeNeitherWay) {
  const auto a = SemanticVersion::Parse("1.0.0+1");
  const auto b = SemanticVersion::Parse("1.0.0+2");
  EXPECT_FALSE(a->Precedes(*b));
  EXPECT_FALSE(b->Precedes(*a));
}

}  // namespace
}  // namespace tollgate
