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
#include <string_view>

namespace tollgate {

// Returns the CRC-32C of some bytes followed by the `size` bytes at `data`,
// where `seed` is the CRC-32C of the bytes before, and 0 when there are none.
uint32_t Crc32c(uint32_t seed, const void* data, size_t size);

inline uint32_t Crc32c(std::string_view bytes) {
  return Crc32c(0, bytes.data(), bytes.size());
}

namespace internal {

// One table look-up a byte, for other processors and as the model in tests.
uint32_t Crc32cPortable(uint32_t seed, const void* data, size_t size);

}  // namespace internal
}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_BASE_CHECKSUM_H_
