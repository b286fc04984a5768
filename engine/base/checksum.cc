#include "engine/base/checksum.h"

#include <array>
#include <cstring>

#if defined(__SSE4_2__)
#include <nmmintrin.h>
#endif

namespace tollgate {
namespace {

// The polynomial with its bits reversed, as the CRC shifts to the right.
constexpr uint32_t kPolynomial = 0x82f63b78;

constexpr std::array<uint32_t, 256> MakeTable() {
  std::array<uint32_t, 256> table = {};
  for (uint32_t i = 0; i < table.size(); ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    }
    table[i] = crc;
  }
  return table;
}

constexpr std::array<uint32_t, 256> kTable = MakeTable();

#if defined(__SSE4_2__)

// Takes a Word off the front of the bytes.
template <typename Word>
Word Take(const char*& bytes, size_t& size) {
  Word word;
  std::memcpy(&word, bytes, sizeof(word));
  bytes += sizeof(word);
  size -= sizeof(word);
  return word;
}

uint32_t Crc32cInstruction(uint32_t seed, const char* bytes, size_t size) {
  uint64_t crc = ~seed;
  while (size >= 8) crc = _mm_crc32_u64(crc, Take<uint64_t>(bytes, size));
  uint32_t crc32 = static_cast<uint32_t>(crc);
  if (size >= 4) crc32 = _mm_crc32_u32(crc32, Take<uint32_t>(bytes, size));
  if (size >= 2) crc32 = _mm_crc32_u16(crc32, Take<uint16_t>(bytes, size));
  if (size >= 1) crc32 = _mm_crc32_u8(crc32, Take<uint8_t>(bytes, size));
  return ~crc32;
}

#endif  // defined(__SSE4_2__)

}  // namespace

namespace internal {

uint32_t Crc32cPortable(uint32_t seed, const void* data, size_t size) {
  const uint8_t* bytes = static_cast<const uint8_t*>(data);
  uint32_t crc = ~seed;
  for (size_t i = 0; i < size; ++i) {
    crc = (crc >> 8) ^ kTable[(crc ^ bytes[i]) & 0xff];
  }
  return ~crc;
}

}  // namespace internal

uint32_t Crc32c(uint32_t seed, const void* data, size_t size) {
#if defined(__SSE4_2__)
  return Crc32cInstruction(seed, static_cast<const char*>(data), size);
#else
  return internal::Crc32cPortable(seed, data, size);
#endif
}

}  // namespace tollgate
