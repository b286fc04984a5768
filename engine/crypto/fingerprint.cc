#include "engine/crypto/fingerprint.h"

#include <immintrin.h>
#include <openssl/aes.h>

#include <array>
#include <cstdlib>
#include <cstring>

#include "engine/base/hash.h"
#include "engine/crypto/random.h"
#include "engine/crypto/secret.h"

namespace tollgate {
namespace {

using internal::Uint128;

constexpr size_t kBlockBytes = Fingerprinter::kPhBlockBytes;
constexpr size_t kPairBytes = Fingerprinter::kPhPairBytes;
constexpr size_t kPasses = 2;
constexpr size_t kWords = 2 * kPasses;  // of PH

using Block = uint64_t __attribute__((vector_size(16)));

// One word of the fingerprint before AES: a constant, then a factor for each of
// the five words of F2.
struct MixKey {
  Uint128 constant;
  Uint128 factors[kWords + 1];
};

// The passes of F1.
struct PhSums {
  __m128i passes[kPasses];
};

__m128i Load(const void* bytes) {
  return _mm_loadu_si128(static_cast<const __m128i*>(bytes));
}

// `key` are the bytes of the pair's place.
inline void AddPair(__m128i pair, const uint8_t* key, PhSums& sums) {
  constexpr int kLowTimesHigh = 0x10;
  for (size_t pass = 0; pass < kPasses; ++pass) {
    const __m128i words = _mm_xor_si128(pair, Load(key + pass * kPairBytes));
    sums.passes[pass] = _mm_xor_si128(
        sums.passes[pass], _mm_clmulepi64_si128(words, words, kLowTimesHigh));
  }
}

// The sums over the first `size` bytes, whole blocks.
PhSums SumBlocks(const char* message, size_t size, const uint8_t* key) {
  PhSums sums = {};
  for (size_t at = 0; at < size; at += kPairBytes) {
    AddPair(Load(message + at), key + at, sums);
  }
  return sums;
}

// The same, two pairs at a time. REQUIRES: the processor has the instructions.
__attribute__((target("avx2,vpclmulqdq"))) PhSums SumBlocksWide(
    const char* message, size_t size, const uint8_t* key) {
  constexpr int kLowTimesHigh = 0x10;
  __m256i lanes[kPasses] = {};
  for (size_t at = 0; at < size; at += kBlockBytes) {
    const __m256i pairs =
        _mm256_loadu_si256(reinterpret_cast<const __m256i*>(message + at));
    for (size_t pass = 0; pass < kPasses; ++pass) {
      const __m256i words = _mm256_xor_si256(
          pairs, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(
                     key + at + pass * kPairBytes)));
      lanes[pass] = _mm256_xor_si256(
          lanes[pass], _mm256_clmulepi64_epi128(words, words, kLowTimesHigh));
    }
  }
  PhSums sums;
  for (size_t pass = 0; pass < kPasses; ++pass) {
    sums.passes[pass] = _mm_xor_si128(_mm256_castsi256_si128(lanes[pass]),
                                      _mm256_extracti128_si256(lanes[pass], 1));
  }
  return sums;
}

// Adds the last `left` bytes, 1 to 31, as a block behind zeros.
inline void AddLast(std::string_view message, size_t left, const uint8_t* key,
                    PhSums& sums) {
  if (message.size() < kBlockBytes) {
    char block[kBlockBytes] = {};
    std::memcpy(block + kBlockBytes - left, message.data(), left);
    AddPair(Load(block), key, sums);
    AddPair(Load(block + kPairBytes), key + kPairBytes, sums);
    return;
  }
  // The block that ends with the message, without what went before.
  static constexpr auto kMask = [] {
    std::array<char, 2 * kBlockBytes> mask = {};
    for (size_t i = kBlockBytes; i < mask.size(); ++i) mask[i] = '\xff';
    return mask;
  }();
  const char* const block = message.data() + message.size() - kBlockBytes;
  for (size_t at = 0; at < kBlockBytes; at += kPairBytes) {
    AddPair(_mm_and_si128(Load(block + at), Load(kMask.data() + left + at)),
            key + at, sums);
  }
}

PhSums PhOf(std::string_view message, const uint8_t* key, bool wide) {
  const size_t left = message.size() % kBlockBytes;
  const size_t whole = message.size() - left;
  PhSums sums = wide ? SumBlocksWide(message.data(), whole, key)
                     : SumBlocks(message.data(), whole, key);
  if (left != 0) AddLast(message, left, key + whole, sums);
  return sums;
}

uint64_t Mix(const uint64_t (&words)[kWords], size_t size, const MixKey& key) {
  Uint128 sum = key.constant + key.factors[kWords] * uint64_t{size};
  for (size_t i = 0; i < kWords; ++i) sum += key.factors[i] * words[i];
  return static_cast<uint64_t>(sum >> 64);
}

bool HasWide() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("vpclmulqdq");
}

SecretBytes RandomKey() {
  SecretBytes key(Fingerprinter::kKeyBytes);
  FillRandom(key.mutable_span());
  return key;
}

}  // namespace

struct Fingerprinter::Key {
  alignas(kBlockBytes) uint8_t ph[kPhBytes];
  MixKey mix[2];
  AES_KEY aes;
  bool wide;
};

Fingerprinter::Fingerprinter() : Fingerprinter(RandomKey().span()) {}

Fingerprinter::Fingerprinter(absl::Span<const uint8_t> key, bool wide)
    : key_(std::make_unique<Key>()) {
  static_assert(sizeof(Key::ph) == kPhBytes && sizeof(Key::mix) == kMixBytes);
  if (key.size() != kKeyBytes) std::abort();
  key_->wide = wide && HasWide();
  std::memcpy(key_->ph, key.data(), kPhBytes);
  std::memcpy(key_->mix, key.data() + kPhBytes, kMixBytes);
  // Fails for other sizes of key only.
  if (AES_set_encrypt_key(key.data() + kPhBytes + kMixBytes, 8 * kAesBytes,
                          &key_->aes) != 0) {
    std::abort();
  }
}

Fingerprinter::~Fingerprinter() { WipeBytes(key_.get(), sizeof(*key_)); }

Fingerprint Fingerprinter::Of(std::string_view credential) const {
  if (credential.empty() || credential.size() > limits::kTokenBytesMax) {
    return {};
  }
  const PhSums sums = PhOf(credential, key_->ph, key_->wide);
  uint64_t words[kWords];
  for (size_t pass = 0; pass < kPasses; ++pass) {
    words[2 * pass] =
        static_cast<uint64_t>(_mm_cvtsi128_si64(sums.passes[pass]));
    words[2 * pass + 1] =
        static_cast<uint64_t>(_mm_extract_epi64(sums.passes[pass], 1));
  }
  // One vector, so that AES does not load what was stored in two parts.
  const Block block = {Mix(words, credential.size(), key_->mix[0]),
                       Mix(words, credential.size(), key_->mix[1])};
  Fingerprint result;
  static_assert(sizeof(result) == sizeof(block),
                "a fingerprint is one block of AES");
  AES_encrypt(reinterpret_cast<const uint8_t*>(&block),
              reinterpret_cast<uint8_t*>(&result), &key_->aes);
  return result;
}

}  // namespace tollgate
