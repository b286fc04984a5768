#include "engine/crypto/fingerprint.h"

#include <openssl/aes.h>

#ifdef __AVX2__
#include <immintrin.h>
#endif

#include <array>
#include <cstdlib>
#include <cstring>

#include "engine/base/hash.h"
#include "engine/crypto/random.h"
#include "engine/crypto/secret.h"

namespace tollgate {
namespace {

using internal::Load64;
using internal::Uint128;

constexpr size_t kBlockBytes = Fingerprinter::kNhBlockBytes;
constexpr size_t kPasses = Fingerprinter::kNhPasses;
constexpr size_t kShiftBytes = Fingerprinter::kNhShiftBytes;

using Block = uint64_t __attribute__((vector_size(16)));

// One word of the fingerprint before AES: a constant, then a factor for each of
// the five words of F2.
struct MixKey {
  Uint128 constant;
  Uint128 factors[kPasses + 1];
};

// The passes of F1, each modulo 2^64.
struct NhSums {
  uint64_t passes[kPasses];
};

#ifdef __AVX2__

// Eight words of a message at a time, and a lane for every second pair of each
// pass.
class Nh {
 public:
  // `block` are kBlockBytes of the message, `key` the words of their place.
  void Add(const char* block, const uint8_t* key) { Add(Load(block), key); }

  // The same of the last `left` bytes of `message`, 1 to 31, behind zeros.
  void AddLast(std::string_view message, size_t left, const uint8_t* key) {
    if (message.size() < kBlockBytes) {
      char block[kBlockBytes] = {};
      std::memcpy(block + kBlockBytes - left, message.data(), left);
      Add(block, key);
      return;
    }
    // The block that ends with the message, without what went before.
    static constexpr auto kMask = [] {
      std::array<char, 2 * kBlockBytes> mask = {};
      for (size_t i = kBlockBytes; i < mask.size(); ++i) mask[i] = '\xff';
      return mask;
    }();
    const char* const end = message.data() + message.size();
    Add(_mm256_and_si256(Load(end - kBlockBytes), Load(kMask.data() + left)),
        key);
  }

  NhSums Sums() const {
    NhSums sums;
    for (size_t pass = 0; pass < kPasses; ++pass) {
      const __m128i pairs =
          _mm_add_epi64(_mm256_castsi256_si128(lanes_[pass]),
                        _mm256_extracti128_si256(lanes_[pass], 1));
      sums.passes[pass] = static_cast<uint64_t>(_mm_cvtsi128_si64(
          _mm_add_epi64(pairs, _mm_unpackhi_epi64(pairs, pairs))));
    }
    return sums;
  }

 private:
  static __m256i Load(const void* bytes) {
    return _mm256_loadu_si256(static_cast<const __m256i*>(bytes));
  }

  void Add(__m256i words, const uint8_t* key) {
    for (size_t pass = 0; pass < kPasses; ++pass) {
      const __m256i sums =
          _mm256_add_epi32(words, Load(key + pass * kShiftBytes));
      lanes_[pass] = _mm256_add_epi64(
          lanes_[pass], _mm256_mul_epu32(sums, _mm256_srli_epi64(sums, 32)));
    }
  }

  __m256i lanes_[kPasses] = {};
};

#else

class Nh {
 public:
  void Add(const char* block, const uint8_t* key) {
    for (size_t pass = 0; pass < kPasses; ++pass) {
      for (size_t at = 0; at < kBlockBytes; at += 8) {
        const uint64_t words = Load64(block + at);
        uint64_t keys;
        std::memcpy(&keys, key + pass * kShiftBytes + at, sizeof(keys));
        const auto first = static_cast<uint32_t>(words + keys);
        const auto second = static_cast<uint32_t>((words >> 32) + (keys >> 32));
        sums_.passes[pass] += uint64_t{first} * second;
      }
    }
  }

  void AddLast(std::string_view message, size_t left, const uint8_t* key) {
    char block[kBlockBytes] = {};
    std::memcpy(block + kBlockBytes - left,
                message.data() + message.size() - left, left);
    Add(block, key);
  }

  NhSums Sums() const { return sums_; }

 private:
  NhSums sums_ = {};
};

#endif

NhSums NhOf(std::string_view message, const uint8_t* key) {
  Nh nh;
  const size_t left = message.size() % kBlockBytes;
  const char* const end = message.data() + message.size() - left;
  for (const char* at = message.data(); at != end; at += kBlockBytes) {
    nh.Add(at, key);
    key += kBlockBytes;
  }
  if (left != 0) nh.AddLast(message, left, key);
  return nh.Sums();
}

uint64_t Mix(const NhSums& sums, size_t size, const MixKey& key) {
  Uint128 sum = key.constant + key.factors[kPasses] * uint64_t{size};
  for (size_t pass = 0; pass < kPasses; ++pass) {
    sum += key.factors[pass] * sums.passes[pass];
  }
  return static_cast<uint64_t>(sum >> 64);
}

SecretBytes RandomKey() {
  SecretBytes key(Fingerprinter::kKeyBytes);
  FillRandom(key.mutable_span());
  return key;
}

}  // namespace

struct Fingerprinter::Key {
  alignas(kBlockBytes) uint8_t nh[kNhBytes];
  MixKey mix[2];
  AES_KEY aes;
};

Fingerprinter::Fingerprinter() : Fingerprinter(RandomKey().span()) {}

Fingerprinter::Fingerprinter(absl::Span<const uint8_t> key)
    : key_(std::make_unique<Key>()) {
  static_assert(sizeof(Key::nh) == kNhBytes && sizeof(Key::mix) == kMixBytes);
  if (key.size() != kKeyBytes) std::abort();
  std::memcpy(key_->nh, key.data(), kNhBytes);
  std::memcpy(key_->mix, key.data() + kNhBytes, kMixBytes);
  // Fails for other sizes of key only.
  if (AES_set_encrypt_key(key.data() + kNhBytes + kMixBytes, 8 * kAesBytes,
                          &key_->aes) != 0) {
    std::abort();
  }
}

Fingerprinter::~Fingerprinter() { WipeBytes(key_.get(), sizeof(*key_)); }

Fingerprint Fingerprinter::Of(std::string_view credential) const {
  if (credential.empty() || credential.size() > limits::kTokenBytesMax) {
    return {};
  }
  const NhSums sums = NhOf(credential, key_->nh);
  // One vector, so that AES does not load what was stored in two parts.
  const Block block = {Mix(sums, credential.size(), key_->mix[0]),
                       Mix(sums, credential.size(), key_->mix[1])};
  Fingerprint result;
  static_assert(sizeof(result) == sizeof(block),
                "a fingerprint is one block of AES");
  AES_encrypt(reinterpret_cast<const uint8_t*>(&block),
              reinterpret_cast<uint8_t*>(&result), &key_->aes);
  return result;
}

}  // namespace tollgate
