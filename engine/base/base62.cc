#include "engine/base/base62.h"

namespace tollgate {
namespace {

constexpr int8_t kNotADigit = -1;

constexpr std::array<int8_t, 256> MakeDigits() {
  std::array<int8_t, 256> digits = {};
  for (int8_t& digit : digits) digit = kNotADigit;
  for (size_t i = 0; i < kBase62Alphabet.size(); ++i) {
    digits[static_cast<uint8_t>(kBase62Alphabet[i])] = static_cast<int8_t>(i);
  }
  return digits;
}

constexpr std::array<int8_t, 256> kDigits = MakeDigits();

int DigitOf(char c) { return kDigits[static_cast<uint8_t>(c)]; }

}  // namespace

namespace internal {

uint64_t Base62ValuePortable(const char* text) {
  uint64_t value = 0;  // Below 62^6 < 2^36.
  for (size_t i = 0; i < kBase62Uint32Chars; ++i) {
    value = value * 62 + static_cast<uint64_t>(DigitOf(text[i]));
  }
  return value;
}

bool IsBase62Portable(const char* text, size_t size) {
  int digits_or = 0;  // Negative as soon as one of them is.
  for (size_t i = 0; i < size; ++i) digits_or |= DigitOf(text[i]);
  return digits_or >= 0;
}

}  // namespace internal

Base62Uint32 EncodeBase62(uint32_t value) {
  Base62Uint32 text;
  for (size_t i = text.size(); i > 0; --i) {
    text[i - 1] = kBase62Alphabet[value % 62];
    value /= 62;
  }
  return text;
}

}  // namespace tollgate
