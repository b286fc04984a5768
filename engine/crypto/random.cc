#include "engine/crypto/random.h"

#include <openssl/rand.h>

#include <array>

#include "engine/base/base62.h"
#include "engine/crypto/secret.h"

namespace tollgate {
namespace {

// The largest multiple of 62 that a byte holds: larger bytes are thrown away,
// since taking them modulo 62 would favour the first characters.
constexpr uint8_t kUnbiasedBound = 256 / 62 * 62;

}  // namespace

void FillRandom(absl::Span<uint8_t> out) {
  // Always 1 in BoringSSL, which ends the process without entropy.
  RAND_bytes(out.data(), out.size());
}

void FillRandomBase62(absl::Span<char> out) {
  std::array<uint8_t, 64> bytes;
  size_t filled = 0;
  while (filled < out.size()) {
    FillRandom(absl::MakeSpan(bytes));
    for (uint8_t byte : bytes) {
      if (filled == out.size()) break;
      if (byte < kUnbiasedBound) out[filled++] = kBase62Alphabet[byte % 62];
    }
  }
  WipeBytes(bytes.data(), bytes.size());
}

HashSeed RandomHashSeed() {
  std::array<uint64_t, HashSeed::kWords> words;
  FillRandom(
      absl::MakeSpan(reinterpret_cast<uint8_t*>(words.data()), sizeof(words)));
  return HashSeed(words);
}

}  // namespace tollgate
