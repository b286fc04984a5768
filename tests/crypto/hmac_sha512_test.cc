#include "engine/crypto/hmac_sha512.h"

#include <string>
#include <string_view>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"
#include "tests/crypto/key_pairs.h"
#include "tests/crypto/unprintable.h"

namespace tollgate {
namespace {

static_assert(!Streamable<HmacSha512> && !Formattable<HmacSha512>);

// RFC 4231 section 4.2 and 4.7: a short key, and one longer than a block.
TEST(HmacSha512Test, GivesTheCodesOfRfc4231) {
  const struct {
    std::string key;
    std::string_view message;
    std::string_view code384;
    std::string_view code512;
  } kCases[] = {
      {std::string(20, '\x0b'), "Hi There",
       "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c"
       "faea9ea9076ede7f4af152e8b2fa9cb6",
       "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
       "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"},
      {std::string(131, '\xaa'),
       "Test Using Larger Than Block-Size Key - Hash Key First",
       "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c6"
       "0c2ef6ab4030fe8296248df163f44952",
       "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
       "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"},
  };
  using Variant = HmacSha512::Variant;
  for (const auto& [key, message, code384, code512] : kCases) {
    const auto hex = [&, &key = key, &message = message](Variant variant) {
      const Sha512Digest code = HmacSha512(variant, AsBytes(key)).Mac(message);
      return absl::BytesToHexString(std::string(code.begin(), code.end()));
    };
    EXPECT_EQ(hex(Variant::kSha384),
              std::string(code384) + std::string(32, '0'));
    EXPECT_EQ(hex(Variant::kSha512), code512);
  }
}

}  // namespace
}  // namespace tollgate
