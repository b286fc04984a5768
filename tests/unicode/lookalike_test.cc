#include "engine/unicode/lookalike.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace tollgate {
namespace {

bool LookAlike(std::string_view a, std::string_view b) {
  const auto keys = LookalikeKeysOf(b);
  for (const std::string& key : LookalikeKeysOf(a)) {
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) return true;
  }
  return false;
}

struct Pair {
  std::string a, b;
};

class LookalikeTest : public testing::TestWithParam<Pair> {};

TEST_P(LookalikeTest, IsSeen) {
  EXPECT_TRUE(LookAlike(GetParam().a, GetParam().b));
  EXPECT_TRUE(LookAlike(GetParam().b, GetParam().a));
}

INSTANTIATE_TEST_SUITE_P(
    All, LookalikeTest,
    testing::Values(Pair{"weather", "Weather"}, Pair{"weather", "WEATHER"},
                    Pair{"weather",
                         "w\xd0\xb5"
                         "ather"},                           // Cyrillic ie
                    Pair{"weather", "weather\xe2\x80\x8b"},  // zero-width space
                    Pair{"weather",
                         "\xef\xbd\x97"
                         "eather"},  // full-width w
                    Pair{"paypal", "paypa1"}, Pair{"paypal", "paypaI"},
                    Pair{"modern", "modem"}, Pair{"tool0", "toolO"},
                    Pair{"tool0", "toolo"},
                    Pair{"scope",
                         "\xd1\x95\xd1\x81\xd0\xbe\xd1\x80"
                         "\xd0\xb5"},
                    Pair{"file", "\xef\xac\x81le"},  // ligature fi
                    Pair{"kelvin",
                         "\xe2\x84\xaa"
                         "elvin"},                    // KELVIN SIGN
                    Pair{"a\xcc\x8a", "\xc3\xa5"}));  // composed, decomposed

TEST(NoLookalikeTest, DifferentNamesStayDifferent) {
  for (const auto& [a, b] :
       {Pair{"weather", "forecast"}, Pair{"read_file", "write_file"},
        Pair{"get", "set"}, Pair{"a", "b"}, Pair{"", "a"},
        Pair{"tool1", "tool2"}}) {
    EXPECT_FALSE(LookAlike(a, b)) << a << " " << b;
  }
}

TEST(FoldedNameTest, CaseAndCompatibilityGo) {
  EXPECT_EQ(FoldedName("InputSchema"), FoldedName("inputschema"));
  EXPECT_EQ(FoldedName("de\xc5\xbf"
                       "cription"),
            "description");  // LONG S
  EXPECT_NE(FoldedName("name"), FoldedName("names"));
  EXPECT_EQ(FoldedName("\xff"), "\xff");
}

}  // namespace
}  // namespace tollgate
