// A request's method, read once for all rules that compare it.
//
// Methods are tokens (RFC 9110 section 9.1) and case-sensitive: "get" is a
// method, and not "GET".
//
// Thread-safety: a value. Ownership: views the request. Cost: a few ns; no
// allocation.

#ifndef TOLLGATE_ENGINE_POLICY_METHOD_H_
#define TOLLGATE_ENGINE_POLICY_METHOD_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/base/attributes.h"
#include "engine/base/first_word.h"
#include "engine/policy/uri_text.h"

namespace tollgate {

class Method {
 public:
  // Implicit: what a caller has is the text.
  Method(std::string_view text ABSL_ATTRIBUTE_LIFETIME_BOUND)  // NOLINT
      : text_(text), first_word_(FirstWord(text)) {}
  Method(const std::string& text ABSL_ATTRIBUTE_LIFETIME_BOUND)  // NOLINT
      : Method(std::string_view(text)) {}
  Method(const char* text ABSL_ATTRIBUTE_LIFETIME_BOUND)  // NOLINT
      : Method(std::string_view(text)) {}

  // Returns whether this is a method at all.
  [[nodiscard]] bool IsToken() const {
    return IsUpperCase() || IsMethodToken(text_);
  }

  std::string_view text() const { return text_; }

  // `first_word` is FirstWord(text).
  bool Is(std::string_view text, uint64_t first_word) const {
    return first_word_ == first_word && text_.size() == text.size() &&
           (text.size() <= sizeof(first_word) || text_ == text);
  }

 private:
  // Returns whether this is one to eight letters A to Z, as all methods in
  // common use are: eight bytes at once.
  bool IsUpperCase() const {
    constexpr uint64_t kOnes = ~uint64_t{0} / 0xff;
    if (text_.empty() || text_.size() > sizeof(uint64_t)) return false;
    // Bytes behind the end become an A. Adding makes the top bit of each byte
    // tell whether it is at least 'A', and whether it is more than 'Z'.
    const uint64_t behind = ~uint64_t{0} << 1 << (8 * text_.size() - 1);
    const uint64_t word = first_word_ | (behind & kOnes * 'A');
    const uint64_t from_a = word + kOnes * (0x80 - 'A');
    const uint64_t above_z = word + kOnes * (0x7f - 'Z');
    return (~from_a & kOnes * 0x80) == 0 &&
           ((above_z | word) & kOnes * 0x80) == 0;
  }

  std::string_view text_;
  uint64_t first_word_;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_POLICY_METHOD_H_
