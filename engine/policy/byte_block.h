// Sixteen bytes of a request target at a time, as bit masks: bit i tells about
// byte i. For path.cc.
//
// Thread-safety: pure functions. Cost: a few instructions with SSSE3 (the
// baseline has it), a loop elsewhere; both read the same tables. No byte
// outside of the text is read.

#ifndef TOLLGATE_ENGINE_POLICY_BYTE_BLOCK_H_
#define TOLLGATE_ENGINE_POLICY_BYTE_BLOCK_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "engine/policy/first_word.h"
#include "engine/policy/uri_text.h"

#ifdef __SSSE3__
#include <tmmintrin.h>
#endif

namespace tollgate {

inline constexpr size_t kBlockBytes = 16;

// What the bytes of a block are; bits at and behind its end are zero.
struct BlockMasks {
  uint32_t slash = 0;  // '/'
  uint32_t dot = 0;    // '.'
  uint32_t stop = 0;   // neither '/' nor IsSegmentByte()
};

#ifdef __SSSE3__

namespace byte_block_internal {

// IsSegmentByte() or '/', as a look-up by halves of the byte: bit h - 2 of
// kByLowHalf[l] says so for the byte whose upper half is h and lower half l.
inline constexpr std::array<uint8_t, 16> kByLowHalf = [] {
  std::array<uint8_t, 16> rows = {};
  for (int byte = 0x20; byte < 0x80; ++byte) {
    const char c = static_cast<char>(byte);
    if (c != '/' && !IsSegmentByte(c)) continue;
    rows[byte % 16] |= static_cast<uint8_t>(1 << (byte / 16 - 2));
  }
  return rows;
}();

inline constexpr std::array<uint8_t, 16> kByHighHalf = {0, 0, 1,  2,
                                                        4, 8, 16, 32};

inline __m128i Table(const std::array<uint8_t, 16>& rows) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(rows.data()));
}

// Loads up to 16 bytes of `text` from `at`; what lies behind its end is zero.
inline __m128i Load(std::string_view text, size_t at) {
  const char* const begin = text.data() + at;
  const size_t size = text.size() - at;
  if (size >= kBlockBytes) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(begin));
  }
  const uint64_t low = FirstWord({begin, size});
  uint64_t high = 0;
  if (size > 8) {
    // The last eight bytes, less those that `low` has.
    std::memcpy(&high, begin + size - 8, 8);
    high >>= 8 * (kBlockBytes - size);
  }
  return _mm_set_epi64x(static_cast<int64_t>(high), static_cast<int64_t>(low));
}

inline uint32_t Bits(__m128i truths) {
  return static_cast<uint32_t>(_mm_movemask_epi8(truths));
}

inline uint32_t Within(std::string_view text, size_t at) {
  const size_t size = text.size() - at;
  return size >= kBlockBytes ? 0xffffu : (1u << size) - 1;
}

}  // namespace byte_block_internal

// Classifies up to 16 bytes of `text` from `at`.
inline BlockMasks ClassifyBlock(std::string_view text, size_t at) {
  using namespace byte_block_internal;
  const __m128i bytes = Load(text, at);
  const __m128i half = _mm_set1_epi8(0x0f);
  // A byte above 0x7f has an upper half of 8 or more, whose row is zero.
  const __m128i low =
      _mm_shuffle_epi8(Table(kByLowHalf), _mm_and_si128(bytes, half));
  const __m128i high = _mm_shuffle_epi8(
      Table(kByHighHalf), _mm_and_si128(_mm_srli_epi16(bytes, 4), half));
  const __m128i stop =
      _mm_cmpeq_epi8(_mm_and_si128(low, high), _mm_setzero_si128());
  const __m128i slash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('/'));
  const __m128i dot = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('.'));
  return {Bits(slash), Bits(dot), Bits(stop) & Within(text, at)};
}

// Returns whether all bytes of `text` are visible ASCII and none is '#'.
inline bool IsVisible(std::string_view text) {
  using namespace byte_block_internal;
  uint32_t bad = 0;
  for (size_t at = 0; at < text.size(); at += kBlockBytes) {
    const __m128i bytes = Load(text, at);
    // Signed: what is above 0x7f is below zero.
    const __m128i visible = _mm_cmpgt_epi8(bytes, _mm_set1_epi8(' '));
    const __m128i excluded =
        _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('#')),
                     _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\x7f')));
    bad |= Bits(_mm_or_si128(excluded,
                             _mm_cmpeq_epi8(visible, _mm_setzero_si128()))) &
           Within(text, at);
  }
  return bad == 0;
}

#else

inline BlockMasks ClassifyBlock(std::string_view text, size_t at) {
  BlockMasks masks;
  const size_t size = std::min(text.size() - at, kBlockBytes);
  for (size_t i = 0; i < size; ++i) {
    const char c = text[at + i];
    if (c == '/') masks.slash |= 1u << i;
    if (c == '.') masks.dot |= 1u << i;
    if (c != '/' && !IsSegmentByte(c)) masks.stop |= 1u << i;
  }
  return masks;
}

inline bool IsVisible(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c > ' ' && c < '\x7f' && c != '#'; });
}

#endif  // __SSSE3__

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_POLICY_BYTE_BLOCK_H_
