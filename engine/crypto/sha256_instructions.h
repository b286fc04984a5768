// One compression of SHA-256 (FIPS 180-4 section 6.2.2) by the processor's SHA
// instructions, in four steps: each round waits for the one before, and the
// processor finds other work to do meanwhile only where it stands near. For
// sha256.cc, which falls back to BoringSSL; that is the model in tests, too.
//
// Thread-safety: pure. Cost: 64 rounds of two cycles' latency, about 30 ns.
// What is between steps in memory is as secret as the block: wipe it.

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

// A compression in the making. Sixteen bytes of the block are in each of
// `words`, which later become the words of the message schedule.
struct Sha256Rounds {
  __m128i abef, cdgh;  // A, B, E, F and C, D, G, H: what the instructions take
  __m128i words[4];
};

// Begins the compression of a block, as bytes in memory order, under `state`.
__attribute__((target("sha,sse4.1"))) inline Sha256Rounds Sha256Begin(
    const std::array<uint32_t, 8>& state, const __m128i (&block)[4]) {
  const __m128i big_endian =
      _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
  const auto* const halves = reinterpret_cast<const __m128i*>(state.data());
  const __m128i badc = _mm_shuffle_epi32(_mm_loadu_si128(halves), 0xb1);
  const __m128i hgfe = _mm_shuffle_epi32(_mm_loadu_si128(halves + 1), 0x1b);
  return {_mm_alignr_epi8(badc, hgfe, 8),
          _mm_blend_epi16(hgfe, badc, 0xf0),
          {_mm_shuffle_epi8(block[0], big_endian),
           _mm_shuffle_epi8(block[1], big_endian),
           _mm_shuffle_epi8(block[2], big_endian),
           _mm_shuffle_epi8(block[3], big_endian)}};
}

// Does the sixteen rounds of number `quarter`, 0 to 3; the four in order.
// REQUIRES: HasSha256Instructions().
template <int quarter>
__attribute__((target("sha,sse4.1"))) inline void Sha256Advance(
    Sha256Rounds& rounds) {
  __m128i abef = rounds.abef;
  __m128i cdgh = rounds.cdgh;
  __m128i words[4] = {rounds.words[0], rounds.words[1], rounds.words[2],
                      rounds.words[3]};
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    __m128i& next = words[i];
    if (quarter > 0) {
      const __m128i& last = words[(i + 3) % 4];
      const __m128i sum =
          _mm_add_epi32(_mm_sha256msg1_epu32(next, words[(i + 1) % 4]),
                        _mm_alignr_epi8(last, words[(i + 2) % 4], 4));
      next = _mm_sha256msg2_epu32(sum, last);
    }
    const __m128i constants = _mm_load_si128(reinterpret_cast<const __m128i*>(
        kSha256Constants + 16 * quarter + 4 * i));
    const __m128i low = _mm_add_epi32(next, constants);
    cdgh = _mm_sha256rnds2_epu32(cdgh, abef, low);
    abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(low, 0x0e));
  }
  rounds = {abef, cdgh, {words[0], words[1], words[2], words[3]}};
}

// Ends the compression: replaces `state` by its result.
__attribute__((target("sha,sse4.1"))) inline void Sha256End(
    const Sha256Rounds& rounds, std::array<uint32_t, 8>& state) {
  auto* const halves = reinterpret_cast<__m128i*>(state.data());
  const __m128i feba = _mm_shuffle_epi32(rounds.abef, 0x1b);
  const __m128i dchg = _mm_shuffle_epi32(rounds.cdgh, 0xb1);
  const __m128i dcba = _mm_blend_epi16(feba, dchg, 0xf0);
  const __m128i hgfe = _mm_alignr_epi8(dchg, feba, 8);
  _mm_storeu_si128(halves, _mm_add_epi32(_mm_loadu_si128(halves), dcba));
  _mm_storeu_si128(halves + 1,
                   _mm_add_epi32(_mm_loadu_si128(halves + 1), hgfe));
}

}  // namespace tollgate::internal

#endif  // defined(__SSSE3__)

#endif  // TOLLGATE_ENGINE_CRYPTO_SHA256_INSTRUCTIONS_H_
