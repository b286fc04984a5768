#include "engine/base/inline_text.h"

#include <string>
#include <type_traits>

#include "gtest/gtest.h"

namespace tollgate {
namespace {

static_assert(std::is_trivially_copyable_v<InlineText<8>>);

TEST(InlineTextTest, HoldsWhatFits) {
  InlineText<8> text;
  EXPECT_TRUE(text.empty());
  EXPECT_TRUE(text.Assign("12345678"));
  EXPECT_EQ(text.text(), "12345678");
  EXPECT_TRUE(text.Assign(std::string_view("a\0b", 3)));
  EXPECT_EQ(text.text(), std::string_view("a\0b", 3));
  EXPECT_TRUE(text.Assign(""));
  EXPECT_TRUE(text.empty());
}

TEST(InlineTextTest, RefusesWhatDoesNotFitAndStaysAsItWas) {
  InlineText<8> text;
  EXPECT_TRUE(text.Assign("before"));
  EXPECT_FALSE(text.Assign("123456789"));
  EXPECT_EQ(text.text(), "before");
}

}  // namespace
}  // namespace tollgate
