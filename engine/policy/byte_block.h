// Sixty-four bytes of a request target at a time, as bit masks: bit i tells
// about byte i. For path.cc.
//
// Thread-safety: pure functions. Cost: some forty instructions with AVX2 (the
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

#include "engine/base/first_word.h"
#include "engine/policy/uri_text.h"

#ifdef __AVX2__
#include <immintrin.h>
#endif

namespace tollgate {

inline constexpr size_t kBlockBytes = 64;

// What the bytes of a block are; bits at and behind its end are zero.
struct BlockMasks {
  uint64_t slash = 0;   // '/'
  uint64_t dot = 0;     // '.'
  uint64_t stop = 0;    // neither '/' nor IsSegmentByte()
  uint64_t hidden = 0;  // not visible ASCII, or '#'
};

#ifdef __AVX2__

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

inline __m256i Table(const std::array<uint8_t, 16>& rows) {
  return _mm256_broadcastsi128_si256(
      _mm_loadu_si128(reinterpret_cast<const __m128i*>(rows.data())));
}

inline __m128i Load16(const char* bytes) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));
}

inline __m256i Load32(const char* bytes) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes));
}

inline uint64_t Bits(__m256i truths) {
  return static_cast<uint32_t>(_mm256_movemask_epi8(truths));
}

inline BlockMasks Classify32(__m256i bytes) {
  const __m256i half = _mm256_set1_epi8(0x0f);
  // A byte above 0x7f has an upper half of 8 or more, whose row is zero.
  const __m256i low =
      _mm256_shuffle_epi8(Table(kByLowHalf), _mm256_and_si256(bytes, half));
  const __m256i high = _mm256_shuffle_epi8(
      Table(kByHighHalf), _mm256_and_si256(_mm256_srli_epi16(bytes, 4), half));
  const __m256i stop =
      _mm256_cmpeq_epi8(_mm256_and_si256(low, high), _mm256_setzero_si256());
  // Signed: what is above 0x7f is below zero.
  const __m256i visible = _mm256_cmpgt_epi8(bytes, _mm256_set1_epi8(' '));
  const __m256i excluded =
      _mm256_or_si256(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('#')),
                      _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\x7f')));
  return {Bits(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('/'))),
          Bits(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('.'))), Bits(stop),
          Bits(_mm256_andnot_si256(visible, _mm256_set1_epi8(-1))) |
              Bits(excluded)};
}

// Joins the masks of the first bytes and those of the last ones, which begin
// at `shift` and may overlap.
inline BlockMasks Join(const BlockMasks& first, const BlockMasks& last,
                       size_t shift) {
  return {first.slash | last.slash << shift, first.dot | last.dot << shift,
          first.stop | last.stop << shift, first.hidden | last.hidden << shift};
}

inline BlockMasks Cut(const BlockMasks& masks, uint64_t within) {
  return {masks.slash & within, masks.dot & within, masks.stop & within,
          masks.hidden & within};
}

// Loads fewer than 16 bytes, and zeros behind them.
inline __m128i LoadShort(std::string_view text) {
  const uint64_t low = FirstWord(text);
  uint64_t high = 0;
  if (text.size() > 8) {
    // The last eight bytes, less those that `low` has.
    std::memcpy(&high, text.data() + text.size() - 8, 8);
    high >>= 8 * (16 - text.size());
  }
  return _mm_set_epi64x(static_cast<int64_t>(high), static_cast<int64_t>(low));
}

}  // namespace byte_block_internal

// Classifies up to 64 bytes of `text` from `at`.
inline BlockMasks ClassifyBlock(std::string_view text, size_t at) {
  using namespace byte_block_internal;
  const char* const begin = text.data() + at;
  const size_t size = std::min(text.size() - at, kBlockBytes);
  if (size >= 32) {
    return Join(Classify32(Load32(begin)),
                Classify32(Load32(begin + size - 32)), size - 32);
  }
  if (size >= 16) {
    const BlockMasks both =
        Classify32(_mm256_set_m128i(Load16(begin + size - 16), Load16(begin)));
    const BlockMasks last = {both.slash >> 16, both.dot >> 16, both.stop >> 16,
                             both.hidden >> 16};
    return Join(Cut(both, 0xffff), last, size - 16);
  }
  return Cut(Classify32(_mm256_castsi128_si256(LoadShort({begin, size}))),
             (uint64_t{1} << size) - 1);
}

#else

inline BlockMasks ClassifyBlock(std::string_view text, size_t at) {
  BlockMasks masks;
  const size_t size = std::min(text.size() - at, kBlockBytes);
  for (size_t i = 0; i < size; ++i) {
    const char c = text[at + i];
    const uint64_t bit = uint64_t{1} << i;
    if (c == '/') masks.slash |= bit;
    if (c == '.') masks.dot |= bit;
    if (c != '/' && !IsSegmentByte(c)) masks.stop |= bit;
    if (c <= ' ' || c >= '\x7f' || c == '#') masks.hidden |= bit;
  }
  return masks;
}

#endif  // __AVX2__

// Returns whether all bytes of `text` are visible ASCII and none is '#'.
inline bool IsVisible(std::string_view text) {
  for (size_t at = 0; at < text.size(); at += kBlockBytes) {
    if (ClassifyBlock(text, at).hidden != 0) return false;
  }
  return true;
}

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_POLICY_BYTE_BLOCK_H_
