#include "engine/crypto/secret_tag.h"

#include <algorithm>
#include <cstdlib>

#include "absl/base/optimization.h"
#include "engine/crypto/secret.h"

#if defined(__SSSE3__)
#include <immintrin.h>
#define TOLLGATE_AES __attribute__((target("aes,sse4.1")))
#endif

namespace tollgate {

#if defined(__SSSE3__)

namespace {

__m128i Load(const void* bytes) {
  return _mm_loadu_si128(static_cast<const __m128i*>(bytes));
}

void Store(const __m128i& block, void* bytes) {
  _mm_storeu_si128(static_cast<__m128i*>(bytes), block);
}

// The key schedule of AES-128 (FIPS 197 section 5.2), a round at a time.
template <int round_constant>
TOLLGATE_AES __m128i NextRoundKey(__m128i key) {
  const __m128i word =
      _mm_shuffle_epi32(_mm_aeskeygenassist_si128(key, round_constant), 0xff);
  key = _mm_xor_si128(key, _mm_slli_si128(key, 4));
  key = _mm_xor_si128(key, _mm_slli_si128(key, 8));
  return _mm_xor_si128(key, word);
}

TOLLGATE_AES void ExpandKey(const uint8_t* key, uint8_t (&rounds)[11][16]) {
  __m128i last = Load(key);
  Store(last, rounds[0]);
  Store(last = NextRoundKey<0x01>(last), rounds[1]);
  Store(last = NextRoundKey<0x02>(last), rounds[2]);
  Store(last = NextRoundKey<0x04>(last), rounds[3]);
  Store(last = NextRoundKey<0x08>(last), rounds[4]);
  Store(last = NextRoundKey<0x10>(last), rounds[5]);
  Store(last = NextRoundKey<0x20>(last), rounds[6]);
  Store(last = NextRoundKey<0x40>(last), rounds[7]);
  Store(last = NextRoundKey<0x80>(last), rounds[8]);
  Store(last = NextRoundKey<0x1b>(last), rounds[9]);
  Store(last = NextRoundKey<0x36>(last), rounds[10]);
}

// The first `count` blocks at once: AES takes four cycles a round, of which the
// processor has others to spare.
template <size_t count, typename RoundKeys>
TOLLGATE_AES inline __m128i SumOf(const __m128i* blocks,
                                  const RoundKeys* keys) {
  __m128i states[count];
  for (size_t i = 0; i < count; ++i) {
    states[i] = _mm_xor_si128(blocks[i], Load(keys[i].bytes[0]));
  }
#pragma GCC unroll 9
  for (int round = 1; round < 10; ++round) {
    for (size_t i = 0; i < count; ++i) {
      states[i] = _mm_aesenc_si128(states[i], Load(keys[i].bytes[round]));
    }
  }
  __m128i sum = _mm_setzero_si128();
  for (size_t i = 0; i < count; ++i) {
    states[i] = _mm_aesenclast_si128(states[i], Load(keys[i].bytes[10]));
    sum = _mm_xor_si128(sum, _mm_xor_si128(states[i], blocks[i]));
  }
  return sum;
}

// Rows of this, from the 32 - n-th byte on, move the last 16 bytes of a secret
// of n bytes to where they belong in its second block, and zeros behind them.
alignas(32) constexpr uint8_t kShift[32] = {
    0,    1,    2,    3,    4,    5,    6,    7,    8,    9,    10,
    11,   12,   13,   14,   15,   0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
    0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80};

// Returns the second block of a secret of 16 to 31 bytes.
TOLLGATE_AES inline __m128i SecondBlock(std::string_view secret) {
  const __m128i tail = Load(secret.data() + secret.size() - 16);
  return _mm_insert_epi8(
      _mm_shuffle_epi8(tail, Load(kShift + 32 - secret.size())),
      static_cast<int>(secret.size()), 15);
}

}  // namespace

bool SecretTagger::IsSupported() {
  static const bool supported =
      __builtin_cpu_supports("aes") && __builtin_cpu_supports("sse4.1");
  return supported;
}

SecretTagger::SecretTagger(absl::Span<const uint8_t> key) {
  if (!IsSupported() || key.size() != kKeyBytes) std::abort();
  for (size_t i = 0; i < kBlocksMax; ++i) {
    ExpandKey(key.data() + i * kBlockBytes, keys_[i].bytes);
  }
}

TOLLGATE_AES SecretTag SecretTagger::Of(std::string_view secret) const {
  __m128i sum;
  // The size of a secret that was issued is known to be in here.
  if (ABSL_PREDICT_TRUE(secret.size() - 16 < 16)) {
    const __m128i blocks[2] = {Load(secret.data()), SecondBlock(secret)};
    sum = SumOf<2>(blocks, keys_);
  } else {
    if (secret.size() > kSecretBytesMax) std::abort();
    uint8_t bytes[kBlocksMax * kBlockBytes] = {};
    const size_t last = secret.size() / kBlockBytes;
    std::copy(secret.begin(), secret.end(), bytes);
    bytes[last * kBlockBytes + kBlockBytes - 1] =
        static_cast<uint8_t>(secret.size());
    const __m128i blocks[kBlocksMax] = {Load(bytes), Load(bytes + 16),
                                        Load(bytes + 32), Load(bytes + 48)};
    WipeBytes(bytes, sizeof(bytes));
    sum = last == 0   ? SumOf<1>(blocks, keys_)
          : last == 2 ? SumOf<3>(blocks, keys_)
                      : SumOf<4>(blocks, keys_);
  }
  return {static_cast<uint64_t>(_mm_cvtsi128_si64(sum)),
          static_cast<uint64_t>(_mm_extract_epi64(sum, 1))};
}

#else

bool SecretTagger::IsSupported() { return false; }

SecretTagger::SecretTagger(absl::Span<const uint8_t>) { std::abort(); }

SecretTag SecretTagger::Of(std::string_view) const { std::abort(); }

#endif

SecretTagger::~SecretTagger() { WipeBytes(keys_, sizeof(keys_)); }

}  // namespace tollgate
