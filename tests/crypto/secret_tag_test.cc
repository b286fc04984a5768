#include "engine/crypto/secret_tag.h"

#include <openssl/aes.h>

#include <array>
#include <cstring>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/crypto/unprintable.h"

namespace tollgate {
namespace {

static_assert(!Streamable<SecretTagger> && !Formattable<SecretTagger>);

using Block = std::array<uint8_t, SecretTagger::kBlockBytes>;
using Key = std::array<uint8_t, SecretTagger::kKeyBytes>;
using Words = std::pair<uint64_t, uint64_t>;

Key MakeKey(uint8_t first) {
  Key key;
  for (size_t i = 0; i < key.size(); ++i) {
    key[i] = static_cast<uint8_t>(first + 7 * i);
  }
  return key;
}

std::string Letters(size_t size) {
  std::string text;
  for (size_t i = 0; i < size; ++i) text += static_cast<char>('A' + i % 50);
  return text;
}

Words TagOf(const SecretTagger& tagger, const std::string& secret) {
  // On the heap, to its exact size: what reads past an end is found.
  const std::vector<char> exact(secret.begin(), secret.end());
  const SecretTag tag = tagger.Of({exact.data(), exact.size()});
  return {tag.low, tag.high};
}

// The header's formula, with BoringSSL's AES.
Words Model(const Key& key, const std::string& secret) {
  const size_t blocks = secret.size() / SecretTagger::kBlockBytes + 1;
  std::vector<uint8_t> bytes(blocks * SecretTagger::kBlockBytes);
  std::memcpy(bytes.data(), secret.data(), secret.size());
  bytes.back() = static_cast<uint8_t>(secret.size());
  Block sum = {};
  for (size_t i = 0; i < blocks; ++i) {
    AES_KEY aes;
    EXPECT_EQ(AES_set_encrypt_key(key.data() + 16 * i, 128, &aes), 0);
    const uint8_t* const in = bytes.data() + 16 * i;
    Block out;
    AES_encrypt(in, out.data(), &aes);
    for (size_t j = 0; j < sum.size(); ++j) sum[j] ^= out[j] ^ in[j];
  }
  Words words;
  std::memcpy(&words.first, sum.data(), 8);
  std::memcpy(&words.second, sum.data() + 8, 8);
  return words;
}

class SecretTagTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!SecretTagger::IsSupported()) {
      GTEST_SKIP() << "this processor has no AES instructions";
    }
  }
};

TEST_F(SecretTagTest, IsWhatTheFormulaSaysForEverySize) {
  const Key key = MakeKey(3);
  const SecretTagger tagger(key);
  for (size_t size = 0; size <= SecretTagger::kSecretBytesMax; ++size) {
    const std::string secret = Letters(size);
    EXPECT_EQ(TagOf(tagger, secret), Model(key, secret)) << size;
  }
}

TEST_F(SecretTagTest, EveryBitOfSecretAndKeyCounts) {
  for (const size_t size : {1, 15, 16, 30, 31, 32, 47, 48, 63}) {
    const Key key = MakeKey(9);
    std::string secret = Letters(size);
    const Words tag = TagOf(SecretTagger(key), secret);
    for (size_t bit = 0; bit < 8 * size; ++bit) {
      secret[bit / 8] ^= static_cast<char>(1 << bit % 8);
      EXPECT_NE(TagOf(SecretTagger(key), secret), tag) << size << " " << bit;
      secret[bit / 8] ^= static_cast<char>(1 << bit % 8);
    }
    for (size_t bit = 0; bit < 128 * (size / 16 + 1); ++bit) {
      Key other = key;
      other[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
      EXPECT_NE(TagOf(SecretTagger(other), secret), tag) << size << " " << bit;
    }
  }
}

// Zeros at the end are part of a secret, and are no padding.
TEST_F(SecretTagTest, NoSecretIsAnotherPadded) {
  const SecretTagger tagger(MakeKey(5));
  std::set<Words> tags;
  size_t secrets = 0;
  for (size_t size = 0; size <= SecretTagger::kSecretBytesMax; ++size) {
    tags.insert(TagOf(tagger, std::string(size, '\0')));
    tags.insert(TagOf(tagger, "k" + std::string(size, '\0')));
    secrets += 2;
    if (size == SecretTagger::kSecretBytesMax - 1) break;
  }
  EXPECT_EQ(tags.size(), secrets);
}

TEST(SecretTagDeathTest, ASecretThatIsTooLongIsNotTaggedInPart) {
  if (!SecretTagger::IsSupported()) {
    GTEST_SKIP() << "this processor has no AES instructions";
  }
  const SecretTagger tagger(MakeKey(1));
  EXPECT_DEATH((void)tagger.Of(Letters(SecretTagger::kSecretBytesMax + 1)), "");
}

}  // namespace
}  // namespace tollgate
