// A short string by value: at most `Capacity` bytes, no allocation, trivially
// copyable. For values that travel (a principal's name inside a decision).
//
// Cost: assigning copies the bytes used; constructing writes only the size.

#ifndef TOLLGATE_ENGINE_BASE_INLINE_TEXT_H_
#define TOLLGATE_ENGINE_BASE_INLINE_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "absl/base/attributes.h"

namespace tollgate {

// What AssignChunks copies at once.
inline constexpr size_t kInlineTextChunkBytes = 32;

template <size_t Capacity>
class InlineText {
 public:
  static_assert(Capacity <= UINT16_MAX);

  InlineText() : size_(0) {}

  // Copies `text`. Returns false, and stays as it was, when it does not fit.
  [[nodiscard]] bool Assign(std::string_view text) {
    if (text.size() > Capacity) return false;
    std::memcpy(bytes_, text.data(), text.size());
    size_ = static_cast<uint16_t>(text.size());
    return true;
  }

  // Assign for a hot path: copies whole chunks instead of calling memcpy.
  // REQUIRES: the bytes up to the next multiple of kInlineTextChunkBytes can be
  // read; `size` <= Capacity.
  void AssignChunks(const char* bytes, size_t size) {
    for (size_t i = 0; i < size; i += kInlineTextChunkBytes) {
      std::memcpy(bytes_ + i, bytes + i, kInlineTextChunkBytes);
    }
    size_ = static_cast<uint16_t>(size);
  }

  std::string_view text() const ABSL_ATTRIBUTE_LIFETIME_BOUND {
    return {bytes_, size_};
  }
  bool empty() const { return size_ == 0; }

 private:
  uint16_t size_;
  // Only the first size_ are ever read; chunks may be written.
  char bytes_[(Capacity + kInlineTextChunkBytes - 1) / kInlineTextChunkBytes *
              kInlineTextChunkBytes];
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_BASE_INLINE_TEXT_H_
