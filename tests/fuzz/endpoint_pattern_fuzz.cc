// EndpointPattern against a recursive matcher over split strings. The input is
// a pattern, a method and a target, a line each.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/policy/endpoint_pattern.h"
#include "tests/fuzz/fuzz_check.h"

namespace tollgate {
namespace {

using Segments = std::vector<std::string>;

std::string_view TakeLine(std::string_view& rest) {
  const std::string_view line = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(std::min(rest.size(), line.size() + 1));
  return line;
}

// "/a/" is {"a", ""}, and "/" is {""}.
Segments Split(std::string_view path) {
  Segments segments;
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    segments.emplace_back(segment);
  }
  return segments;
}

// Decodes escapes of characters that may stand for themselves.
std::string Unescape(std::string_view text) {
  constexpr std::string_view kReserved = "!$&'()*+,=:@";
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      const char c = static_cast<char>(
          std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      if (kReserved.find(c) != kReserved.npos) {
        out += c;
        i += 2;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

bool Matches(const Segments& pattern, size_t p, const Segments& path, size_t i,
             bool exactly) {
  if (p == pattern.size()) return i == path.size();
  if (pattern[p] == "**") return true;
  if (i == path.size()) return false;
  const bool equal = exactly ? pattern[p] == path[i]
                             : Unescape(pattern[p]) == Unescape(path[i]);
  const bool star = pattern[p] == "*" && !(exactly && path[i].empty());
  return (star || equal) && Matches(pattern, p + 1, path, i + 1, exactly);
}

// Every reading: with and without the slash at the end of either.
bool MatchesAnyReading(Segments pattern, Segments path) {
  if (!pattern.empty() && pattern.back().empty()) pattern.pop_back();
  if (Matches(pattern, 0, path, 0, false)) return true;
  if (path.empty() || !path.back().empty()) return false;
  path.pop_back();
  return Matches(pattern, 0, path, 0, false);
}

void Check(const EndpointPattern& compiled, std::string_view text,
           std::string_view method, const CanonicalPath& path) {
  std::string_view pattern = text;
  bool method_matches = true;
  if (const size_t space = text.find(' '); space != text.npos) {
    method_matches = method == text.substr(0, space);
    pattern = text.substr(space + 1);
  }
  const Segments wanted = Split(pattern == "any" ? "/**" : pattern);
  const Segments segments = Split(path.text());
  const bool exactly = method_matches && Matches(wanted, 0, segments, 0, true);
  const bool any_reading =
      method_matches && MatchesAnyReading(wanted, segments);
  FUZZ_CHECK(!exactly || any_reading);
  FUZZ_CHECK(compiled.MatchesExactly(method, path) == exactly);
  FUZZ_CHECK(compiled.MatchesAnyReading(method, path) == any_reading);
}

}  // namespace
}  // namespace tollgate

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tollgate;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const std::string_view text = TakeLine(rest);
  const std::string_view method = TakeLine(rest);
  const absl::StatusOr<EndpointPattern> pattern =
      EndpointPattern::Compile(text);
  if (!pattern.ok()) {
    FUZZ_CHECK(!pattern.status().message().empty());
    return 0;
  }
  FUZZ_CHECK(pattern->text() == text);
  CanonicalPath path;
  if (!CanonicalPath::Parse(rest, path)) {
    FUZZ_CHECK(!pattern->MatchesExactly(method, path));
    FUZZ_CHECK(!pattern->MatchesAnyReading(method, path));
    return 0;
  }
  Check(*pattern, text, method, path);
  return 0;
}
