#include "engine/crypto/name_constraints.h"

#include <cstdint>
#include <string_view>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "engine/base/limits.h"
#include "engine/crypto/absolute_uri.h"
#include "engine/crypto/distinguished_name.h"
#include "engine/crypto/internet_name.h"

namespace tollgate {
namespace {

// How a name stands to a constraint of its kind.
enum class Match : uint8_t {
  kUnclear,  // one of them is no proper name: refuses
  kOutside,
  kPerhaps,  // some of what a wildcard stands for, or by another spelling
  kInside,
};

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
  if (!IsHostName(constraint)) return Match::kUnclear;
  const bool inside = below ? IsBelowDomain(host, constraint)
                            : absl::EqualsIgnoreCase(host, constraint);
  return inside ? Match::kInside : Match::kOutside;
}

Match MatchDns(std::string_view name, std::string_view constraint) {
  const bool wildcard = absl::ConsumePrefix(&name, "*.");
  if (!IsHostName(name)) return Match::kUnclear;
  if (constraint.empty()) return Match::kInside;  // all of them
  if (!IsHostName(constraint)) return Match::kUnclear;
  if (IsWithinDomain(name, constraint)) return Match::kInside;
  // *.a.example may stand for the constraint x.a.example.
  return wildcard && IsBelowDomain(constraint, name) ? Match::kPerhaps
                                                     : Match::kOutside;
}

Match MatchEmail(std::string_view name, std::string_view constraint) {
  const auto mailbox = ParseMailbox(name);
  if (!mailbox.has_value()) return Match::kUnclear;
  if (!absl::StrContains(constraint, '@')) {
    return MatchHost(mailbox->host, constraint);
  }
  const auto wanted = ParseMailbox(constraint);
  if (!wanted.has_value()) return Match::kUnclear;
  return mailbox->local == wanted->local &&
                 absl::EqualsIgnoreCase(mailbox->host, wanted->host)
             ? Match::kInside
             : Match::kOutside;
}

Match MatchUri(std::string_view name, std::string_view constraint) {
  const auto host = HostOfUri(name);
  return host.has_value() && IsHostName(*host) ? MatchHost(*host, constraint)
                                               : Match::kUnclear;
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

Match MatchDirectory(const DistinguishedName& name,
                     const DistinguishedName& constraint) {
  switch (name.CompareBeginning(constraint)) {
    case NameLikeness::kDifferent:
      return Match::kOutside;
    case NameLikeness::kUnsure:
      return Match::kPerhaps;
    case NameLikeness::kSame:
      return Match::kInside;
  }
  return Match::kUnclear;
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
      return MatchDirectory(name.directory, constraint.directory);
    case GeneralNameKind::kOther:
    case GeneralNameKind::kX400:
    case GeneralNameKind::kEdiParty:
    case GeneralNameKind::kRegisteredId:
      return Match::kUnclear;
  }
  return Match::kUnclear;
}

}  // namespace

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
