#include "engine/crypto/key_digest.h"

#include <array>
#include <cstdint>
#include <memory>
#include <new>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/escaping.h"
#include "engine/crypto/hmac_sha256.h"
#include "engine/crypto/secret.h"
#include "engine/crypto/sha256.h"
#include "gtest/gtest.h"
#include "tests/crypto/unprintable.h"

namespace tollgate {
namespace {

static_assert(!Streamable<Pepper> && !Formattable<Pepper>,
              "known failure: secret shown in error or log");
static_assert(!std::is_copy_constructible_v<Pepper>);

std::string Bytes(uint8_t first, size_t size) {
  std::string bytes;
  for (size_t i = 0; i < size; ++i) bytes += static_cast<char>(first + i);
  return bytes;
}

Pepper PepperOf(std::string_view bytes) {
  absl::StatusOr<Pepper> pepper = Pepper::Create(absl::MakeConstSpan(
      reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()));
  EXPECT_TRUE(pepper.ok()) << pepper.status();
  return *std::move(pepper);
}

std::string Hex(const SecretDigest& digest) {
  return absl::BytesToHexString(
      {reinterpret_cast<const char*>(digest.data()), digest.size()});
}

// Stored digests outlive releases: these values never change. They were made
// with Python's hmac and hashlib, from the definition in the header.
TEST(KeyDigestTest, StoredDigestsStayValid) {
  const Pepper pepper = PepperOf(Bytes(0, 32));
  EXPECT_EQ(Hex(pepper.Digest("a")),
            "7430e5eb20c8aeec91934a74b076a9f253e965e0f208dd8174814e3175198163");
  EXPECT_EQ(Hex(pepper.Digest("0123456789ABCDEFGHIJabcdefghij")),
            "17917c0c46cf732b12553c418ee42d47419cdd33c14fc0c72c51ddf59ccad5e2");
  EXPECT_EQ(Hex(pepper.Digest(std::string(55, 'x'))),
            "cbfa40a1fd6246516439af7b98bd3b241cb4c4ab6cc0e7ae154be8d9e54cc549");
}

// HKDF-SHA-256 (RFC 5869) without salt, for 64 bytes.
std::string DeriveKey(std::string_view pepper) {
  const auto mac = [](std::string_view key, const std::string& message) {
    const HmacSha256 hmac(absl::MakeConstSpan(
        reinterpret_cast<const uint8_t*>(key.data()), key.size()));
    const Sha256Digest code = hmac.Mac(message);
    return std::string(code.begin(), code.end());
  };
  const std::string info = "tollgate api key digest 1";
  const std::string extracted = mac(std::string(32, '\0'), std::string(pepper));
  const std::string first = mac(extracted, info + '\1');
  return first + mac(extracted, first + info + '\2');
}

// Fact 1: one compression over the prepared block is SHA-256 of both blocks.
TEST(KeyDigestTest, IsSha256OfTheDerivedKeyAndTheSecret) {
  const std::string pepper_bytes = Bytes(100, 77);
  const Pepper pepper = PepperOf(pepper_bytes);
  const std::string key = DeriveKey(pepper_bytes);
  for (size_t size = 1; size <= Pepper::kSecretBytesMax; ++size) {
    const std::string secret = Bytes(200, size);
    EXPECT_EQ(Hex(pepper.Digest(secret)), Hex(Sha256(key + secret))) << size;
  }
}

// Known failure "empty or NUL secret, trailing space, case, Unicode"; fact 5.
TEST(KeyDigestTest, SecretsThatLookAlikeHaveTheirOwnDigests) {
  const Pepper pepper = PepperOf(Bytes(0, 32));
  const std::string_view kSecrets[] = {"secret",
                                       "Secret",
                                       "SECRET",
                                       "secret ",
                                       " secret",
                                       "secret\n",
                                       "secret\t",
                                       "secret\x80",
                                       "s\xc3\xa9"
                                       "cret",
                                       "se\xcc\x81"
                                       "cret",
                                       std::string_view("secret\0", 7),
                                       std::string_view("secret\0\0", 8),
                                       std::string_view("\0", 1),
                                       std::string_view("\0\0", 2),
                                       std::string_view("se\0ret", 6),
                                       std::string_view("se\0xet", 6)};
  std::set<SecretDigest> digests;
  for (std::string_view secret : kSecrets) {
    EXPECT_TRUE(digests.insert(pepper.Digest(secret)).second) << secret;
  }
}

// Known failure "lookup by truncated hash": each byte of a secret and each
// byte of a digest counts.
TEST(KeyDigestTest, EveryByteOfTheSecretCounts) {
  const Pepper pepper = PepperOf(Bytes(0, 32));
  for (size_t size = 1; size <= Pepper::kSecretBytesMax; ++size) {
    std::string secret(size, 's');
    const SecretDigest right = pepper.Digest(secret);
    for (size_t i = 0; i < size; ++i) {
      secret[i] ^= 1;
      EXPECT_FALSE(ConstantTimeEqual(pepper.Digest(secret), right))
          << size << " " << i;
      secret[i] ^= 1;
    }
  }
}

TEST(KeyDigestTest, PeppersThatDifferInOneBitHaveNothingInCommon) {
  const std::string bytes = Bytes(0, 32);
  const SecretDigest digest = PepperOf(bytes).Digest("secret");
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string other = bytes;
    other[i] ^= 1;
    EXPECT_NE(PepperOf(other).Digest("secret"), digest) << i;
  }
  EXPECT_NE(PepperOf(bytes + '\0').Digest("secret"), digest);
}

TEST(KeyDigestTest, RefusesShortPeppersWithoutShowingThem) {
  for (size_t size : {0, 1, 31}) {
    const std::string bytes(size, 'Q');
    const absl::StatusOr<Pepper> pepper = Pepper::Create(absl::MakeConstSpan(
        reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()));
    ASSERT_FALSE(pepper.ok()) << size;
    EXPECT_EQ(pepper.status().message().find('Q'), std::string_view::npos);
  }
}

TEST(KeyDigestTest, AMovedPepperDigestsAsBefore) {
  Pepper pepper = PepperOf(Bytes(0, 32));
  const SecretDigest digest = pepper.Digest("secret");
  Pepper moved = std::move(pepper);
  EXPECT_EQ(moved.Digest("secret"), digest);
  Pepper assigned = PepperOf(Bytes(1, 32));
  assigned = std::move(moved);
  EXPECT_EQ(assigned.Digest("secret"), digest);
}

TEST(KeyDigestDeathTest, ASecretThatDoesNotFitEndsTheProcess) {
  const Pepper pepper = PepperOf(Bytes(0, 32));
  EXPECT_DEATH((void)pepper.Digest(""), "");
  EXPECT_DEATH((void)pepper.Digest(std::string(56, 's')), "");
}

// Known failure "secret shown in … core".
TEST(KeyDigestTest, APepperIsWipedWhenItGoes) {
  alignas(Pepper) unsigned char storage[sizeof(Pepper)];
  Pepper* pepper = new (storage) Pepper(PepperOf(Bytes(0, 32)));
  const auto is_zero = [&] {
    for (unsigned char byte : storage) {
      if (byte != 0) return false;
    }
    return true;
  };
  EXPECT_FALSE(is_zero());
  std::destroy_at(pepper);
  EXPECT_TRUE(is_zero());
}

}  // namespace
}  // namespace tollgate
