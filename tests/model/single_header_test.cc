#include "engine/model/single_header.h"

#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace tollgate {
namespace {

TEST(SingleHeaderTest, IsTheOnlyOneOfItsNameInAnyCase) {
  const std::vector<HeaderView> headers = {
      {"Accept", "x"}, {"hOST", "a.example"}, {"Hosts", "y"}};
  EXPECT_EQ(SingleHeader(headers, "host"), "a.example");
  EXPECT_EQ(SingleHeader(headers, "accept"), "x");
  EXPECT_EQ(SingleHeader(headers, "dpop"), "");
  EXPECT_EQ(SingleHeader({}, "host"), "");
}

TEST(SingleHeaderTest, SeveralAreNoneThoughSomeAreEmpty) {
  for (const auto& [first, second] :
       {std::pair("a", "b"), std::pair("a", "a"), std::pair("", "a"),
        std::pair("a", ""), std::pair("", "")}) {
    const std::vector<HeaderView> headers = {{"Host", first}, {"host", second}};
    EXPECT_EQ(SingleHeader(headers, "host"), "") << first << "," << second;
  }
}

}  // namespace
}  // namespace tollgate
