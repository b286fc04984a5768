#include "engine/crypto/secret.h"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/crypto/unprintable.h"

namespace {

// What operator delete[] below saw of the block that a test watches.
struct Watch {
  const void* block = nullptr;
  size_t size = 0;
  bool freed = false;
  bool was_wiped = false;
};
Watch watch;

void Free(void* block) noexcept {
  if (block != nullptr && block == watch.block) {
    watch.freed = true;
    watch.was_wiped = true;
    for (size_t i = 0; i < watch.size; ++i) {
      if (static_cast<const unsigned char*>(block)[i] != 0) {
        watch.was_wiped = false;
      }
    }
    watch.block = nullptr;
  }
  std::free(block);
}

}  // namespace

// Looks at freed memory at the last moment at which that is allowed.
void* operator new[](size_t size) {
  void* block = std::malloc(size == 0 ? 1 : size);
  if (block == nullptr) std::abort();
  return block;
}
void operator delete[](void* block) noexcept { Free(block); }
void operator delete[](void* block, size_t) noexcept { Free(block); }

namespace tollgate {
namespace {

// Known failures "secret shown in error, log, core" and "non-constant MAC
// compare": the types make it a compile error.
static_assert(!Streamable<SecretBytes> && !Formattable<SecretBytes>);
static_assert(!Comparable<SecretBytes>, "ConstantTimeEqual compares secrets");
static_assert(!std::is_copy_constructible_v<SecretBytes> &&
              !std::is_copy_assignable_v<SecretBytes>);
static_assert(!std::is_convertible_v<SecretBytes, std::string_view>);

void WatchBlockOf(const SecretBytes& secret) {
  watch = {.block = secret.span().data(), .size = secret.size()};
}

TEST(SecretBytesTest, AreWipedBeforeTheirMemoryIsFreed) {
  {
    const SecretBytes secret = SecretBytes::CopyOf("correct horse battery");
    WatchBlockOf(secret);
  }
  EXPECT_TRUE(watch.freed);
  EXPECT_TRUE(watch.was_wiped);
}

TEST(SecretBytesTest, AreWipedWhenOthersAreAssigned) {
  SecretBytes secret = SecretBytes::CopyOf("the old one");
  WatchBlockOf(secret);
  secret = SecretBytes::CopyOf("the new one");
  EXPECT_TRUE(watch.freed);
  EXPECT_TRUE(watch.was_wiped);
  EXPECT_EQ(secret.text(), "the new one");
}

TEST(SecretBytesTest, MoveWithoutACopy) {
  SecretBytes secret = SecretBytes::CopyOf("secret");
  const uint8_t* bytes = secret.span().data();
  SecretBytes moved = std::move(secret);
  EXPECT_EQ(moved.span().data(), bytes);
  EXPECT_EQ(moved.text(), "secret");
  EXPECT_TRUE(secret.empty());  // NOLINT(bugprone-use-after-move)
  EXPECT_TRUE(secret.span().empty());

  SecretBytes& self = moved;
  moved = std::move(self);
  EXPECT_EQ(moved.text(), "secret");
}

TEST(SecretBytesTest, BeginAsZerosAndCanBeFilled) {
  SecretBytes secret(3);
  EXPECT_EQ(secret.text(), std::string_view("\0\0\0", 3));
  secret.mutable_span()[1] = 'x';
  EXPECT_EQ(secret.text(), std::string_view("\0x\0", 3));
  EXPECT_TRUE(SecretBytes().empty());
  EXPECT_TRUE(SecretBytes(0).empty());
  EXPECT_TRUE(SecretBytes::CopyOf("").empty());
}

TEST(WipeBytesTest, OverwritesExactlyTheBytesNamed) {
  std::array<uint8_t, 5> bytes = {1, 2, 3, 4, 5};
  WipeBytes(bytes.data() + 1, 3);
  EXPECT_EQ(bytes, (std::array<uint8_t, 5>{1, 0, 0, 0, 5}));
  WipeBytes(nullptr, 0);
}

// Known failure "compare stops at first wrong byte" (CVE-2025-59425), and the
// reverse fault, a comparison that misses one: every bit decides.
TEST(ConstantTimeEqualTest, EveryBitOfADigestDecides) {
  std::array<uint8_t, 32> a;
  for (size_t i = 0; i < a.size(); ++i) a[i] = static_cast<uint8_t>(i * 9);
  std::array<uint8_t, 32> b = a;
  EXPECT_TRUE(ConstantTimeEqual(a, b));
  for (size_t bit = 0; bit < 8 * b.size(); ++bit) {
    b[bit / 8] ^= static_cast<uint8_t>(1 << (bit % 8));
    EXPECT_FALSE(ConstantTimeEqual(a, b)) << bit;
    EXPECT_FALSE(
        ConstantTimeEqual(absl::MakeConstSpan(a), absl::MakeConstSpan(b)))
        << bit;
    b[bit / 8] ^= static_cast<uint8_t>(1 << (bit % 8));
  }
}

// Differences that would cancel out if words were added or xored together.
TEST(ConstantTimeEqualTest, DifferencesDoNotCancelOut) {
  const std::array<uint8_t, 32> zeros = {};
  for (size_t i = 0; i < zeros.size(); ++i) {
    for (size_t j = 0; j < zeros.size(); ++j) {
      std::array<uint8_t, 32> other = {};
      other[i] ^= 0x80;
      other[j] ^= 0x80;
      EXPECT_EQ(ConstantTimeEqual(zeros, other), i == j) << i << " " << j;
    }
  }
}

TEST(ConstantTimeEqualTest, SpansOfDifferentSizesAreUnequal) {
  const std::vector<uint8_t> bytes = {1, 2, 3, 0};
  const auto prefix = [&](size_t size) {
    return absl::MakeConstSpan(bytes).subspan(0, size);
  };
  EXPECT_TRUE(ConstantTimeEqual(prefix(4), prefix(4)));
  EXPECT_FALSE(ConstantTimeEqual(prefix(4), prefix(3)));
  EXPECT_FALSE(ConstantTimeEqual(prefix(0), prefix(1)));
  EXPECT_TRUE(ConstantTimeEqual(prefix(0), absl::Span<const uint8_t>()));
}

}  // namespace
}  // namespace tollgate
