#include "engine/crypto/absolute_uri.h"

#include <cstddef>
#include <cstdint>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "engine/base/ip_address.h"

namespace tollgate {
namespace {

constexpr size_t kNone = std::string_view::npos;

// What beside unreserved, pct-encoded and sub-delims a part may have.
constexpr std::string_view kUserMarks = ":";
constexpr std::string_view kHostMarks = "";
constexpr std::string_view kPathMarks = ":@/";
constexpr std::string_view kQueryMarks = ":@/?";  // and of fragments

bool IsAlphanumeric(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c));
}

bool IsHexDigit(char c) {
  return absl::ascii_isxdigit(static_cast<unsigned char>(c));
}

// Section 3.1.
bool IsScheme(std::string_view text) {
  return !text.empty() &&
         absl::ascii_isalpha(static_cast<unsigned char>(text.front())) &&
         absl::c_all_of(text, [](char c) {
           return IsAlphanumeric(c) || c == '+' || c == '-' || c == '.';
         });
}

// Whether `text` consists of unreserved, pct-encoded, sub-delims and `marks`.
bool IsPart(std::string_view text, std::string_view marks) {
  constexpr std::string_view kUnreservedMarks = "-._~";
  constexpr std::string_view kSubDelims = "!$&'()*+,;=";
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      if (text.size() - i < 3 || !IsHexDigit(text[i + 1]) ||
          !IsHexDigit(text[i + 2])) {
        return false;
      }
      i += 2;
    } else if (!IsAlphanumeric(c) && !absl::StrContains(kUnreservedMarks, c) &&
               !absl::StrContains(kSubDelims, c) &&
               !absl::StrContains(marks, c)) {
      return false;
    }
  }
  return true;
}

// Cuts `mark` and what follows off `rest`; false: that is no query (section
// 3.4), nor fragment.
bool CutTail(std::string_view& rest, char mark) {
  const size_t at = rest.find(mark);
  if (at == kNone) return true;
  const std::string_view tail = rest.substr(at + 1);
  rest = rest.substr(0, at);
  return IsPart(tail, kQueryMarks);
}

bool IsPort(std::string_view digits) {
  uint32_t port = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return false;
    port = port * 10 + static_cast<uint32_t>(c - '0');
    if (port > UINT16_MAX) return false;
  }
  return true;
}

// Whether `host` is an IPv6 address in brackets.
bool IsIpLiteral(std::string_view host) {
  return absl::ConsumePrefix(&host, "[") && absl::ConsumeSuffix(&host, "]") &&
         absl::StrContains(host, ':') && IpAddress::Parse(host).has_value();
}

// Returns the host of an authority (section 3.2); empty: it is none.
std::string_view HostOfAuthority(std::string_view rest) {
  const size_t at = rest.find('@');
  if (at != kNone) {
    if (!IsPart(rest.substr(0, at), kUserMarks)) return {};
    rest.remove_prefix(at + 1);
  }
  // An address has colons of its own; its bracket is looked for first.
  const size_t bracket = rest.rfind(']');
  const size_t colon = rest.find(':', bracket == kNone ? 0 : bracket);
  const std::string_view host = rest.substr(0, colon);
  const std::string_view port = colon == kNone ? "" : rest.substr(colon + 1);
  const bool good = IsPart(host, kHostMarks) || IsIpLiteral(host);
  return good && IsPort(port) ? host : std::string_view();
}

}  // namespace

std::optional<std::string_view> HostOfUri(std::string_view uri) {
  const size_t colon = uri.find(':');
  if (colon == kNone || !IsScheme(uri.substr(0, colon))) {
    return std::nullopt;
  }
  std::string_view rest = uri.substr(colon + 1);
  if (!CutTail(rest, '#') || rest.empty() || !CutTail(rest, '?')) {
    return std::nullopt;
  }
  std::string_view host;
  if (absl::ConsumePrefix(&rest, "//")) {
    const std::string_view authority = rest.substr(0, rest.find('/'));
    host = HostOfAuthority(authority);
    if (host.empty()) return std::nullopt;
    rest.remove_prefix(authority.size());
  }
  if (!IsPart(rest, kPathMarks)) return std::nullopt;
  return host;
}

}  // namespace tollgate
