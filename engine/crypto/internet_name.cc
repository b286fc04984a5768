#include "engine/crypto/internet_name.h"

#include <cstddef>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace tollgate {
namespace {

constexpr size_t kHostBytesMax = 253;
constexpr size_t kLabelBytesMax = 63;

bool IsAlphanumeric(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c));
}

bool IsLabel(std::string_view label) {
  return !label.empty() && label.size() <= kLabelBytesMax &&
         label.front() != '-' && label.back() != '-' &&
         absl::c_all_of(label, [](char c) {
           return IsAlphanumeric(c) || c == '-' || c == '_';
         });
}

// atext of RFC 5322 section 3.2.3.
bool IsAtomByte(char c) {
  return IsAlphanumeric(c) || absl::StrContains("!#$%&'*+-/=?^_`{|}~", c);
}

bool IsDotString(std::string_view text) {
  return !text.empty() && text.front() != '.' && text.back() != '.' &&
         !absl::StrContains(text, "..") &&
         absl::c_all_of(text, [](char c) { return IsAtomByte(c) || c == '.'; });
}

}  // namespace

bool IsHostName(std::string_view text) {
  if (text.empty() || text.size() > kHostBytesMax) return false;
  std::string_view label;
  for (std::string_view rest = text; !rest.empty();) {
    const size_t dot = rest.find('.');
    label = rest.substr(0, dot);
    if (!IsLabel(label)) return false;
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
    if (rest.empty()) return false;  // a dot at the end
  }
  return !absl::c_all_of(label, absl::ascii_isdigit);
}

std::optional<Mailbox> ParseMailbox(std::string_view text) {
  const size_t at = text.find('@');
  if (at == std::string_view::npos) return std::nullopt;
  const Mailbox mailbox = {text.substr(0, at), text.substr(at + 1)};
  if (!IsDotString(mailbox.local) || !IsHostName(mailbox.host)) {
    return std::nullopt;
  }
  return mailbox;
}

}  // namespace tollgate
