// base64url without padding (RFC 7515 section 2, RFC 4648 section 5), read
// strictly: one text for each value.
//
// For JWS, JWT and JWK. There is no padding, no white space, no other alphabet
// and no set bit after the data: a decoder that forgives any of these gives one
// token many spellings. HTTP Basic credentials need engine/base/base64.h.
//
// Thread-safety: pure functions. Ownership: no byte outside of the text is
// read, none outside of `out` written. Cost: decoding allocates nothing and
// takes 32 characters at a time where AVX2 is the baseline. Errors:
// std::nullopt.

#ifndef TOLLGATE_ENGINE_BASE_BASE64URL_H_
#define TOLLGATE_ENGINE_BASE_BASE64URL_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/types/span.h"

namespace tollgate {

// Returns the bytes that `size` characters decode to, if they decode at all.
constexpr size_t Base64UrlDecodedBytesMax(size_t size) {
  return size / 4 * 3 + size % 4 * 3 / 4;
}

namespace internal {

inline constexpr size_t kNotBase64Url = ~size_t{0};

// As DecodeBase64Url, with kNotBase64Url for no value: an optional that does
// not come from an inline function is written in two parts and read as one.
[[nodiscard]] size_t DecodeBase64Url(std::string_view text,
                                     absl::Span<char> out);

// The same a group at a time: for processors without AVX2, and the model that
// tests compare with.
[[nodiscard]] size_t DecodeBase64UrlByGroups(std::string_view text,
                                             absl::Span<char> out);

}  // namespace internal

// Decodes `text` into the front of `out` and returns the number of bytes; what
// `out` has behind them is unspecified. Refuses text that is not strict
// base64url, and text that `out` is too small for; all of `out` is then
// unspecified.
[[nodiscard]] inline std::optional<size_t> DecodeBase64Url(
    std::string_view text, absl::Span<char> out) {
  const size_t size = internal::DecodeBase64Url(text, out);
  if (size == internal::kNotBase64Url) return std::nullopt;
  return size;
}

// Decodes text of exactly as many bytes as `out` has; false: it is none.
template <typename Byte>
[[nodiscard]] bool DecodeBase64UrlExactly(std::string_view text,
                                          absl::Span<Byte> out) {
  static_assert(sizeof(Byte) == 1);
  return Base64UrlDecodedBytesMax(text.size()) == out.size() &&
         DecodeBase64Url(text, {reinterpret_cast<char*>(out.data()),
                                out.size()}) == out.size();
}

std::string EncodeBase64Url(std::string_view bytes);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_BASE_BASE64URL_H_
