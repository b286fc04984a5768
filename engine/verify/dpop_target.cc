#include "engine/verify/dpop_target.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "engine/base/percent_escape.h"

namespace tollgate {
namespace {

// What stands between a scheme and a path (RFC 3986 section 3.2), without user.
struct Authority {
  std::string_view host;  // an address of version 6 in its brackets
  std::string_view port;
};

bool IsHostCharacter(char c) {
  constexpr std::string_view kOthers = "-._~%!$&'()*+,;=";
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         kOthers.find(c) != kOthers.npos;
}

bool IsBracketed(std::string_view host) {
  if (host.size() < 3 || host.front() != '[' || host.back() != ']') {
    return false;
  }
  host = host.substr(1, host.size() - 2);
  return std::all_of(host.begin(), host.end(),
                     [](char c) { return c == ':' || IsHostCharacter(c); });
}

bool IsHost(std::string_view host) {
  return !host.empty() &&
         (IsBracketed(host) ||
          std::all_of(host.begin(), host.end(), IsHostCharacter));
}

bool IsPort(std::string_view port) {
  constexpr size_t kDigitsMax = 5;
  return !port.empty() && port.size() <= kDigitsMax &&
         std::all_of(port.begin(), port.end(),
                     [](unsigned char c) { return absl::ascii_isdigit(c); });
}

std::optional<Authority> ReadAuthority(std::string_view text,
                                       std::string_view default_port) {
  Authority authority{text, default_port};
  const size_t colon = text.rfind(':');
  if (colon != text.npos && text.find(']', colon) == text.npos) {
    authority = {text.substr(0, colon), text.substr(colon + 1)};
  }
  if (!IsHost(authority.host) || !IsPort(authority.port)) return std::nullopt;
  return authority;
}

bool SameAuthority(std::string_view text, std::string_view host,
                   std::string_view default_port) {
  const auto claimed = ReadAuthority(text, default_port);
  const auto asked = ReadAuthority(host, default_port);
  return claimed.has_value() && asked.has_value() &&
         absl::EqualsIgnoreCase(claimed->host, asked->host) &&
         claimed->port == asked->port;
}

// Takes "http://" or "https://" from the front of `uri` and returns the
// scheme's port, or an empty view.
std::string_view TakeScheme(std::string_view& uri) {
  constexpr std::string_view kPlain = "http://";
  constexpr std::string_view kSecure = "https://";
  const bool secure = absl::StartsWithIgnoreCase(uri, kSecure);
  if (!secure && !absl::StartsWithIgnoreCase(uri, kPlain)) return {};
  uri.remove_prefix(secure ? kSecure.size() : kPlain.size());
  return secure ? "443" : "80";
}

// Takes the first character of a path off `text`, an escape as one.
int TakeNormalized(std::string_view& text) {
  constexpr int kEscaped = 0x100;
  const int byte = EscapedByte(text, 0);
  const auto c = static_cast<char>(byte < 0 ? text.front() : byte);
  text.remove_prefix(byte < 0 ? 1 : 3);
  return byte < 0 || IsUnreserved(c) ? c : kEscaped | byte;
}

// Whether two paths are written alike, but for what RFC 3986 says is the same
// (sections 6.2.2.1 and 6.2.2.2): the case of escapes' digits, and escapes of
// unreserved characters.
bool SamePath(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    if (TakeNormalized(a) != TakeNormalized(b)) return false;
  }
  return a.empty() && b.empty();
}

}  // namespace

bool NamesTarget(std::string_view uri, std::string_view host,
                 std::string_view target) {
  uri = uri.substr(0, uri.find_first_of("?#"));
  const std::string_view default_port = TakeScheme(uri);
  if (default_port.empty()) return false;
  const size_t slash = std::min(uri.find('/'), uri.size());
  const std::string_view path = slash < uri.size() ? uri.substr(slash) : "/";
  return SameAuthority(uri.substr(0, slash), host, default_port) &&
         SamePath(path, target.substr(0, target.find('?')));
}

}  // namespace tollgate
