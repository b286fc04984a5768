#include "engine/config/suggestion.h"

#include <string>

#include "gtest/gtest.h"

namespace tollgate {
namespace {

TEST(SuggestionTest, CountsInsertionsRemovalsReplacementsAndSwaps) {
  const struct {
    std::string a, b;
    size_t distance;
  } kCases[] = {
      {"", "", 0},           {"a", "", 1},
      {"", "abc", 3},        {"store", "store", 0},
      {"stroe", "store", 1}, {"stor", "store", 1},
      {"sture", "store", 1}, {"kitten", "sitting", 3},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(EditDistance(test.a, test.b), test.distance)
        << test.a << " " << test.b;
    EXPECT_EQ(EditDistance(test.b, test.a), test.distance)
        << test.b << " " << test.a;
  }
}

TEST(SuggestionTest, NamesTheNearestKnownWordOrNone) {
  constexpr std::string_view kKnown[] = {"policies", "endpoints", "store"};
  EXPECT_EQ(DidYouMean("polices", kKnown), "; did you mean `policies`?");
  EXPECT_EQ(DidYouMean("Store", kKnown), "; did you mean `store`?");
  EXPECT_EQ(DidYouMean("endpoint", kKnown), "; did you mean `endpoints`?");
  EXPECT_EQ(DidYouMean("banana", kKnown), "");
  EXPECT_EQ(DidYouMean("", kKnown), "");
  EXPECT_EQ(DidYouMean(std::string(1 << 20, 'p'), kKnown), "");
  EXPECT_EQ(DidYouMean("store", {}), "");
}

}  // namespace
}  // namespace tollgate
