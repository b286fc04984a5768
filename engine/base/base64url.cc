#include "engine/base/base64url.h"

#include <array>
#include <cstdint>
#include <cstring>

#ifdef __AVX2__
#include <immintrin.h>
#endif

#include "engine/base/base64_groups.h"

namespace tollgate {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static_assert(kAlphabet.size() == 64);

constexpr internal::Sextets kSextets = internal::MakeSextets(kAlphabet);

// Whether `text` has a length that base64url has, and its bytes fit into `out`.
bool SizesFit(std::string_view text, absl::Span<char> out) {
  return text.size() % 4 != 1 &&
         out.size() >= Base64UrlDecodedBytesMax(text.size());
}

#ifdef __AVX2__

constexpr size_t kBlockCharacters = 32;
constexpr size_t kBlockBytes = 24;

// One table of 16 bytes for each half of a vector.
__m256i Table(std::array<int8_t, 16> row) {
  return _mm256_broadcastsi128_si256(
      _mm_loadu_si128(reinterpret_cast<const __m128i*>(row.data())));
}

// Characters of one upper half-byte are a class. A bit stands for a class, or
// for two whose alphabets have the same lower half-bytes.
enum ClassBit : int8_t {
  kMinus = 0x01,     // 2_: - alone
  kDigits = 0x02,    // 3_: 0 to 9
  kLetters = 0x04,   // 4_ and 6_: all but the first
  kUpperEnd = 0x08,  // 5_: P to Z, and _
  kLowerEnd = 0x10,  // 7_: p to z
  kForeign = 0x20,   // no character at all
};

// Returns a vector that is not zero where a character is not of the alphabet:
// the bits of its upper half-byte meet those that its lower one excludes.
__m256i Outside(__m256i upper, __m256i lower) {
  constexpr int8_t kX = kForeign;
  constexpr int8_t kInAll = kMinus | kX;
  constexpr int8_t kNoEnd = kDigits | kUpperEnd | kLowerEnd | kX;
  const __m256i classes =
      Table({kX, kX, kMinus, kDigits, kLetters, kUpperEnd, kLetters, kLowerEnd,
             kX, kX, kX, kX, kX, kX, kX, kX});
  const __m256i excluded = Table(
      {kInAll | kLetters, kInAll, kInAll, kInAll, kInAll, kInAll, kInAll,
       kInAll, kInAll, kInAll, kInAll | kDigits, kInAll | kNoEnd,
       kInAll | kNoEnd, kNoEnd, kInAll | kNoEnd, kInAll | kDigits | kLowerEnd});
  return _mm256_and_si256(_mm256_shuffle_epi8(classes, upper),
                          _mm256_shuffle_epi8(excluded, lower));
}

// Returns the sextets of characters of the alphabet: a class has one distance
// to them, but for _ among the upper-case letters.
__m256i Sextets(__m256i text, __m256i upper) {
  const __m256i distances = Table({0, 0, 62 - '-', 52 - '0', -'A', -'A',
                                   26 - 'a', 26 - 'a', 0, 0, 0, 0, 0, 0, 0, 0});
  const __m256i low_line = _mm256_cmpeq_epi8(text, _mm256_set1_epi8('_'));
  const __m256i more =
      _mm256_and_si256(low_line, _mm256_set1_epi8(63 - '_' + 'A'));
  return _mm256_add_epi8(
      text, _mm256_add_epi8(_mm256_shuffle_epi8(distances, upper), more));
}

// Writes the 24 bytes of 32 sextets.
void Pack(__m256i sextets, char* out) {
  // Two sextets to 12 bits, two of these to 24, the bytes of which are turned.
  const __m256i pairs =
      _mm256_maddubs_epi16(sextets, _mm256_set1_epi32(0x01400140));
  const __m256i groups =
      _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
  const __m256i bytes = _mm256_shuffle_epi8(
      groups, Table({2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1}));
  const __m256i packed = _mm256_permutevar8x32_epi32(
      bytes, _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 7, 7));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out),
                   _mm256_castsi256_si128(packed));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(out + 16),
                   _mm256_extracti128_si256(packed, 1));
}

