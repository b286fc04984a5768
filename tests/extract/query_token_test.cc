#include "engine/extract/query_token.h"

#include <string_view>

#include "gtest/gtest.h"

namespace tollgate {
namespace {

TEST(QueryTokenTest, IsFoundUnderItsNameHoweverItIsWritten) {
  for (const std::string_view target :
       {"/v1/x?access_token=abc", "/v1/x?access_token", "/v1/x?access_token=",
        "/v1/x?a=1&access_token=abc", "/v1/x?a=1&access_token=abc&b=2",
        "/v1/x?access%5Ftoken=abc", "/v1/x?access%5ftoken=abc",
        "/v1/x?%61%63%63%65%73%73%5F%74%6F%6B%65%6E=abc",
        "/v1/x?&&access_token=a", "/v1/x?access_token=a&access_token=b"}) {
    EXPECT_TRUE(HasQueryToken(target)) << target;
  }
}

TEST(QueryTokenTest, OtherParametersAreNone) {
  for (const std::string_view target :
       {"", "?", "/", "/access_token=abc", "/v1/x?", "/v1/x?x=1",
        "/v1/x?q=access_token", "/v1/x?a=access_token=b", "/v1/x?access_toke=a",
        "/v1/x?access_tokens=a", "/v1/x?xaccess_token=a",
        "/v1/x?Access_Token=a", "/v1/x?access%5token=abc", "/v1/x?access%5",
        "/v1/x?limit=20&cursor=b2Zmc2V0OjEwMA"}) {
    EXPECT_FALSE(HasQueryToken(target)) << target;
  }
}

}  // namespace
}  // namespace tollgate
