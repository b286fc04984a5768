#include "engine/crypto/sha256.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace tollgate {
namespace {

std::string Hex(const Sha256Digest& digest) {
  return absl::BytesToHexString(
      {reinterpret_cast<const char*>(digest.data()), digest.size()});
}

// FIPS 180-4 examples.
TEST(Sha256Test, GivesThePublishedDigests) {
  const struct {
    std::string message;
    std::string_view digest;
  } kCases[] = {
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc",
       "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
      {std::string(1'000'000, 'a'),
       "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
  };
  for (const auto& [message, digest] : kCases) {
    EXPECT_EQ(Hex(Sha256(message)), digest);
  }
}

// The message lies in a buffer of its exact size, so that ASan would find a
// load beyond either end.
TEST(Sha256Test, TheLastBlockAfterAPreparedOneGivesTheDigestOfBoth) {
  internal::Sha256Block block;
  for (size_t i = 0; i < block.size(); ++i) {
    block[i] = static_cast<uint8_t>(3 * i + 1);
  }
  const internal::Sha256State state = internal::Sha256FirstBlock(block);
  const std::string first(block.begin(), block.end());
  for (size_t size = 0; size <= internal::kSha256LastBlockBytesMax; ++size) {
    std::vector<char> message(size);
    for (size_t i = 0; i < size; ++i) message[i] = static_cast<char>(255 - i);
    const std::string_view view(message.data(), size);
    EXPECT_EQ(Hex(internal::Sha256LastBlock(state, view)),
              Hex(Sha256(first + std::string(view))))
        << size;
  }
}

}  // namespace
}  // namespace tollgate
