#include "engine/base/ip_address.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/base/percent_escape.h"

namespace tollgate {
namespace {

constexpr int kGroups = 8;  // of 16 bits in an IPv6 address

int DecimalDigit(char c) { return c >= '0' && c <= '9' ? c - '0' : -1; }

// Takes `expected` off the front of the text, if it is there.
bool TakeChar(char expected, std::string_view& text) {
  if (text.empty() || text[0] != expected) return false;
  text.remove_prefix(1);
  return true;
}

// Takes a decimal number of at most `max`, without leading zeros, off the
// front. Three digits are enough for every number in an address or prefix.
std::optional<uint32_t> TakeDecimal(uint32_t max, std::string_view& text) {
  uint32_t value = 0;
  size_t digits = 0;
  for (; digits < text.size() && digits < 4; ++digits) {
    const int digit = DecimalDigit(text[digits]);
    if (digit < 0) break;
    value = value * 10 + static_cast<uint32_t>(digit);
  }
  if (digits == 0 || digits > 3 || value > max) return std::nullopt;
  if (digits > 1 && text[0] == '0') return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

// Takes one to four hexadecimal digits off the front; a fifth stays there, and
// is refused by whoever looks for a separator.
std::optional<uint16_t> TakeGroup(std::string_view& text) {
  uint32_t value = 0;
  size_t digits = 0;
  for (; digits < text.size() && digits < 4; ++digits) {
    const int digit = HexDigit(text[digits]);
    if (digit < 0) break;
    value = value * 16 + static_cast<uint32_t>(digit);
  }
  if (digits == 0) return std::nullopt;
  text.remove_prefix(digits);
  return static_cast<uint16_t>(value);
}

// In one pass: a dot ends an octet, and so does the end.
std::optional<uint32_t> ParseV4(std::string_view text) {
  uint32_t address = 0;
  uint32_t octet = 0;
  int digits = 0;
  int dots = 0;
  for (char c : text) {
    if (c == '.') {
      if (digits == 0 || dots == 3) return std::nullopt;
      address = address << 8 | octet;
      octet = 0;
      digits = 0;
      ++dots;
      continue;
    }
    const int digit = DecimalDigit(c);
    const bool leading_zero = digits > 0 && octet == 0;
    if (digit < 0 || leading_zero) return std::nullopt;
    octet = octet * 10 + static_cast<uint32_t>(digit);
    if (octet > 255) return std::nullopt;
    ++digits;
  }
  if (digits == 0 || dots != 3) return std::nullopt;
  return address << 8 | octet;
}

// The groups of an IPv6 address as they are read, left to right.
struct V6Groups {
  std::array<uint16_t, kGroups> groups = {};
  int count = 0;
  int gap = -1;  // how many groups stand before "::", if there is one

  bool Add(uint32_t group) {
    if (count == kGroups) return false;
    groups[static_cast<size_t>(count++)] = static_cast<uint16_t>(group);
    return true;
  }

  // Reads dotted decimal, which can only be the end, as two groups.
  bool AddV4(std::string_view text) {
    const std::optional<uint32_t> v4 = ParseV4(text);
    return v4 && Add(*v4 >> 16) && Add(*v4 & 0xffff);
  }

  // Moves the groups behind the gap to the end. Returns false unless they are
  // eight without a gap, or fewer with one.
  bool Close() {
    if (gap < 0) return count == kGroups;
    if (count == kGroups) return false;
    std::rotate(groups.begin() + gap, groups.begin() + count, groups.end());
    return true;
  }
};

// Reads all of `text` as groups and at most one "::".
bool ReadGroups(std::string_view text, V6Groups& out) {
  if (text.substr(0, 2) == "::") {
    out.gap = 0;
    text.remove_prefix(2);
  }
  while (!text.empty()) {
    const std::string_view rest = text;
    const std::optional<uint16_t> group = TakeGroup(text);
    if (!group) return false;
    if (!text.empty() && text[0] == '.') return out.AddV4(rest);
    if (!out.Add(*group)) return false;
    if (text.empty()) return true;
    if (!TakeChar(':', text)) return false;
    if (TakeChar(':', text)) {
      if (out.gap >= 0) return false;
      out.gap = out.count;
    } else if (text.empty()) {
      return false;  // A single colon at the end.
    }
  }
  return true;
}

// Returns the four groups at `begin` as one word.
uint64_t WordOf(const uint16_t* begin) {
  uint64_t word = 0;
  for (int i = 0; i < 4; ++i) word = word << 16 | begin[i];
  return word;
}

// Where the longest run of zero groups is: the first of the longest, and none
// below two groups (RFC 5952, section 4.2).
struct ZeroRun {
  int begin = -1;
  int size = 1;
};

ZeroRun LongestZeroRun(const std::array<uint16_t, kGroups>& groups) {
  ZeroRun longest;
  int size = 0;
  for (int i = 0; i < kGroups; ++i) {
    size = groups[static_cast<size_t>(i)] == 0 ? size + 1 : 0;
    if (size > longest.size) longest = {.begin = i + 1 - size, .size = size};
  }
  return longest;
}

std::string V4ToString(uint32_t value) {
  return absl::StrCat(value >> 24, ".", value >> 16 & 255, ".",
                      value >> 8 & 255, ".", value & 255);
}

std::string V6ToString(uint64_t high, uint64_t low) {
  std::array<uint16_t, kGroups> groups;
  for (size_t i = 0; i < kGroups; ++i) {
    const uint64_t word = i < 4 ? high : low;
    groups[i] = static_cast<uint16_t>(word >> (16 * (3 - i % 4)));
  }
  const ZeroRun run = LongestZeroRun(groups);
  std::string text;
  for (int i = 0; i < kGroups; ++i) {
    if (i == run.begin) {
      text += "::";
      i += run.size - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    absl::StrAppend(&text, absl::Hex(groups[static_cast<size_t>(i)]));
  }
  return text;
}

absl::Status PrefixError(std::string_view text, std::string_view problem) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", absl::CHexEscape(text.substr(0, 64)), "\" ", problem));
}

}  // namespace

