#include "engine/crypto/name_constraints.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "engine/base/limits.h"

namespace tollgate {
namespace {

// How a name stands to a constraint of its kind.
enum class Match : uint8_t {
  kUnclear,  // one of them is no proper name: refuses
  kOutside,
  kPart,  // of what a wildcard stands for, some is inside
  kInside,
};

constexpr size_t kHostBytesMax = 253;
constexpr size_t kLabelBytesMax = 63;

bool IsLabel(std::string_view label) {
  return !label.empty() && label.size() <= kLabelBytesMax &&
         label.front() != '-' && label.back() != '-' &&
         absl::c_all_of(label, [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  c == '-' || c == '_';
         });
}

// Whether `host` is a host name: labels of letters, digits and hyphens (and
// underscores, which hosts have), the last one not all digits: an address is no
// name.
bool IsHost(std::string_view host) {
  if (host.empty() || host.size() > kHostBytesMax) return false;
  std::string_view label;
  for (std::string_view rest = host; !rest.empty();) {
    const size_t dot = rest.find('.');
    label = rest.substr(0, dot);
    if (!IsLabel(label)) return false;
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
    if (rest.empty()) return false;  // a dot at the end
  }
  return !absl::c_all_of(label, absl::ascii_isdigit);
}

// Whether `host` is `domain` or a host below it.
bool IsWithinDomain(std::string_view host, std::string_view domain) {
  if (!absl::EndsWithIgnoreCase(host, domain)) return false;
  return host.size() == domain.size() ||
         host[host.size() - domain.size() - 1] == '.';
}

bool IsBelowDomain(std::string_view host, std::string_view domain) {
  return host.size() > domain.size() && IsWithinDomain(host, domain);
}

// A host or, behind a dot, a domain (for mailboxes and URIs).
Match MatchHost(std::string_view host, std::string_view constraint) {
  const bool below = absl::ConsumePrefix(&constraint, ".");
  if (!IsHost(constraint)) return Match::kUnclear;
  const bool inside = below ? IsBelowDomain(host, constraint)
                            : absl::EqualsIgnoreCase(host, constraint);
  return inside ? Match::kInside : Match::kOutside;
}

Match MatchDns(std::string_view name, std::string_view constraint) {
  const bool wildcard = absl::ConsumePrefix(&name, "*.");
  if (!IsHost(name)) return Match::kUnclear;
  if (constraint.empty()) return Match::kInside;  // all of them
  if (!IsHost(constraint)) return Match::kUnclear;
  if (IsWithinDomain(name, constraint)) return Match::kInside;
  // *.a.example may stand for the constraint x.a.example.
  return wildcard && IsBelowDomain(constraint, name) ? Match::kPart
                                                     : Match::kOutside;
}

// Of a mailbox whose parts need no unquoting (RFC 5321 section 4.1.2).
struct Mailbox {
  std::string_view local;
  std::string_view host;
};

std::optional<Mailbox> MailboxOf(std::string_view text) {
  const size_t at = text.find('@');
  if (at == std::string_view::npos || at == 0) return std::nullopt;
  const Mailbox mailbox = {text.substr(0, at), text.substr(at + 1)};
  constexpr std::string_view kNeedQuotes = "\"\\()<>[]:;, @";
  if (mailbox.local.find_first_of(kNeedQuotes) != std::string_view::npos ||
      !IsHost(mailbox.host)) {
    return std::nullopt;
  }
  return mailbox;
}

Match MatchEmail(std::string_view name, std::string_view constraint) {
  const auto mailbox = MailboxOf(name);
  if (!mailbox.has_value()) return Match::kUnclear;
  if (!absl::StrContains(constraint, '@')) {
    return MatchHost(mailbox->host, constraint);
  }
  const auto wanted = MailboxOf(constraint);
  if (!wanted.has_value()) return Match::kUnclear;
  return mailbox->local == wanted->local &&
                 absl::EqualsIgnoreCase(mailbox->host, wanted->host)
             ? Match::kInside
             : Match::kOutside;
}

// Returns the host of `uri` (RFC 3986 section 3.2.2); empty: none.
std::string_view HostOf(std::string_view uri) {
  const size_t colon = uri.find(':');
  if (colon == std::string_view::npos) return {};
  uri.remove_prefix(colon + 1);
  if (!absl::ConsumePrefix(&uri, "//")) return {};
  std::string_view host = uri.substr(0, uri.find_first_of("/?#"));
  const size_t at = host.rfind('@');
  if (at != std::string_view::npos) host.remove_prefix(at + 1);
  return host.substr(0, host.find(':'));
}

Match MatchUri(std::string_view name, std::string_view constraint) {
  const std::string_view host = HostOf(name);
  return IsHost(host) ? MatchHost(host, constraint) : Match::kUnclear;
}

// Whether `mask` is ones, then zeros.
bool IsMask(std::string_view mask) {
  bool ones = true;
  for (const char c : mask) {
    for (int bit = 7; bit >= 0; --bit) {
      const bool one = (static_cast<uint8_t>(c) >> bit & 1) != 0;
      if (one && !ones) return false;
      ones = one;
    }
  }
  return true;
}

Match MatchIp(std::string_view address, std::string_view constraint) {
  const size_t size = constraint.size() / 2;
  const std::string_view mask = constraint.substr(size);
  if (!IsMask(mask)) return Match::kUnclear;
  if (address.size() != size) return Match::kOutside;
  for (size_t i = 0; i < size; ++i) {
    if (((address[i] ^ constraint[i]) & mask[i]) != 0) return Match::kOutside;
  }
  return Match::kInside;
}

// REQUIRES: both are of one kind.
Match MatchOf(const GeneralName& name, const GeneralName& constraint) {
  switch (name.kind) {
    case GeneralNameKind::kDns:
      return MatchDns(name.value, constraint.value);
    case GeneralNameKind::kEmail:
      return MatchEmail(name.value, constraint.value);
    case GeneralNameKind::kUri:
      return MatchUri(name.value, constraint.value);
    case GeneralNameKind::kIp:
      return MatchIp(name.value, constraint.value);
    case GeneralNameKind::kDirectory:
      return name.directory.IsWithin(constraint.directory) ? Match::kInside
                                                           : Match::kOutside;
    case GeneralNameKind::kOther:
    case GeneralNameKind::kX400:
    case GeneralNameKind::kEdiParty:
    case GeneralNameKind::kRegisteredId:
      return Match::kUnclear;
  }
  return Match::kUnclear;
}

}  // namespace

bool LooksLikeHost(std::string_view text) {
  return absl::StrContains(text, '.') && IsHost(text);
}

bool NameConstraints::ReadSubtrees(DerReader list,
                                   std::vector<GeneralName>& out) {
  if (list.empty()) return false;
  while (!list.empty()) {
    DerReader subtree;
    GeneralName base;
    // Minimum and maximum are not used (section 4.2.1.10), and DER leaves the
    // minimum of zero out.
    if (out.size() == limits::kCertificateNamesMax ||
        !list.Read(DerTag::kSequence, subtree) ||
        !ReadGeneralName(subtree, GeneralNameForm::kConstraint, base) ||
        !subtree.empty()) {
      return false;
    }
    out.push_back(std::move(base));
  }
  return true;
}

bool NameConstraints::Read(DerReader value) {
  DerReader fields;
  if (!value.ReadOnly(DerTag::kSequence, fields) || fields.empty()) {
    return false;
  }
  DerReader list;
  if (fields.NextIs(ConstructedContextTag(0)) &&
      (!fields.Read(ConstructedContextTag(0), list) ||
       !ReadSubtrees(list, permitted_))) {
    return false;
  }
  if (fields.NextIs(ConstructedContextTag(1)) &&
      (!fields.Read(ConstructedContextTag(1), list) ||
       !ReadSubtrees(list, excluded_))) {
    return false;
  }
  return fields.empty();
}

bool NameConstraints::Permit(const GeneralName& name) const {
  for (const GeneralName& constraint : excluded_) {
    if (constraint.kind != name.kind) continue;
    if (MatchOf(name, constraint) != Match::kOutside) return false;
  }
  bool constrained = false;
  bool inside = false;
  for (const GeneralName& constraint : permitted_) {
    if (constraint.kind != name.kind) continue;
    constrained = true;
    const Match match = MatchOf(name, constraint);
    if (match == Match::kUnclear) return false;
    inside = inside || match == Match::kInside;
  }
  return inside || !constrained;
}

}  // namespace tollgate
