// Base62: the alphabet of API keys, and 32-bit numbers written in it.
//
// The alphabet is 0-9, A-Z, a-z, in this order (ASCII order), so that an
// encoded number of fixed width sorts like the number.
//
// Use it for key ids, secrets and checksums. Not for arbitrary bytes: that is
// what base64 is for.
//
// Thread-safety: pure functions. Cost: no allocation; IsBase62 of 48 characters
// is about 3 ns (BM_Base62_Is). Errors: none.

#ifndef TOLLGATE_ENGINE_BASE_BASE62_H_
#define TOLLGATE_ENGINE_BASE_BASE62_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSSE3__)
#include <tmmintrin.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace tollgate {

inline constexpr std::string_view kBase62Alphabet =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
static_assert(kBase62Alphabet.size() == 62);

// Characters of an encoded uint32_t: 62^6 > 2^32 > 62^5.
inline constexpr size_t kBase62Uint32Chars = 6;
using Base62Uint32 = std::array<char, kBase62Uint32Chars>;

// Writes `value` with the most significant digit first, padded with '0'.
Base62Uint32 EncodeBase62(uint32_t value);

namespace internal {

// The plain loops, for other processors and as the model in tests.
[[nodiscard]] bool IsBase62Portable(const char* text, size_t size);
[[nodiscard]] uint64_t Base62ValuePortable(const char* text);

#if defined(__SSE2__)

// Sets each byte of the result to 0xff where the byte is of the alphabet: its
// distance from '0' is at most 9, or, in lower case, from 'a' at most 25.
// Distances are unsigned, so bytes below wrap round to large ones.
inline __m128i InBase62Alphabet(__m128i bytes) {
  const __m128i digit = _mm_sub_epi8(bytes, _mm_set1_epi8('0'));
  const __m128i lower = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
  const __m128i letter = _mm_sub_epi8(lower, _mm_set1_epi8('a'));
  return _mm_or_si128(
      _mm_cmpeq_epi8(_mm_min_epu8(digit, _mm_set1_epi8(9)), digit),
      _mm_cmpeq_epi8(_mm_min_epu8(letter, _mm_set1_epi8(25)), letter));
}

// Both functions let the last load overlap those before: no tail loop.

// REQUIRES: size >= 16.
inline bool IsBase62By16(const char* text, size_t size) {
  const auto good = [text](size_t at) {
    return InBase62Alphabet(
        _mm_loadu_si128(reinterpret_cast<const __m128i*>(text + at)));
  };
  __m128i all = good(size - 16);
  for (size_t i = 0; i + 16 < size; i += 16) all = _mm_and_si128(all, good(i));
  return _mm_movemask_epi8(all) == 0xffff;
}

// REQUIRES: 8 <= size <= 16.
inline bool IsBase62By8(const char* text, size_t size) {
  const auto load = [text](size_t at) {
    return _mm_loadl_epi64(reinterpret_cast<const __m128i*>(text + at));
  };
  const __m128i good =
      InBase62Alphabet(_mm_unpacklo_epi64(load(0), load(size - 8)));
  return _mm_movemask_epi8(good) == 0xffff;
}

#endif  // defined(__SSE2__)

#if defined(__SSSE3__)

// Returns what each byte is worth. REQUIRES: bytes of the alphabet.
inline __m128i Base62DigitsOf(__m128i bytes) {
  const __m128i upper = _mm_cmpgt_epi8(bytes, _mm_set1_epi8('9'));
  const __m128i lower = _mm_cmpgt_epi8(bytes, _mm_set1_epi8('Z'));
  // Seven characters lie between '9' and 'A', six between 'Z' and 'a'.
  const __m128i gaps = _mm_add_epi8(_mm_and_si128(upper, _mm_set1_epi8(7)),
                                    _mm_and_si128(lower, _mm_set1_epi8(6)));
  return _mm_sub_epi8(_mm_sub_epi8(bytes, _mm_set1_epi8('0')), gaps);
}

// Reads six characters at once: pairs of digits, then pairs of those.
inline uint64_t Base62ValueBy6(const char* text) {
  uint32_t first;
  uint16_t last;
  std::memcpy(&first, text, sizeof(first));
  std::memcpy(&last, text + sizeof(first), sizeof(last));
  constexpr uint64_t kZeros = 0x3030'0000'0000'0000;
  const __m128i bytes = _mm_cvtsi64_si128(
      static_cast<int64_t>(kZeros | uint64_t{last} << 32 | first));
  const __m128i pairs = _mm_maddubs_epi16(
      Base62DigitsOf(bytes),
      _mm_set_epi8(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 62, 1, 62, 1, 62));
  const auto quads = static_cast<uint64_t>(_mm_cvtsi128_si64(
      _mm_madd_epi16(pairs, _mm_set_epi16(0, 0, 0, 0, 0, 1, 1, 62 * 62))));
  return (quads & UINT32_MAX) * (62 * 62) + (quads >> 32);
}

#endif  // defined(__SSSE3__)

}  // namespace internal

// Returns whether each of the `size` characters at `text` is of the alphabet.
// True for none at all. Inline: sizes are known where it matters.
[[nodiscard]] inline bool IsBase62(const char* text, size_t size) {
#if defined(__SSE2__)
  if (size >= 16) return internal::IsBase62By16(text, size);
  if (size >= 8) return internal::IsBase62By8(text, size);
#endif
  return internal::IsBase62Portable(text, size);
}

[[nodiscard]] inline bool IsBase62(std::string_view text) {
  return IsBase62(text.data(), text.size());
}

// Returns the number that kBase62Uint32Chars characters write, as EncodeBase62
// does for those of 32 bits; they can also write larger ones. REQUIRES:
// characters of the alphabet.
[[nodiscard]] inline uint64_t Base62Value(const char* text) {
#if defined(__SSSE3__)
  return internal::Base62ValueBy6(text);
#else
  return internal::Base62ValuePortable(text);
#endif
}

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_BASE_BASE62_H_
