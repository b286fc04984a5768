#include "engine/model/key_id.h"

#include <optional>
#include <string_view>

#include "gtest/gtest.h"

namespace tollgate {
namespace {

TEST(KeyIdTest, IsTwelveBase62Characters) {
  const std::optional<KeyId> id = KeyId::Parse("0123456789Az");
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(id->text(), "0123456789Az");
  EXPECT_EQ(*id, *KeyId::Parse("0123456789Az"));
  EXPECT_FALSE(*id == *KeyId::Parse("0123456789AZ"));
}

// Known failure "empty or NUL secret, trailing space, case, Unicode", for ids.
TEST(KeyIdTest, RefusesEverythingElse) {
  for (std::string_view text :
       {"", "0123456789A", "0123456789Abc", "0123456789A-", "0123456789A ",
        " 123456789Ab", "0123456789\xc3\xa4", "0123456789A_"}) {
    EXPECT_EQ(KeyId::Parse(text), std::nullopt) << text;
  }
  EXPECT_EQ(KeyId::Parse(std::string_view("0123456789A\0", 12)), std::nullopt);
}

}  // namespace
}  // namespace tollgate