IpAddress IpAddress::FromV6(const std::array<uint8_t, 16>& bytes) {
  uint64_t words[2] = {0, 0};
  for (size_t i = 0; i < bytes.size(); ++i) {
    words[i / 8] = words[i / 8] << 8 | bytes[i];
  }
  return FromWords(words[0], words[1]);
}

std::optional<IpAddress> IpAddress::Parse(std::string_view text) {
  // A colon follows the first group, which has at most four digits.
  if (text.substr(0, 5).find(':') == std::string_view::npos) {
    const std::optional<uint32_t> v4 = ParseV4(text);
    if (!v4) return std::nullopt;
    return FromV4(*v4);
  }
  V6Groups read;
  if (!ReadGroups(text, read) || !read.Close()) return std::nullopt;
  return FromWords(WordOf(read.groups.data()), WordOf(read.groups.data() + 4));
}

IpAddress IpAddress::EmbeddedV4() const {
  if (!is_v6()) return IpAddress();
  if (high_ >> 48 == 0x2002) {
    return FromV4(static_cast<uint32_t>(high_ >> 16));
  }
  const bool nat64 = high_ == uint64_t{0x64ff9b} << 32 && low_ >> 32 == 0;
  const bool compatible = high_ == 0 && low_ >> 32 == 0 && low_ > 1;
  if (nat64 || compatible) return FromV4(static_cast<uint32_t>(low_));
  return IpAddress();
}

std::string IpAddress::ToString() const {
  switch (kind_) {
    case IpKind::kNone:
      return "";
    case IpKind::kV4:
      return V4ToString(v4());
    case IpKind::kV6:
      return V6ToString(high_, low_);
  }
  return "";
}

absl::StatusOr<IpPrefix> IpPrefix::Parse(std::string_view text) {
  const size_t slash = text.find('/');
  const std::string_view address_text = text.substr(0, slash);
  const std::optional<IpAddress> address = IpAddress::Parse(address_text);
  if (!address) {
    return PrefixError(text,
                       "is not an IP address or prefix; write 192.0.2.1, "
                       "192.0.2.0/24 or 2001:db8::/32, without leading zeros");
  }
  if (slash == std::string_view::npos) {
    return IpPrefix(*address, IpBits(address->kind()));
  }

  // A mapped network is written with the bits of IPv6 and means IPv4.
  const bool mapped =
      address->is_v4() && address_text.find(':') != std::string_view::npos;
  const uint32_t bits_max = mapped ? 128 : IpBits(address->kind());
  std::string_view rest = text.substr(slash + 1);
  const std::optional<uint32_t> bits = TakeDecimal(bits_max, rest);
  if (!bits || !rest.empty()) {
    return PrefixError(text, absl::StrCat("needs a length from 0 to ", bits_max,
                                          " after the slash, in decimal"));
  }
  if (mapped && *bits < 96) {
    return PrefixError(text,
                       "reaches beyond the IPv4-mapped addresses; write the "
                       "IPv4 and the IPv6 prefixes that are meant");
  }
  return FromNetwork(*address, static_cast<int>(mapped ? *bits - 96 : *bits),
                     text);
}

absl::StatusOr<IpPrefix> IpPrefix::FromNetwork(const IpAddress& address,
                                               int bits,
                                               std::string_view text) {
  IpPrefix prefix(address, bits);
  prefix.network_.high_ &= prefix.high_mask();
  prefix.network_.low_ &= prefix.low_mask();
  if (prefix.network_ != address) {
    return PrefixError(
        text, absl::StrCat("has host bits set; did you mean ",
                           prefix.ToString(), " or ", address.ToString(), "?"));
  }
  return prefix;
}

std::string IpPrefix::ToString() const {
  if (network_.is_none()) return "";
  return absl::StrCat(network_.ToString(), "/", bits_);
}

}  // namespace tollgate
