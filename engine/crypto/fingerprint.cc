#include "engine/crypto/fingerprint.h"

#include <openssl/aes.h>

#include <cstdlib>
#include <cstring>

#include "engine/base/hash.h"
#include "engine/crypto/random.h"
#include "engine/crypto/secret.h"

namespace tollgate {
namespace {

using internal::Load64;
using internal::Uint128;

constexpr size_t kPairBytes = Fingerprinter::kPairBytes;
constexpr size_t kWordsPerPair = 2;

using Block = uint64_t __attribute__((vector_size(16)));

// One word of the fingerprint before AES: a constant, then a factor for each of
// the five words of F2.
struct MixKey {
  Uint128 constant;
  Uint128 factors[5];
};

// Two words of a message.
struct Pair {
  uint64_t a;
  uint64_t b;

  static Pair At(const char* bytes) {
    return {Load64(bytes), Load64(bytes + 8)};
  }

  // Returns the last `left` bytes of `message`, 1 to 15, filled up with zeros.
  static Pair Last(std::string_view message, size_t left) {
    if (message.size() < kPairBytes) {
      char bytes[kPairBytes] = {};
      std::memcpy(bytes, message.data(), left);
      return At(bytes);
    }
    // The pair that ends with the message, without what went before.
    const Pair end = At(message.data() + message.size() - kPairBytes);
    const Uint128 whole = Uint128{end.b} << 64 | end.a;
    const Uint128 last = whole >> 8 * (kPairBytes - left);
    return {static_cast<uint64_t>(last), static_cast<uint64_t>(last >> 64)};
  }
};

// The two passes of F1, modulo 2^128.
struct NhSums {
  Uint128 first = 0;
  Uint128 second = 0;

  // `key` are the words of the pair's place.
  void Add(const Pair& pair, const uint64_t* key) {
    first += Uint128{pair.a + key[0]} * (pair.b + key[1]);
    second += Uint128{pair.a + key[2]} * (pair.b + key[3]);
  }
};

NhSums Nh(std::string_view message, const uint64_t* key) {
  NhSums sums;
  const size_t left = message.size() % kPairBytes;
  const char* const end = message.data() + message.size() - left;
  for (const char* at = message.data(); at != end; at += kPairBytes) {
    sums.Add(Pair::At(at), key);
    key += kWordsPerPair;
  }
  if (left != 0) sums.Add(Pair::Last(message, left), key);
  return sums;
}

uint64_t Mix(const NhSums& sums, size_t size, const MixKey& key) {
  const Uint128 sum =
      key.constant + key.factors[0] * static_cast<uint64_t>(sums.first) +
      key.factors[1] * static_cast<uint64_t>(sums.first >> 64) +
      key.factors[2] * static_cast<uint64_t>(sums.second) +
      key.factors[3] * static_cast<uint64_t>(sums.second >> 64) +
      key.factors[4] * static_cast<uint64_t>(size);
  return static_cast<uint64_t>(sum >> 64);
}

SecretBytes RandomKey() {
  SecretBytes key(Fingerprinter::kKeyBytes);
  FillRandom(key.mutable_span());
  return key;
}

}  // namespace

struct Fingerprinter::Key {
  uint64_t nh[kNhBytes / sizeof(uint64_t)];
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
  const NhSums sums = Nh(credential, key_->nh);
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
