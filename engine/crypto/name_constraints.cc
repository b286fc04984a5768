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

// A name as it is compared: what it consists of is found out once.
struct Subject {
  const GeneralName* name = nullptr;
  bool proper = true;      // beyond doubt one of its kind
  bool wildcard = false;   // of a DNS name
  std::string_view local;  // of a mailbox
  std::string_view host;   // of a DNS name, without "*."; a mailbox; a URI
};

Subject SubjectOf(const GeneralName& name) {
  Subject subject;
  subject.name = &name;
  switch (name.kind) {
    case GeneralNameKind::kDns:
      subject.host = name.value;
      subject.wildcard = absl::ConsumePrefix(&subject.host, "*.");
      subject.proper = IsHostName(subject.host);
      break;
    case GeneralNameKind::kEmail: {
      const auto mailbox = ParseMailbox(name.value);
      subject.proper = mailbox.has_value();
      if (subject.proper) subject.local = mailbox->local;
      if (subject.proper) subject.host = mailbox->host;
      break;
    }
    case GeneralNameKind::kUri: {
      const auto host = HostOfUri(name.value);
      subject.proper = host.has_value() && IsHostName(*host);
      if (subject.proper) subject.host = *host;
      break;
    }
    case GeneralNameKind::kIp:
    case GeneralNameKind::kDirectory:
      break;
    case GeneralNameKind::kOther:
    case GeneralNameKind::kX400:
    case GeneralNameKind::kEdiParty:
    case GeneralNameKind::kRegisteredId:
      subject.proper = false;
  }
  return subject;
}

// A host or, behind a dot, a domain (for mailboxes and URIs).
Match MatchHost(std::string_view host, std::string_view constraint) {
  const bool below = absl::ConsumePrefix(&constraint, ".");
  const bool inside = below ? IsBelowDomain(host, constraint)
                            : absl::EqualsIgnoreCase(host, constraint);
  return inside ? Match::kInside : Match::kOutside;
}

Match MatchDns(const Subject& subject, std::string_view constraint) {
  if (constraint.empty()) return Match::kInside;  // all of them
  if (IsWithinDomain(subject.host, constraint)) return Match::kInside;
  // *.a.example may stand for the constraint x.a.example.
  return subject.wildcard && IsBelowDomain(constraint, subject.host)
             ? Match::kPerhaps
             : Match::kOutside;
}

Match MatchEmail(const Subject& subject, std::string_view constraint) {
  const size_t at = constraint.find('@');
  if (at == std::string_view::npos) return MatchHost(subject.host, constraint);
  return subject.local == constraint.substr(0, at) &&
                 absl::EqualsIgnoreCase(subject.host, constraint.substr(at + 1))
             ? Match::kInside
             : Match::kOutside;
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

bool IsProperHost(std::string_view constraint) {
  absl::ConsumePrefix(&constraint, ".");
  return IsHostName(constraint);
}

// Whether it is beyond doubt what a constraint means.
bool IsProper(const GeneralName& constraint) {
  const std::string_view value = constraint.value;
  switch (constraint.kind) {
    case GeneralNameKind::kDns:
      return value.empty() || IsHostName(value);
    case GeneralNameKind::kEmail:
      return absl::StrContains(value, '@') ? ParseMailbox(value).has_value()
                                           : IsProperHost(value);
    case GeneralNameKind::kUri:
      return IsProperHost(value);
    case GeneralNameKind::kIp:
      return IsMask(value.substr(value.size() / 2));
    case GeneralNameKind::kDirectory:
      return true;
    case GeneralNameKind::kOther:
    case GeneralNameKind::kX400:
    case GeneralNameKind::kEdiParty:
    case GeneralNameKind::kRegisteredId:
      return false;
  }
  return false;
}

// REQUIRES: both are proper, and of one kind.
Match MatchOf(const Subject& subject, const GeneralName& constraint) {
  switch (constraint.kind) {
    case GeneralNameKind::kDns:
      return MatchDns(subject, constraint.value);
    case GeneralNameKind::kEmail:
      return MatchEmail(subject, constraint.value);
    case GeneralNameKind::kUri:
      return MatchHost(subject.host, constraint.value);
    case GeneralNameKind::kIp:
      return MatchIp(subject.name->value, constraint.value);
    case GeneralNameKind::kDirectory:
      return MatchDirectory(subject.name->directory, constraint.directory);
    case GeneralNameKind::kOther:
    case GeneralNameKind::kX400:
    case GeneralNameKind::kEdiParty:
    case GeneralNameKind::kRegisteredId:
      break;
  }
  return Match::kUnclear;
}

}  // namespace

bool NameConstraints::ReadSubtrees(DerReader list, std::vector<Subtree>& out) {
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
    const bool proper = IsProper(base);
    out.push_back({std::move(base), proper});
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
  const Subject subject = SubjectOf(name);
  const auto match = [&subject](const Subtree& subtree) {
    return subject.proper && subtree.proper ? MatchOf(subject, subtree.base)
                                            : Match::kUnclear;
  };
  for (const Subtree& subtree : excluded_) {
    if (subtree.base.kind != name.kind) continue;
    if (match(subtree) != Match::kOutside) return false;
  }
  bool constrained = false;
  bool inside = false;
  for (const Subtree& subtree : permitted_) {
    if (subtree.base.kind != name.kind) continue;
    constrained = true;
    const Match found = match(subtree);
    if (found == Match::kUnclear) return false;
    inside = inside || found == Match::kInside;
  }
  return inside || !constrained;
}

size_t NameConstraints::WorkOf(const GeneralName& name) const {
  constexpr size_t kLeast = 16;  // of a comparison
  const size_t bytes = name.value.size() + name.directory.size();
  return bytes + (permitted_.size() + excluded_.size()) * (kLeast + bytes);
}

}  // namespace tollgate
