// CanonicalPath against a slow reading of the same rules: split, decode, drop
// dot segments, one after the other, over whole strings.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/limits.h"
#include "engine/policy/path.h"
#include "tests/fuzz/fuzz_check.h"

namespace tollgate {
namespace {

constexpr std::string_view kUnreserved =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
constexpr std::string_view kReserved = "!$&'()*+,=:@";
constexpr std::string_view kHexDigits = "0123456789ABCDEFabcdef";

bool Has(std::string_view set, char c) { return set.find(c) != set.npos; }

// Decodes one segment to bytes, with those that stay escaped marked by what
// cannot be there otherwise: a byte 0 before each.
std::optional<std::string> Decode(std::string_view segment) {
  std::string bytes;
  for (size_t i = 0; i < segment.size(); ++i) {
    const char c = segment[i];
    if (c != '%') {
      if (!Has(kUnreserved, c) && !Has(kReserved, c)) return std::nullopt;
      bytes += c;
      continue;
    }
    if (i + 2 >= segment.size() || !Has(kHexDigits, segment[i + 1]) ||
        !Has(kHexDigits, segment[i + 2])) {
      return std::nullopt;
    }
    const int value =
        std::stoi(std::string(segment.substr(i + 1, 2)), nullptr, 16);
    i += 2;
    if (value < 0x20 || value == 0x7f) return std::nullopt;
    const char decoded = static_cast<char>(value);
    if (Has("/\\;?#", decoded)) return std::nullopt;
    if (!Has(kUnreserved, decoded)) bytes += '\0';
    bytes += decoded;
  }
  return bytes;
}

// Returns whether the bytes beyond ASCII are UTF-8 without C1 characters, by
// the values of the characters.
bool IsUtf8(std::string_view marked) {
  for (size_t i = 0; i < marked.size(); ++i) {
    if (marked[i] != '\0') continue;
    const auto lead = static_cast<uint8_t>(marked[++i]);
    if (lead < 0x80) continue;
    const int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
    if (lead < 0xc0 || lead > 0xf7) return false;
    uint32_t value = lead & (0x3f >> more);
    for (int k = 0; k < more; ++k) {
      if (i + 2 >= marked.size() || marked[i + 1] != '\0') return false;
      const auto next = static_cast<uint8_t>(marked[i + 2]);
      if ((next & 0xc0) != 0x80) return false;
      value = value << 6 | (next & 0x3f);
      i += 2;
    }
    const uint32_t least = more == 1 ? 0xa0 : more == 2 ? 0x800 : 0x10000;
    if (value < least || value > 0x10ffff) return false;
    if (value >= 0xd800 && value <= 0xdfff) return false;
  }
  return true;
}

std::string Encode(std::string_view marked) {
  std::string text;
  for (size_t i = 0; i < marked.size(); ++i) {
    if (marked[i] != '\0') {
      text += marked[i];
      continue;
    }
    char escape[4];
    std::snprintf(escape, sizeof(escape), "%%%02X",
                  static_cast<uint8_t>(marked[++i]));
    text += escape;
  }
  return text;
}

std::optional<std::string> Expected(std::string_view target) {
  if (target.empty() || target[0] != '/') return std::nullopt;
  if (target.size() > limits::kPathBytesMax) return std::nullopt;
  for (char c : target) {
    if (c <= ' ' || c >= 0x7f || c == '#') return std::nullopt;
  }
  std::string_view rest = target.substr(0, target.find('?'));
  std::vector<std::string> segments;
  bool directory = true;
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const std::string_view segment = rest.substr(0, rest.find('/'));
    rest.remove_prefix(segment.size());
    if (segment.empty() && !rest.empty()) return std::nullopt;
    const std::optional<std::string> decoded = Decode(segment);
    if (!decoded.has_value() || !IsUtf8(*decoded)) return std::nullopt;
    directory = *decoded == "" || *decoded == "." || *decoded == "..";
    if (*decoded == ".." && segments.empty()) return std::nullopt;
    if (*decoded == "..") segments.pop_back();
    if (!directory) segments.push_back(Encode(*decoded));
    if (segments.size() > limits::kPathSegmentsMax) return std::nullopt;
  }
  std::string text;
  for (const std::string& segment : segments) text += "/" + segment;
  return directory ? text + "/" : text;
}

void CheckSegments(const CanonicalPath& path) {
  std::string joined;
  for (size_t i = 0; i < path.segment_count(); ++i) {
    const std::string_view segment = path.segment(i);
    FUZZ_CHECK(!segment.empty() && segment != "." && segment != "..");
    joined.append("/").append(segment);
  }
  if (path.trailing_slash()) joined += "/";
  FUZZ_CHECK(joined == path.text());
}

}  // namespace
}  // namespace tollgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using tollgate::CanonicalPath;
  const std::string_view target(reinterpret_cast<const char*>(data), size);
  CanonicalPath path;
  const bool parsed = CanonicalPath::Parse(target, path);
  const std::optional<std::string> expected = tollgate::Expected(target);
  FUZZ_CHECK(parsed == expected.has_value());
  FUZZ_CHECK(parsed == path.valid());
  if (!parsed) return 0;
  FUZZ_CHECK(path.text() == *expected);
  tollgate::CheckSegments(path);
  CanonicalPath again;
  FUZZ_CHECK(CanonicalPath::Parse(*expected, again));
  FUZZ_CHECK(again.text() == *expected);
  return 0;
}
