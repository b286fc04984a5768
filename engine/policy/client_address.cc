#include "engine/policy/client_address.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/base/limits.h"
#include "engine/policy/uri_text.h"

namespace tollgate {
namespace {

constexpr std::string_view kOptionalSpace = " \t";

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(kOptionalSpace);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kOptionalSpace) + 1 - begin);
}

// The elements of a field, leftmost first; empty where one names nobody.
struct Hops {
  std::array<std::string_view, limits::kForwardedHopsMax> nodes;
  size_t count = 0;

  [[nodiscard]] bool Add(std::string_view node) {
    if (count == nodes.size()) return false;
    nodes[count++] = node;
    return true;
  }
};

bool AddForwardedForLine(std::string_view line, Hops& hops) {
  while (true) {
    const size_t comma = line.find(',');
    if (!hops.Add(Trim(line.substr(0, comma)))) return false;
    if (comma == line.npos) return true;
    line.remove_prefix(comma + 1);
  }
}

// Reads one line of Forwarded, from the left (RFC 7239 section 4).
class ForwardedParser {
 public:
  explicit ForwardedParser(std::string_view line) : rest_(line) {}

  bool AddElements(Hops& hops) {
    do {
      std::string_view node;
      if (!TakeElement(node) || !hops.Add(node)) return false;
    } while (TakeIf(','));
    return true;
  }

 private:
  // Takes pairs up to a comma or the end. Sets `node` to the value of "for",
  // which an element has at most once.
  bool TakeElement(std::string_view& node) {
    bool seen = false;
    SkipSpace();
    while (!rest_.empty() && rest_.front() != ',') {
      if (TakeIf(';')) continue;
      std::string_view name;
      std::string_view value;
      if (!TakePair(name, value)) return false;
      if (!rest_.empty() && rest_.front() != ',' && rest_.front() != ';') {
        return false;
      }
      if (!absl::EqualsIgnoreCase(name, "for")) continue;
      if (seen) return false;
      seen = true;
      node = value;
    }
    return true;
  }

  bool TakePair(std::string_view& name, std::string_view& value) {
    if (!TakeToken(name) || rest_.empty() || rest_.front() != '=') return false;
    rest_.remove_prefix(1);
    const bool quoted = !rest_.empty() && rest_.front() == '"';
    if (!(quoted ? TakeQuoted(value) : TakeToken(value))) return false;
    SkipSpace();
    return true;
  }

  bool TakeToken(std::string_view& token) {
    size_t size = 0;
    while (size < rest_.size() && IsUriClass(rest_[size], kHttpToken)) ++size;
    token = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return size > 0;
  }

  // Sets `text` to what is between the quotes, backslashes included: no node
  // has one. REQUIRES: at a quote.
  bool TakeQuoted(std::string_view& text) {
    for (size_t at = 1; at < rest_.size(); ++at) {
      const auto byte = static_cast<uint8_t>(rest_[at]);
      if (byte == '"') {
        text = rest_.substr(1, at - 1);
        rest_.remove_prefix(at + 1);
        return true;
      }
      if ((byte < ' ' && byte != '\t') || byte == 0x7f) return false;
      if (byte == '\\') ++at;
    }
    return false;
  }

  bool TakeIf(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    SkipSpace();
    return true;
  }

  void SkipSpace() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t')) {
      rest_.remove_prefix(1);
    }
  }

  std::string_view rest_;
};

bool IsPort(std::string_view text) {
  if (text.empty() || text.size() > 5) return false;
  uint32_t port = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return false;
    port = port * 10 + static_cast<uint32_t>(c - '0');
  }
  return port >= 1 && port <= 65535;
}

// Reads "[v6]" or "[v6]:port".
std::optional<IpAddress> ParseBracketed(std::string_view text) {
  const size_t close = text.find(']');
  if (close == text.npos) return std::nullopt;
  const std::string_view inside = text.substr(1, close - 1);
  const std::string_view behind = text.substr(close + 1);
  if (!behind.empty() && (behind[0] != ':' || !IsPort(behind.substr(1)))) {
    return std::nullopt;
  }
  if (inside.find(':') == inside.npos) return std::nullopt;  // IPv4
  return IpAddress::Parse(inside);
}

