// Secret bytes: wiped when they go, never printed, compared in constant time.
//
// SecretBytes owns a secret of any size: a pepper, a secret just issued, a key
// read from a file. It cannot be copied (each copy would have to be justified),
// printed, formatted or compared with ==; what may be done with it is handing
// span() to a cryptographic function or to ConstantTimeEqual.
//
// Thread-safety: as of a plain value. Cost: one allocation for each secret, a
// wipe at its end; ConstantTimeEqual of two digests takes about 3 ns.

#ifndef TOLLGATE_ENGINE_CRYPTO_SECRET_H_
#define TOLLGATE_ENGINE_CRYPTO_SECRET_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iosfwd>
#include <memory>
#include <string_view>

#include "absl/base/attributes.h"
#include "absl/types/span.h"

namespace tollgate {

class SecretBytes {
 public:
  SecretBytes() = default;

  // `size` zero bytes, to be filled through mutable_span().
  explicit SecretBytes(size_t size);

  // A copy; the caller answers for the source.
  static SecretBytes CopyOf(absl::Span<const uint8_t> bytes);
  static SecretBytes CopyOf(std::string_view bytes);

  SecretBytes(SecretBytes&& other) noexcept;
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes();

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  absl::Span<const uint8_t> span() const ABSL_ATTRIBUTE_LIFETIME_BOUND {
    return {data_.get(), size_};
  }
  // The same as text, for Pepper::Digest. A view can be printed: do not.
  std::string_view text() const ABSL_ATTRIBUTE_LIFETIME_BOUND {
    return {reinterpret_cast<const char*>(data_.get()), size_};
  }
  absl::Span<uint8_t> mutable_span() ABSL_ATTRIBUTE_LIFETIME_BOUND {
    return {data_.get(), size_};
  }

  friend std::ostream& operator<<(std::ostream&, const SecretBytes&) = delete;
  template <typename Sink>
  friend void AbslStringify(Sink&, const SecretBytes&) = delete;
  friend bool operator==(const SecretBytes&, const SecretBytes&) = delete;

 private:
  void Wipe();

  std::unique_ptr<uint8_t[]> data_;
  size_t size_ = 0;
};

// Overwrites `size` bytes at `data`, in a way that no compiler removes.
void WipeBytes(void* data, size_t size);

// Returns whether the bytes are equal, in a time that depends on the sizes
// only. Different sizes are unequal.
[[nodiscard]] bool ConstantTimeEqual(absl::Span<const uint8_t> a,
                                     absl::Span<const uint8_t> b);

// The same for two digests, inline for the hot path.
[[nodiscard]] inline bool ConstantTimeEqual(const std::array<uint8_t, 32>& a,
                                            const std::array<uint8_t, 32>& b) {
  uint64_t difference = 0;
  for (size_t i = 0; i < a.size(); i += sizeof(uint64_t)) {
    uint64_t words[2];
    std::memcpy(&words[0], a.data() + i, sizeof(uint64_t));
    std::memcpy(&words[1], b.data() + i, sizeof(uint64_t));
    difference |= words[0] ^ words[1];
    // Lets the compiler know nothing about the value: it can not turn the
    // code before into an early exit.
    asm("" : "+r"(difference));
  }
  return difference == 0;
}

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CRYPTO_SECRET_H_
