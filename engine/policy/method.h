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
#include "engine/policy/first_word.h"
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
  [[nodiscard]] bool IsToken() const { return IsMethodToken(text_); }

  std::string_view text() const { return text_; }

  // `first_word` is FirstWord(text).
  bool Is(std::string_view text, uint64_t first_word) const {
    return first_word_ == first_word && text_.size() == text.size() &&
           (text.size() <= sizeof(first_word) || text_ == text);
  }

 private:
  std::string_view text_;
  uint64_t first_word_;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_POLICY_METHOD_H_
