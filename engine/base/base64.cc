#include "engine/base/base64.h"

#include <array>
#include <cstdint>

namespace tollgate {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static_assert(kAlphabet.size() == 64);

// What no sextet is; it survives shifting into a group of four.
constexpr uint32_t kBad = uint32_t{1} << 31;

constexpr std::array<uint32_t, 256> MakeSextets() {
  std::array<uint32_t, 256> sextets = {};
  for (uint32_t& sextet : sextets) sextet = kBad;
  for (uint32_t i = 0; i < kAlphabet.size(); ++i) {
    sextets[static_cast<uint8_t>(kAlphabet[i])] = i;
  }
  return sextets;
}

constexpr std::array<uint32_t, 256> kSextets = MakeSextets();

// Returns 24 bits from the first `characters` of a group, the others counting
// as zeros, with kBad set if one of them is not of the alphabet.
uint32_t DecodeGroup(const char* group, int characters) {
  uint32_t bits = 0;
  uint32_t bad = 0;
  for (int i = 0; i < characters; ++i) {
    const uint32_t sextet = kSextets[static_cast<uint8_t>(group[i])];
    bad |= sextet & kBad;
    bits |= (sextet & 63) << (18 - 6 * i);
  }
  return bits | bad;
}

int PaddingOf(std::string_view text) {
  if (text.empty() || text[text.size() - 1] != '=') return 0;
  return text[text.size() - 2] == '=' ? 2 : 1;
}

// Writes the upper `bytes` bytes of 24 bits. Returns false for a bad group,
// and for set bits beyond the bytes.
bool WriteGroup(uint32_t bits, int bytes, char* out) {
  const uint32_t unused = (uint32_t{1} << (24 - 8 * bytes)) - 1;
  if ((bits & (kBad | unused)) != 0) return false;
  for (int i = 0; i < bytes; ++i) {
    out[i] = static_cast<char>(bits >> (16 - 8 * i));
  }
  return true;
}

}  // namespace

std::optional<size_t> DecodeBase64(std::string_view text,
                                   absl::Span<char> out) {
  if (text.size() % 4 != 0) return std::nullopt;
  const int padding = PaddingOf(text);
  const size_t size = text.size() / 4 * 3 - static_cast<size_t>(padding);
  if (out.size() < size) return std::nullopt;

  if (text.empty()) return 0;

  const char* group = text.data();
  const char* last = group + text.size() - 4;
  char* cursor = out.data();
  for (; group != last; group += 4, cursor += 3) {
    if (!WriteGroup(DecodeGroup(group, 4), 3, cursor)) return std::nullopt;
  }
  const uint32_t bits = DecodeGroup(last, 4 - padding);
  if (!WriteGroup(bits, 3 - padding, cursor)) return std::nullopt;
  return size;
}

}  // namespace tollgate
