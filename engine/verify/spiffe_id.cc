#include "engine/verify/spiffe_id.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace tollgate {
namespace {

constexpr std::string_view kScheme = "spiffe://";
constexpr size_t kIdBytesMax = 2048;
constexpr size_t kTrustDomainBytesMax = 255;

bool IsMark(char c) { return c == '.' || c == '-' || c == '_'; }

bool IsDomainCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || IsMark(c);
}

bool IsSegment(std::string_view segment) {
  return !segment.empty() && segment != "." && segment != ".." &&
         std::all_of(segment.begin(), segment.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  IsMark(c);
         });
}

// REQUIRES: `path` is empty or begins with a slash.
bool IsPath(std::string_view path) {
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    if (!IsSegment(segment)) return false;
    path.remove_prefix(segment.size());
  }
  return true;
}

}  // namespace

bool IsTrustDomain(std::string_view name) {
  return !name.empty() && name.size() <= kTrustDomainBytesMax &&
         std::all_of(name.begin(), name.end(), IsDomainCharacter);
}

std::optional<SpiffeId> ParseSpiffeId(std::string_view uri) {
  if (uri.size() > kIdBytesMax || !absl::ConsumePrefix(&uri, kScheme)) {
    return std::nullopt;
  }
  const size_t slash = std::min(uri.find('/'), uri.size());
  const SpiffeId id = {uri.substr(0, slash), uri.substr(slash)};
  if (!IsTrustDomain(id.trust_domain) || !IsPath(id.path)) return std::nullopt;
  return id;
}

bool IsSpiffeUri(std::string_view uri) {
  return absl::StartsWithIgnoreCase(uri, "spiffe:");
}

}  // namespace tollgate
