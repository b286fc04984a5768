#include "engine/base/base62.h"

#include <iterator>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace tollgate {
namespace {

constexpr int8_t kNotADigit = -1;

// What a digit is worth, from the first on.
constexpr uint64_t kPowers[] = {uint64_t{62} * 62 * 62 * 62 * 62,
                                62 * 62 * 62 * 62,
                                62 * 62 * 62,
                                62 * 62,
                                62,
                                1};
static_assert(std::size(kPowers) == kBase62Uint32Chars);

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

#if defined(__SSE2__)

// Sets each byte of the result to 0xff where the byte is of the alphabet: its
// distance from '0' is at most 9, or, in lower case, from 'a' at most 25.
// Distances are unsigned, so bytes below wrap round to large ones.
__m128i InAlphabet(__m128i bytes) {
  const __m128i digit = _mm_sub_epi8(bytes, _mm_set1_epi8('0'));
  const __m128i lower = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
  const __m128i letter = _mm_sub_epi8(lower, _mm_set1_epi8('a'));
  return _mm_or_si128(
      _mm_cmpeq_epi8(_mm_min_epu8(digit, _mm_set1_epi8(9)), digit),
      _mm_cmpeq_epi8(_mm_min_epu8(letter, _mm_set1_epi8(25)), letter));
}

__m128i Load16(const char* text) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(text));
}

__m128i Load8(const char* text) {
  return _mm_loadl_epi64(reinterpret_cast<const __m128i*>(text));
}

bool AllSet(__m128i good) { return _mm_movemask_epi8(good) == 0xffff; }

// Both functions let the last load overlap those before: no tail loop.

// REQUIRES: size >= 16.
bool IsBase62By16(const char* text, size_t size) {
  __m128i good = InAlphabet(Load16(text + size - 16));
  for (size_t i = 0; i + 16 < size; i += 16) {
    good = _mm_and_si128(good, InAlphabet(Load16(text + i)));
  }
  return AllSet(good);
}

// REQUIRES: 8 <= size <= 16.
bool IsBase62By8(const char* text, size_t size) {
  return AllSet(
      InAlphabet(_mm_unpacklo_epi64(Load8(text), Load8(text + size - 8))));
}

#endif  // defined(__SSE2__)

}  // namespace

namespace internal {

bool IsBase62Portable(const char* text, size_t size) {
  int digits_or = 0;  // Negative as soon as one of them is.
  for (size_t i = 0; i < size; ++i) digits_or |= DigitOf(text[i]);
  return digits_or >= 0;
}

}  // namespace internal

bool IsBase62(const char* text, size_t size) {
#if defined(__SSE2__)
  if (size >= 16) return IsBase62By16(text, size);
  if (size >= 8) return IsBase62By8(text, size);
#endif
  return internal::IsBase62Portable(text, size);
}

Base62Uint32 EncodeBase62(uint32_t value) {
  Base62Uint32 text;
  for (size_t i = text.size(); i > 0; --i) {
    text[i - 1] = kBase62Alphabet[value % 62];
    value /= 62;
  }
  return text;
}

std::optional<uint32_t> DecodeBase62(std::string_view text) {
  if (text.size() != kBase62Uint32Chars) return std::nullopt;
  // As a sum of products that do not wait for each other.
  uint64_t value = 0;  // Below 62^6 < 2^36.
  int digits_or = 0;   // Negative as soon as one of them is.
  for (size_t i = 0; i < kBase62Uint32Chars; ++i) {
    const int digit = DigitOf(text[i]);
    digits_or |= digit;
    value += kPowers[i] * static_cast<uint32_t>(digit);
  }
  if (digits_or < 0) return std::nullopt;
  if (value > UINT32_MAX) return std::nullopt;
  return static_cast<uint32_t>(value);
}

}  // namespace tollgate
