#include "engine/crypto/secret.h"

#include <openssl/mem.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace tollgate {
namespace {

uint64_t Load64(const uint8_t* bytes) {
  uint64_t value;
  std::memcpy(&value, bytes, sizeof(value));
  return value;
}

// Returns `value`, about which the compiler then knows nothing: it cannot turn
// the code before into an early exit.
uint64_t ValueBarrier(uint64_t value) {
  asm("" : "+r"(value));
  return value;
}

}  // namespace

SecretBytes::SecretBytes(size_t size)
    : data_(size == 0 ? nullptr : new uint8_t[size]()), size_(size) {}

SecretBytes SecretBytes::CopyOf(absl::Span<const uint8_t> bytes) {
  SecretBytes copy(bytes.size());
  std::copy(bytes.begin(), bytes.end(), copy.data_.get());
  return copy;
}

SecretBytes SecretBytes::CopyOf(std::string_view bytes) {
  SecretBytes copy(bytes.size());
  std::copy(bytes.begin(), bytes.end(), copy.data_.get());
  return copy;
}

SecretBytes::SecretBytes(SecretBytes&& other) noexcept
    : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0)) {}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this == &other) return *this;
  Wipe();
  data_ = std::move(other.data_);
  size_ = std::exchange(other.size_, 0);
  return *this;
}

SecretBytes::~SecretBytes() { Wipe(); }

void SecretBytes::Wipe() { WipeBytes(data_.get(), size_); }

void WipeBytes(void* data, size_t size) { OPENSSL_cleanse(data, size); }

bool ConstantTimeEqual(absl::Span<const uint8_t> a,
                       absl::Span<const uint8_t> b) {
  return a.size() == b.size() &&
         CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool ConstantTimeEqual(const std::array<uint8_t, 32>& a,
                       const std::array<uint8_t, 32>& b) {
  uint64_t difference = 0;
  for (size_t i = 0; i < a.size(); i += sizeof(uint64_t)) {
    const uint64_t word = Load64(a.data() + i) ^ Load64(b.data() + i);
    difference |= ValueBarrier(word);
  }
  return difference == 0;
}

}  // namespace tollgate
