#include "engine/base/checksum.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

namespace tollgate {
namespace {

// RFC 3720, appendix B.4, and the check value of the CRC catalogues.
TEST(ChecksumTest, GivesThePublishedValues) {
  std::string up(32, '\0');
  std::string down(32, '\0');
  for (size_t i = 0; i < 32; ++i) {
    up[i] = static_cast<char>(i);
    down[i] = static_cast<char>(31 - i);
  }
  const struct {
    std::string bytes;
    uint32_t crc;
  } kCases[] = {
      {"", 0},
      {"123456789", 0xe3069283},
      {std::string(32, '\0'), 0x8a9136aa},
      {std::string(32, '\xff'), 0x62a8ab43},
      {up, 0x46dd794e},
      {down, 0x113fdb5c},
  };
  for (const auto& [bytes, crc] : kCases) {
    EXPECT_EQ(Crc32c(bytes), crc) << bytes;
    EXPECT_EQ(internal::Crc32cPortable(0, bytes.data(), bytes.size()), crc)
        << bytes;
  }
}

TEST(ChecksumTest, BothImplementationsAgreeOnEverySize) {
  std::vector<char> bytes;
  for (uint32_t size = 0; size <= 100; ++size) {
    EXPECT_EQ(Crc32c(size, bytes.data(), bytes.size()),
              internal::Crc32cPortable(size, bytes.data(), bytes.size()))
        << size;
    bytes.push_back(static_cast<char>(size * 151 + 7));
  }
}

TEST(ChecksumTest, ContinuesFromASeed) {
  const std::string_view text = "tg_live_0123456789AB";
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    const std::string_view rest = text.substr(cut);
    EXPECT_EQ(Crc32c(Crc32c(text.substr(0, cut)), rest.data(), rest.size()),
              Crc32c(text))
        << cut;
  }
}

TEST(ChecksumTest, FindsEveryTypoOfOneCharacterAndEverySwapOfNeighbours) {
  const std::string key = "tg_live_Ab3dEf6hIj9kMnOpQrStUvWxYz0123456789aBcDeF";
  const uint32_t crc = Crc32c(key);
  for (size_t i = 0; i < key.size(); ++i) {
    std::string typo = key;
    for (int c = 1; c < 256; ++c) {
      typo[i] = static_cast<char>(key[i] ^ c);
      EXPECT_NE(Crc32c(typo), crc) << typo;
    }
    if (i == 0 || key[i] == key[i - 1]) continue;
    std::string swapped = key;
    std::swap(swapped[i], swapped[i - 1]);
    EXPECT_NE(Crc32c(swapped), crc) << swapped;
  }
}

}  // namespace
}  // namespace tollgate
