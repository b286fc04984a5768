#include "engine/crypto/hmac_sha256.h"

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"
#include "tests/crypto/unprintable.h"

namespace tollgate {
namespace {

static_assert(!Streamable<HmacSha256> && !Formattable<HmacSha256>);

std::string MacHex(const std::string& key, std::string_view message) {
  const HmacSha256 hmac(absl::MakeConstSpan(
      reinterpret_cast<const uint8_t*>(key.data()), key.size()));
  const Sha256Digest code = hmac.Mac(message);
  return absl::BytesToHexString(
      {reinterpret_cast<const char*>(code.data()), code.size()});
}

// RFC 4231, section 4.
TEST(HmacSha256Test, GivesTheCodesOfRfc4231) {
  std::string counting;
  for (char c = 1; c <= 25; ++c) counting += c;
  const struct {
    std::string key;
    std::string message;
    std::string_view code;
  } kCases[] = {
      {std::string(20, '\x0b'), "Hi There",
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"Jefe", "what do ya want for nothing?",
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {std::string(20, '\xaa'), std::string(50, '\xdd'),
       "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {counting, std::string(50, '\xcd'),
       "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
      {std::string(131, '\xaa'),
       "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {std::string(131, '\xaa'),
       "This is a test using a larger than block-size key and a larger than "
       "block-size data. The key needs to be hashed before being used by the "
       "HMAC algorithm.",
       "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
  };
  for (const auto& [key, message, code] : kCases) {
    EXPECT_EQ(MacHex(key, message), code) << message;
  }
}

// The definition: H(key ^ opad || H(key ^ ipad || message)).
std::string DefinitionHex(std::string key, const std::string& message) {
  key.resize(64);
  std::string inner;
  std::string outer;
  for (char c : key) {
    inner += static_cast<char>(c ^ 0x36);
    outer += static_cast<char>(c ^ 0x5c);
  }
  const Sha256Digest first = Sha256(inner + message);
  const Sha256Digest code =
      Sha256(outer + std::string(first.begin(), first.end()));
  return absl::BytesToHexString(
      {reinterpret_cast<const char*>(code.data()), code.size()});
}

TEST(HmacSha256Test, AgreesWithTheDefinitionForEverySizeOfKeyAndMessage) {
  std::string message;
  for (size_t size = 0; size <= 200; ++size) {
    EXPECT_EQ(MacHex("key", message), DefinitionHex("key", message)) << size;
    const std::string key(size % 65, 'k');
    EXPECT_EQ(MacHex(key, message), DefinitionHex(key, message)) << size;
    message += static_cast<char>(size * 7 + 1);  // no two neighbours alike
  }
}

}  // namespace
}  // namespace tollgate
