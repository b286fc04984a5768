#include "engine/extract/api_key_text.h"

#include <string>

#include "gtest/gtest.h"

namespace tollgate {
namespace {

constexpr std::string_view kSecret = "abcdefghijklmnopqrstuvwxyz0123";

KeyId TestId() { return *KeyId::Parse("A1b2C3d4E5f6"); }

std::string GoodKey() {
  return ApiKeyText("tg", "live").Compose(TestId(), kSecret);
}

struct Parts {
  Reason reason;
  KeyId id;
  std::string_view secret;
};

Parts Parse(const ApiKeyText& format, std::string_view text) {
  Parts parts = {};
  parts.reason = format.Parse(text, parts.id, parts.secret);
  return parts;
}

TEST(ApiKeyTextTest, ParsesWhatItComposes) {
  const ApiKeyText format("tg", "live");
  const std::string key = GoodKey();
  EXPECT_EQ(key.size(), 8u + 48u);
  const auto parts = Parse(format, key);
  EXPECT_EQ(parts.reason, Reason::kOk);
  EXPECT_EQ(parts.id, TestId());
  EXPECT_EQ(parts.secret, kSecret);
}

TEST(ApiKeyTextTest, KeepsItsFormatForEver) {
  // Issued keys are out in the world: this text may never change.
  EXPECT_EQ(GoodKey(), "tg_live_A1b2C3d4E5f6abcdefghijklmnopqrstuvwxyz0123" +
                           GoodKey().substr(50));
  EXPECT_EQ(Parse(ApiKeyText("tg", "live"), GoodKey()).reason, Reason::kOk);
}

TEST(ApiKeyTextTest, RefusesEveryOneCharacterTypo) {
  const ApiKeyText format("tg", "live");
  const std::string key = GoodKey();
  for (size_t i = 0; i < key.size(); ++i) {
    for (const char c : {'0', 'Z', 'z', 'q', '_', '-', ' ', '\0', '\x80'}) {
      std::string typo = key;
      if (typo[i] == c) continue;
      typo[i] = c;
      EXPECT_NE(Parse(format, typo).reason, Reason::kOk) << i << " " << typo;
    }
  }
}

TEST(ApiKeyTextTest, RefusesSwappedNeighbours) {
  const ApiKeyText format("tg", "live");
  const std::string key = GoodKey();
  for (size_t i = 0; i + 1 < key.size(); ++i) {
    std::string typo = key;
    std::swap(typo[i], typo[i + 1]);
    if (typo == key) continue;
    EXPECT_NE(Parse(format, typo).reason, Reason::kOk) << typo;
  }
}

TEST(ApiKeyTextTest, RefusesEveryOtherLength) {
  const ApiKeyText format("tg", "live");
  const std::string key = GoodKey();
  for (size_t size = 0; size < key.size(); ++size) {
    EXPECT_EQ(Parse(format, key.substr(0, size)).reason,
              Reason::kMalformedCredential);
  }
  EXPECT_EQ(Parse(format, key + "0").reason, Reason::kMalformedCredential);
  EXPECT_EQ(Parse(format, key + " ").reason, Reason::kMalformedCredential);
}

TEST(ApiKeyTextTest, TellsBadChecksumFromNoKeyAtAll) {
  const ApiKeyText format("tg", "live");
  std::string key = GoodKey();
  key[20] = key[20] == 'a' ? 'b' : 'a';
  EXPECT_EQ(Parse(format, key).reason, Reason::kBadChecksum);
  key[20] = '!';
  EXPECT_EQ(Parse(format, key).reason, Reason::kMalformedCredential);
}

// Bytes that are no digits are worth as much as some that are.
TEST(ApiKeyTextTest, AChecksumConsistsOfDigits) {
  const ApiKeyText format("tg", "live");
  for (const char varied : std::string_view("abcdefghijklmnopqrst")) {
    std::string secret(kSecret);
    secret[0] = varied;
    const std::string key = format.Compose(TestId(), secret);
    for (size_t i = key.size() - ApiKeyText::kChecksumSize; i < key.size();
         ++i) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string other = key;
        other[i] = static_cast<char>(byte);
        ASSERT_EQ(Parse(format, other).reason == Reason::kOk, other == key)
            << key << " " << i << " " << byte;
      }
    }
  }
}

// Six characters can write the checksum and 2^32 on top: a second spelling.
TEST(ApiKeyTextTest, AChecksumHasOneSpelling) {
  const ApiKeyText format("tg", "live");
  std::string key = GoodKey();
  const size_t at = key.size() - ApiKeyText::kChecksumSize;
  uint64_t value = Base62Value(key.data() + at) + (uint64_t{1} << 32);
  for (size_t i = key.size(); i > at; --i, value /= 62) {
    key[i - 1] = kBase62Alphabet[value % 62];
  }
  EXPECT_EQ(Parse(format, key).reason, Reason::kBadChecksum);
}

TEST(ApiKeyTextTest, RefusesAnotherEnvironmentAndPrefix) {
  const std::string key = GoodKey();
  EXPECT_EQ(Parse(ApiKeyText("tg", "test"), key).reason,
            Reason::kMalformedCredential);
  EXPECT_EQ(Parse(ApiKeyText("gt", "live"), key).reason,
            Reason::kMalformedCredential);
  EXPECT_TRUE(ApiKeyText("tg", "test").LooksLikeKey(key));
  EXPECT_FALSE(ApiKeyText("gt", "live").LooksLikeKey(key));
}

TEST(ApiKeyTextTest, BindsTheChecksumToTheEnvironment) {
  const std::string live = GoodKey();
  std::string test = "tg_test_" + live.substr(8);
  EXPECT_EQ(Parse(ApiKeyText("tg", "test"), test).reason, Reason::kBadChecksum);
}

}  // namespace
}  // namespace tollgate
