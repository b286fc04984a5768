#include "engine/config/source_text.h"

#include <cstdint>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/base/limits.h"

namespace tollgate {
namespace {

constexpr size_t kExcerptBytesMax = 64;

bool IsContinuation(uint8_t byte) { return (byte & 0xc0) == 0x80; }

struct Decoded {
  size_t size;      // 0: not UTF-8
  uint32_t scalar;  // the code point
};

// Decodes the character at the start of `text`, which is not empty.
Decoded DecodeUtf8(std::string_view text) {
  const auto byte = [text](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return {1, lead};
  const size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return {0, 0};
  uint32_t scalar = lead & (0xff >> (size + 1));
  for (size_t i = 1; i < size; ++i) {
    if (!IsContinuation(byte(i))) return {0, 0};
    scalar = scalar << 6 | (byte(i) & 0x3f);
  }
  // Longer than needed, a surrogate, or beyond the last code point.
  constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = scalar >= 0xd800 && scalar <= 0xdfff;
  if (scalar < kLeast[size] || surrogate || scalar > 0x10ffff) return {0, 0};
  return {size, scalar};
}

bool IsRefusedControl(uint32_t scalar) {
  if (scalar == '\t' || scalar == '\n' || scalar == '\r') return false;
  return scalar < 0x20 || (scalar >= 0x7f && scalar < 0xa0);
}

}  // namespace

std::string FormatPosition(std::string_view file, SourcePosition position) {
  const std::string name = absl::Utf8SafeCEscape(file);
  if (position.line == 0) return name;
  return absl::StrCat(name, ":", position.line, ":", position.column);
}

absl::Status ErrorAt(std::string_view file, SourcePosition position,
                     std::string_view message) {
  return absl::InvalidArgumentError(
      absl::StrCat(FormatPosition(file, position), ": ", message));
}

std::string Excerpt(std::string_view text) {
  const bool cut = text.size() > kExcerptBytesMax;
  return absl::StrCat(absl::CEscape(text.substr(0, kExcerptBytesMax)),
                      cut ? "..." : "");
}

absl::Status CheckSourceText(std::string_view text, std::string_view file) {
  if (text.size() > limits::kConfigBytesMax) {
    return ErrorAt(
        file, {},
        absl::StrCat("is longer than ", limits::kConfigBytesMax, " bytes"));
  }
  SourcePosition at = {1, 1};
  while (!text.empty()) {
    const Decoded next = DecodeUtf8(text);
    if (next.size == 0) return ErrorAt(file, at, "the text is not UTF-8");
    if (IsRefusedControl(next.scalar)) {
      return ErrorAt(file, at,
                     absl::StrCat("control character U+",
                                  absl::Hex(next.scalar, absl::kZeroPad4)));
    }
    at = next.scalar == '\n'
             ? SourcePosition{at.line + 1, 1}
             : SourcePosition{at.line, at.column + static_cast<int>(next.size)};
    text.remove_prefix(next.size);
  }
  return absl::OkStatus();
}

}  // namespace tollgate