// Reads all but IPv6 without brackets.
std::optional<IpAddress> ParseForwardedNode(std::string_view text) {
  if (!text.empty() && text.front() == '[') return ParseBracketed(text);
  const size_t colon = text.find(':');
  if (colon == text.npos) return IpAddress::Parse(text);
  if (!IsPort(text.substr(colon + 1))) return std::nullopt;
  return IpAddress::Parse(text.substr(0, colon));
}

// As ParseForwardedNode, and IPv6 without brackets, which has no port.
std::optional<IpAddress> ParseForwardedForNode(std::string_view text) {
  const size_t colon = text.find(':');
  const bool bare = colon != text.npos && text.front() != '[' &&
                    text.find(':', colon + 1) != text.npos;
  return bare ? IpAddress::Parse(text) : ParseForwardedNode(text);
}

using NodeParser = std::optional<IpAddress> (*)(std::string_view);

// Returns the first address from the right that is no trusted proxy's, the
// leftmost if all are, or none.
IpAddress WalkFromRight(const Hops& hops, NodeParser parse,
                        const TrustedProxies& proxies) {
  IpAddress client;
  for (size_t i = hops.count; i-- > 0;) {
    const std::optional<IpAddress> address = parse(hops.nodes[i]);
    if (!address.has_value()) return IpAddress();
    client = *address;
    if (!proxies.Contains(client)) return client;
  }
  return client;
}

IpAddress FromForwardedFor(absl::Span<const std::string_view> lines,
                           const TrustedProxies& proxies) {
  Hops hops;
  for (std::string_view line : lines) {
    if (!AddForwardedForLine(line, hops)) return IpAddress();
  }
  return WalkFromRight(hops, ParseForwardedForNode, proxies);
}

IpAddress FromForwarded(absl::Span<const std::string_view> lines,
                        const TrustedProxies& proxies) {
  Hops hops;
  for (std::string_view line : lines) {
    if (!ForwardedParser(line).AddElements(hops)) return IpAddress();
  }
  return WalkFromRight(hops, ParseForwardedNode, proxies);
}

}  // namespace

// Unique local IPv6 addresses are a /7.
absl::Status CheckProxyPrefix(std::string_view text) {
  constexpr int kShortestV4Bits = 8;
  constexpr int kShortestV6Bits = 7;
  const absl::StatusOr<IpPrefix> prefix = IpPrefix::Parse(text);
  if (!prefix.ok()) return prefix.status();
  const int shortest =
      prefix->kind() == IpKind::kV4 ? kShortestV4Bits : kShortestV6Bits;
  if (prefix->bits() >= shortest) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(text,
                   " is too wide: too many clients could name their own "
                   "address; list the prefixes of the proxies, /",
                   shortest, " or longer"));
}

absl::StatusOr<TrustedProxies> TrustedProxies::Compile(
    absl::Span<const std::string> prefixes) {
  TrustedProxies proxies;
  if (prefixes.empty()) return proxies;
  for (const std::string& prefix : prefixes) {
    if (prefix == "any") {
      return absl::InvalidArgumentError(
          "trusted_proxies: with \"any\" every client could name its own "
          "address; list the prefixes of the proxies");
    }
    const absl::Status width = CheckProxyPrefix(prefix);
    if (!width.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("trusted_proxies: ", width.message()));
    }
  }
  absl::StatusOr<IpPrefixList> list = IpPrefixList::Compile(prefixes);
  if (!list.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("trusted_proxies: ", list.status().message()));
  }
  proxies.prefixes_ = *std::move(list);
  proxies.empty_ = false;
  return proxies;
}

IpAddress FindClientAddress(const IpAddress& peer,
                            const TrustedProxies& proxies,
                            const ForwardingFields& fields) {
  if (!proxies.Contains(peer)) return peer;
  if (fields.forwarded.empty()) {
    if (fields.x_forwarded_for.empty()) return peer;
    return FromForwardedFor(fields.x_forwarded_for, proxies);
  }
  const IpAddress forwarded = FromForwarded(fields.forwarded, proxies);
  if (fields.x_forwarded_for.empty()) return forwarded;
  const IpAddress forwarded_for =
      FromForwardedFor(fields.x_forwarded_for, proxies);
  return forwarded == forwarded_for ? forwarded : IpAddress();
}

}  // namespace tollgate
