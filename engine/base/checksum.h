// CRC-32C (Castagnoli, RFC 3720 appendix B.4): finds typos, not attackers.
//
// An API key carries one, so that garbage is refused before anything is hashed
// or looked up, and so that a secret scanner can tell a key from noise. It is
// no proof of anything: whoever knows the format can compute it.
//
// Thread-safety: pure functions. Cost: no allocation; 42 bytes take about 4 ns
// with the SSE4.2 instruction (BM_Crc32c).

#ifndef TOLLGATE_ENGINE_BASE_CHECKSUM_H_
#define TOLLGATE_ENGINE_BASE_CHECKSUM_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE4_2__)
#include <nmmintrin.h>
#endif

namespace tollgate {

namespace internal {

// One table look-up a byte, for other processors and as the model in tests.
uint32_t Crc32cPortable(uint32_t seed, const void* data, size_t size);

#if defined(__SSE4_2__)

// Takes a Word off the front of the bytes.
template <typename Word>
Word TakeWord(const char*& bytes, size_t& size) {
  Word word;
  std::memcpy(&word, bytes, sizeof(word));
  bytes += sizeof(word);
  size -= sizeof(word);
  return word;
}

inline uint32_t Crc32cInstruction(uint32_t seed, const char* bytes,
                                  size_t size) {
  uint64_t crc = ~seed;
  while (size >= 8) crc = _mm_crc32_u64(crc, TakeWord<uint64_t>(bytes, size));
  uint32_t crc32 = static_cast<uint32_t>(crc);
  if (size >= 4) crc32 = _mm_crc32_u32(crc32, TakeWord<uint32_t>(bytes, size));
  if (size >= 2) crc32 = _mm_crc32_u16(crc32, TakeWord<uint16_t>(bytes, size));
  if (size >= 1) crc32 = _mm_crc32_u8(crc32, TakeWord<uint8_t>(bytes, size));
  return ~crc32;
}

#endif  // defined(__SSE4_2__)

}  // namespace internal

// Returns the CRC-32C of some bytes followed by the `size` bytes at `data`,
// where `seed` is the CRC-32C of the bytes before, and 0 when there are none.
// Inline: where it matters the size is known.
inline uint32_t Crc32c(uint32_t seed, const void* data, size_t size) {
#if defined(__SSE4_2__)
  return internal::Crc32cInstruction(seed, static_cast<const char*>(data),
                                     size);
#else
  return internal::Crc32cPortable(seed, data, size);
#endif
}

inline uint32_t Crc32c(std::string_view bytes) {
  return Crc32c(0, bytes.data(), bytes.size());
}

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_BASE_CHECKSUM_H_
