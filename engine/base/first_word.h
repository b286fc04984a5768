// The beginning of a text as one word: what is compared before the text is.
//
// Thread-safety: pure. Cost: two loads, no loop.

#ifndef TOLLGATE_ENGINE_BASE_FIRST_WORD_H_
#define TOLLGATE_ENGINE_BASE_FIRST_WORD_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace tollgate {

static_assert(std::endian::native == std::endian::little,
              "the first byte is the lowest");

// Returns the first eight bytes of `text`, and zeros behind a shorter one.
inline uint64_t FirstWord(std::string_view text) {
  const size_t size = text.size();
  const char* const bytes = text.data();
  if (size >= 8) {
    uint64_t word;
    std::memcpy(&word, bytes, 8);
    return word;
  }
  // The first and the last bytes, which may overlap: 4 and 4, or 2 and 2.
  if (size > 4) {
    uint32_t low;
    uint32_t high;
    std::memcpy(&low, bytes, 4);
    std::memcpy(&high, bytes + size - 4, 4);
    return low | uint64_t{high} << (8 * (size - 4));
  }
  if (size >= 2) {
    uint16_t low;
    uint16_t high;
    std::memcpy(&low, bytes, 2);
    std::memcpy(&high, bytes + size - 2, 2);
    return low | uint64_t{high} << (8 * (size - 2));
  }
  return size == 0 ? 0 : static_cast<uint8_t>(bytes[0]);
}

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_BASE_FIRST_WORD_H_
