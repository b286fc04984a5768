// A request's method, read once for all rules that compare it.
//
// Methods are tokens (RFC 9110 section 9.1) and case-sensitive: "get" is a
// method, and not "GET".
//
// Thread-safety: a value. Ownership: views the request. Cost: a few ns; no
// allocation.

#ifndef TOLLGATE_ENGINE_POLICY_METHOD_H_
#define TOLLGATE_ENGINE_POLICY_METHOD_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "engine/base/first_word.h"

namespace tollgate {

class Method {
 public:
  // Implicit: what a caller has is the text.
  Method(std::string_view text ABSL_ATTRIBUTE_LIFETIME_BOUND)  // NOLINT
      : text_(text), code_(CodeOf(text)) {}
  Method(const std::string& text ABSL_ATTRIBUTE_LIFETIME_BOUND)  // NOLINT
      : Method(std::string_view(text)) {}
  Method(const char* text ABSL_ATTRIBUTE_LIFETIME_BOUND)  // NOLINT
      : Method(std::string_view(text)) {}

  // The code of all methods of more than eight bytes: no token has such bytes.
  static constexpr uint64_t kLong = ~uint64_t{0};

  // Returns whether this is a method at all.
  [[nodiscard]] bool IsToken() const { return code_ != 0; }

  std::string_view text() const { return text_; }

  // Equal for equal methods, and for others only if it is kLong; 0 for what is
  // no method.
  uint64_t code() const { return code_; }

 private:
  static uint64_t CodeOf(std::string_view text) {
    const uint64_t word = FirstWord(text);
    return ABSL_PREDICT_TRUE(IsUpperCase(text.size(), word)) ? word
                                                             : RareCodeOf(text);
  }

  static uint64_t RareCodeOf(std::string_view text);

  // Returns whether these are one to eight letters A to Z, as all methods in
  // common use are: eight bytes at once.
  static bool IsUpperCase(size_t size, uint64_t first_word) {
    constexpr uint64_t kOnes = ~uint64_t{0} / 0xff;
    if (size == 0 || size > sizeof(uint64_t)) return false;
    // Bytes behind the end become an A. Adding makes the top bit of each byte
    // tell whether it is at least 'A', and whether it is more than 'Z'.
    const uint64_t behind = ~uint64_t{0} << 1 << (8 * size - 1);
    const uint64_t word = first_word | (behind & kOnes * 'A');
    const uint64_t from_a = word + kOnes * (0x80 - 'A');
    const uint64_t above_z = word + kOnes * (0x7f - 'Z');
    return (~from_a & kOnes * 0x80) == 0 &&
           ((above_z | word) & kOnes * 0x80) == 0;
  }

  std::string_view text_;
  uint64_t code_;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_POLICY_METHOD_H_
