#include "engine/policy/endpoint_pattern.h"

#include <algorithm>
#include <array>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/base/first_word.h"
#include "engine/policy/uri_text.h"

namespace tollgate {
namespace {

constexpr std::array<std::string_view, 9> kCommonMethods = {
    "CONNECT", "DELETE", "GET", "HEAD", "OPTIONS",
    "PATCH",   "POST",   "PUT", "TRACE"};

template <typename... Parts>
absl::Status Invalid(const Parts&... parts) {
  return absl::InvalidArgumentError(absl::StrCat(parts...));
}

// What to write instead of a path that is refused, or a general hint.
std::string PathHint(std::string_view path) {
  if (path.empty() || path.front() != '/') {
    return "a path begins with '/'; \"any\" alone is every request";
  }
  if (absl::StrContains(path, "//")) return "an empty segment matches nothing";
  if (absl::StrContains(path, '?')) return "patterns have no query";
  return "it can match no request: see the canonical form of paths";
}

}  // namespace

absl::Status EndpointPattern::SetMethod(std::string_view method) {
  if (!IsMethodToken(method)) {
    return Invalid("\"", absl::CHexEscape(method), "\" is not a method");
  }
  const std::string upper = absl::AsciiStrToUpper(method);
  if (upper == "*" || upper == "ANY" || upper == "ALL") {
    return Invalid("every method is meant where none is written");
  }
  const bool common = std::find(kCommonMethods.begin(), kCommonMethods.end(),
                                upper) != kCommonMethods.end();
  if (common && method != upper) {
    return Invalid("methods are case-sensitive; did you mean \"", upper, "\"?");
  }
  // Those that are registered are; a request with any other matches patterns
  // for every method only.
  if (!std::all_of(method.begin(), method.end(),
                   [](char c) { return absl::ascii_isupper(c) || c == '-'; })) {
    return Invalid("a method is one word of capitals");
  }
  method_ = std::string(method);
  method_code_ = Method(method).code();
  method_mask_ = ~uint64_t{0};
  return absl::OkStatus();
}

absl::Status EndpointPattern::SetPath(std::string_view text) {
  // The object is large for a control-path stack.
  const auto path = std::make_unique<CanonicalPath>();
  if (text.empty() || absl::StrContains(text, '?') ||
      !CanonicalPath::Parse(text, *path)) {
    return Invalid(PathHint(text));
  }
  if (path->text() != text) {
    return Invalid("a pattern has to be canonical; did you mean \"",
                   path->text(), "\"?");
  }
  return SetSegments(*path);
}

absl::Status EndpointPattern::SetSegments(const CanonicalPath& path) {
  bool literal = true;
  for (size_t i = 0; i < path.segment_count(); ++i) {
    const std::string_view segment = path.segment(i);
    const bool last = i + 1 == path.segment_count();
    if (segment == "**" && last && !path.trailing_slash()) {
      deep_ = true;
      break;
    }
    if (segment == "**") return Invalid("\"**\" may only stand at the end");
    if (segment != "*" && absl::StrContains(segment, '*')) {
      return Invalid("'*' stands for a whole segment; write %2A for a literal");
    }
    if (segment == "*") literal = false;
    if (literal) absl::StrAppend(&prefix_, "/", segment);
    if (literal) ++prefix_segments_;
    if (HasReservedEscape(segment)) has_reserved_escape_ = true;
    segments_.emplace_back(segment == "*" ? "" : segment);
    if (segment != "*") literals_end_ = segments_.size();
  }
  trailing_slash_ = path.trailing_slash();
  shape_ = !literal ? Shape::kWildcards
           : deep_  ? Shape::kDeep
                    : Shape::kLiteral;
  return absl::OkStatus();
}

void EndpointPattern::SetFirstWords() {
  head_ = FirstWord(prefix_);
  head_mask_ = FirstWord(std::string(prefix_.size(), '\xff'));
  if (prefix_.size() > kWord) {
    tail_ = FirstWord(std::string_view(prefix_).substr(prefix_.size() - kWord));
  }
  reading_mask_ = has_reserved_escape_ ? 0 : head_mask_;
}

// Compares a prefix of more than a word, of which the first was compared.
bool EndpointPattern::MatchesLongPrefix(std::string_view rest) const {
  const size_t size = prefix_.size();
  return rest.size() >= size && FirstWord(rest.substr(size - kWord)) == tail_ &&
         (size <= 2 * kWord || absl::StartsWith(rest, prefix_));
}

absl::StatusOr<EndpointPattern> EndpointPattern::Compile(
    std::string_view text) {
  EndpointPattern pattern;
  pattern.text_ = std::string(text);
  if (text == "any") return pattern;
  std::string_view path = text;
  absl::Status status;
  if (const size_t space = text.find(' '); space != text.npos) {
    status = pattern.SetMethod(text.substr(0, space));
    path.remove_prefix(space + 1);
  }
  if (status.ok()) status = pattern.SetPath(path);
  if (!status.ok()) {
    return Invalid("endpoint pattern \"", absl::CHexEscape(text.substr(0, 80)),
                   "\": ", status.message());
  }
  pattern.SetFirstWords();
  return pattern;
}

bool EndpointPattern::MatchesRestInAnyReading(const CanonicalPath& path) const {
  if (!path.valid()) return false;
  if (path.has_reserved_escape() || has_reserved_escape_) {
    return MatchesUnescaped(path);
  }
  std::string_view rest = path.text();
  if (!ConsumePrefix(rest)) return false;
  switch (shape_) {
    case Shape::kAny:
    case Shape::kDeep:
      return true;
    case Shape::kLiteral:
      return rest.size() <= 1;
    case Shape::kWildcards:
      return MatchesEitherCount(path, Escapes::kAsWritten);
  }
  return false;
}

bool EndpointPattern::MatchesUnescaped(const CanonicalPath& path) const {
  if (shape_ == Shape::kAny) return true;
  return MatchesEitherCount(path, Escapes::kStandForCharacters);
}

// Matches with the trailing slash ignored, then as an empty last segment.
bool EndpointPattern::MatchesEitherCount(const CanonicalPath& path,
                                         Escapes escapes) const {
  return MatchesSegments(path, path.segment_count(), escapes) ||
         (path.trailing_slash() &&
          MatchesSegments(path, path.segment_count() + 1, escapes));
}

// Compares the segments that are not '*'.
bool EndpointPattern::MatchesLiterals(const CanonicalPath& path,
                                      Escapes escapes) const {
  const bool as_written = escapes == Escapes::kAsWritten;
  std::string_view rest = path.text().substr(1);
  for (size_t i = 0; i < literals_end_; ++i) {
    if (i == path.segment_count()) return false;  // the empty one, at the end
    const std::string_view segment = rest.substr(0, rest.find('/'));
    const std::string_view wanted = segments_[i];
    const bool equal =
        wanted.empty() ||  // '*'
        (as_written ? segment == wanted : EqualUnescaped(segment, wanted));
    if (!equal) return false;
    rest.remove_prefix(std::min(segment.size() + 1, rest.size()));
  }
  return true;
}

}  // namespace tollgate