// Decodes 32 characters to 24 bytes; returns a vector that is not zero if one
// of them is bad.
__m256i DecodeBlock(__m256i text, char* out) {
  const __m256i half = _mm256_set1_epi8(0x0f);
  const __m256i upper = _mm256_and_si256(_mm256_srli_epi32(text, 4), half);
  const __m256i lower = _mm256_and_si256(text, half);
  Pack(Sextets(text, upper), out);
  return Outside(upper, lower);
}

constexpr size_t kHalf = 16;

__m128i LoadHalf(const void* bytes) {
  return _mm_loadu_si128(static_cast<const __m128i*>(bytes));
}

// Returns the last `size` characters of `text`, fewer than 32, as if zeros
// followed. REQUIRES: the text has at least kHalf.
__m256i LoadTail(std::string_view text, size_t size) {
  // From n on, the places that characters move to by n.
  alignas(32) static constexpr int8_t kPlaces[2 * kHalf] = {
      0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
      -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
  const char* const end = text.data() + text.size();
  const __m128i zeros = _mm_set1_epi8(kAlphabet[0]);
  const __m128i places = LoadHalf(kPlaces + (kHalf - size % kHalf));
  const __m128i moved = _mm_blendv_epi8(
      _mm_shuffle_epi8(LoadHalf(end - kHalf), places), zeros, places);
  return size < kHalf ? _mm256_set_m128i(zeros, moved)
                      : _mm256_set_m128i(moved, LoadHalf(end - size));
}

// Decodes the last `size` characters of `text` into `out`. Zeros behind them
// show bits that are set beyond the data.
bool DecodeTail(std::string_view text, size_t size, absl::Span<char> out) {
  const __m256i tail = LoadTail(text, size);
  const size_t bytes = Base64UrlDecodedBytesMax(size);
  std::array<char, kBlockBytes> block;
  const bool room = out.size() >= kBlockBytes;
  char* const decoded = room ? out.data() : block.data();
  const __m256i bad = DecodeBlock(tail, decoded);
  if (!room) std::memcpy(out.data(), decoded, bytes);
  return _mm256_testz_si256(bad, bad) != 0 && decoded[bytes] == 0;
}

#endif  // __AVX2__

}  // namespace

namespace internal {

size_t DecodeBase64UrlByGroups(std::string_view text, absl::Span<char> out) {
  if (!SizesFit(text, out)) return kNotBase64Url;
  if (!DecodeBase64Groups(kSextets, text, out.data())) return kNotBase64Url;
  return BytesOfBase64(text.size());
}

#ifdef __AVX2__

size_t DecodeBase64Url(std::string_view text, absl::Span<char> out) {
  if (text.size() < kHalf) return DecodeBase64UrlByGroups(text, out);
  if (!SizesFit(text, out)) return kNotBase64Url;
  const size_t blocks = text.size() / kBlockCharacters;
  __m256i bad = _mm256_setzero_si256();
  for (size_t i = 0; i < blocks; ++i) {
    const __m256i block = _mm256_loadu_si256(
        reinterpret_cast<const __m256i*>(text.data() + i * kBlockCharacters));
    bad =
        _mm256_or_si256(bad, DecodeBlock(block, out.data() + i * kBlockBytes));
  }
  if (_mm256_testz_si256(bad, bad) == 0) return kNotBase64Url;
  const size_t tail = text.size() % kBlockCharacters;
  if (tail != 0 && !DecodeTail(text, tail, out.subspan(blocks * kBlockBytes))) {
    return kNotBase64Url;
  }
  return Base64UrlDecodedBytesMax(text.size());
}

#else

size_t DecodeBase64Url(std::string_view text, absl::Span<char> out) {
  return DecodeBase64UrlByGroups(text, out);
}

#endif  // __AVX2__

}  // namespace internal

std::string EncodeBase64Url(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() * 4 + 2) / 3);
  uint32_t bits = 0;
  int pending = 0;
  for (const char byte : bytes) {
    bits = bits << 8 | static_cast<uint8_t>(byte);
    for (pending += 8; pending >= 6; pending -= 6) {
      text += kAlphabet[bits >> (pending - 6) & 63];
    }
  }
  if (pending > 0) text += kAlphabet[bits << (6 - pending) & 63];
  return text;
}

}  // namespace tollgate
