// One compression of SHA-256 (FIPS 180-4 section 6.2.2) by the processor's SHA
// instructions, on values that stay in registers: what the digest of an API
// key's secret waits for. For sha256.cc, which falls back to BoringSSL; that
// is the model in tests, too.
//
// Thread-safety: pure. Cost: 64 rounds of two to four cycles' latency, about 30
// ns; nothing is written to memory but the state.

#ifndef TOLLGATE_ENGINE_CRYPTO_SHA256_INSTRUCTIONS_H_
#define TOLLGATE_ENGINE_CRYPTO_SHA256_INSTRUCTIONS_H_

#if defined(__SSSE3__)

#include <immintrin.h>

#include <array>
#include <cstdint>

namespace tollgate::internal {

// Returns whether this processor has the instructions.
bool HasSha256Instructions();

// The constants K, four rounds at a time.
alignas(16) inline constexpr uint32_t kSha256Constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
    0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
    0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
    0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
    0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
    0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
    0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

// Replaces `state` by its compression with a block, sixteen bytes of it in each
// argument: by value, so that a secret is not written to memory.
// REQUIRES: HasSha256Instructions().
__attribute__((target("sha,sse4.1"))) inline void Sha256Compress(
    std::array<uint32_t, 8>& state, __m128i first, __m128i second,
    __m128i third, __m128i fourth) {
  const __m128i big_endian =
      _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
  auto* const halves = reinterpret_cast<__m128i*>(state.data());
  // The instructions take A, B, E, F and C, D, G, H.
  const __m128i badc = _mm_shuffle_epi32(_mm_loadu_si128(halves), 0xb1);
  const __m128i hgfe = _mm_shuffle_epi32(_mm_loadu_si128(halves + 1), 0x1b);
  const __m128i abef_before = _mm_alignr_epi8(badc, hgfe, 8);
  const __m128i cdgh_before = _mm_blend_epi16(hgfe, badc, 0xf0);
  __m128i abef = abef_before;
  __m128i cdgh = cdgh_before;
  __m128i words[4] = {_mm_shuffle_epi8(first, big_endian),
                      _mm_shuffle_epi8(second, big_endian),
                      _mm_shuffle_epi8(third, big_endian),
                      _mm_shuffle_epi8(fourth, big_endian)};
#pragma GCC unroll 16
  for (int i = 0; i < 16; ++i) {
    __m128i& next = words[i % 4];
    if (i >= 4) {
      const __m128i& last = words[(i + 3) % 4];
      const __m128i sum =
          _mm_add_epi32(_mm_sha256msg1_epu32(next, words[(i + 1) % 4]),
                        _mm_alignr_epi8(last, words[(i + 2) % 4], 4));
      next = _mm_sha256msg2_epu32(sum, last);
    }
    const __m128i constants = _mm_load_si128(
        reinterpret_cast<const __m128i*>(kSha256Constants + 4 * i));
    const __m128i low = _mm_add_epi32(next, constants);
    cdgh = _mm_sha256rnds2_epu32(cdgh, abef, low);
    abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(low, 0x0e));
  }
  abef = _mm_add_epi32(abef, abef_before);
  cdgh = _mm_add_epi32(cdgh, cdgh_before);
  const __m128i feba = _mm_shuffle_epi32(abef, 0x1b);
  const __m128i dchg = _mm_shuffle_epi32(cdgh, 0xb1);
  _mm_storeu_si128(halves, _mm_blend_epi16(feba, dchg, 0xf0));
  _mm_storeu_si128(halves + 1, _mm_alignr_epi8(dchg, feba, 8));
}

}  // namespace tollgate::internal

#endif  // defined(__SSSE3__)

#endif  // TOLLGATE_ENGINE_CRYPTO_SHA256_INSTRUCTIONS_H_
