#include "engine/base/pem.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/types/span.h"
#include "engine/base/base64.h"

namespace tollgate {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kDashes = "-----";

// Takes the next line off `text`, without its end.
std::string_view TakeLine(std::string_view& text) {
  const size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  absl::ConsumeSuffix(&line, "\r");
  return line;
}

std::optional<std::string> Decode(std::string_view encoded) {
  std::string bytes(encoded.size() / 4 * 3, '\0');
  const auto size = DecodeBase64(encoded, absl::MakeSpan(bytes));
  if (!size.has_value() || *size == 0) return std::nullopt;
  bytes.resize(*size);
  return bytes;
}

// Takes lines up to the END line off `text`, and decodes them.
std::optional<std::string> TakeBlock(std::string_view label,
                                     std::string_view& text) {
  const std::string end = absl::StrCat("-----END ", label, kDashes);
  std::string encoded;
  while (!text.empty()) {
    const std::string_view line = TakeLine(text);
    if (line == end) return Decode(encoded);
    if (line.empty()) return std::nullopt;
    encoded.append(line);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::vector<std::string>> DecodePem(std::string_view text,
                                                  const PemFormat& format) {
  const std::string begin = absl::StrCat(kBegin, format.label, kDashes);
  std::vector<std::string> blocks;
  while (!text.empty()) {
    const std::string_view line = TakeLine(text);
    if (line != begin) {
      const bool passed_over =
          line.empty() || (format.surroundings == PemSurroundings::kExplained &&
                           !absl::StartsWith(line, kDashes));
      if (!passed_over) return std::nullopt;
      continue;
    }
    if (blocks.size() == format.blocks_max) return std::nullopt;
    auto block = TakeBlock(format.label, text);
    if (!block.has_value()) return std::nullopt;
    blocks.push_back(*std::move(block));
  }
  if (blocks.empty()) return std::nullopt;
  return blocks;
}

std::optional<std::string> DecodePemOrBase64(std::string_view text,
                                             std::string_view label) {
  if (!absl::StartsWith(text, kDashes)) return Decode(text);
  auto blocks = DecodePem(text, {.label = label});
  if (!blocks.has_value()) return std::nullopt;
  return std::move(blocks->front());
}

}  // namespace tollgate
