#include "engine/base/base64.h"

#include "engine/base/base64_groups.h"

namespace tollgate {
namespace {

constexpr internal::Sextets kSextets = internal::MakeSextets(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");

// REQUIRES: a multiple of four characters.
size_t PaddingOf(std::string_view text) {
  if (text.empty() || text[text.size() - 1] != '=') return 0;
  return text[text.size() - 2] == '=' ? 2 : 1;
}

}  // namespace

std::optional<size_t> DecodeBase64(std::string_view text,
                                   absl::Span<char> out) {
  if (text.size() % 4 != 0) return std::nullopt;
  text.remove_suffix(PaddingOf(text));
  const size_t size = internal::BytesOfBase64(text.size());
  if (out.size() < size) return std::nullopt;
  if (!internal::DecodeBase64Groups(kSextets, text, out.data())) {
    return std::nullopt;
  }
  return size;
}

}  // namespace tollgate
