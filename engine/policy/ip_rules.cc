#include "engine/policy/ip_rules.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/base/limits.h"

namespace tollgate {
namespace {

using EmbeddedAddresses = absl::InlinedVector<IpAddress, 4>;

IpAddress V4(uint64_t value) {
  return IpAddress::FromV4(static_cast<uint32_t>(value));
}

// The local-use NAT64 prefix (RFC 8215) may hold prefixes of several lengths,
// each of which places the IPv4 address elsewhere (RFC 6052 section 2.2).
EmbeddedAddresses LocalNat64Addresses(const IpAddress& address) {
  const uint64_t high = address.high();
  const uint64_t low = address.low();
  return {
      V4((high & 0xffff) << 16 | ((low >> 40) & 0xffff)),   // of a /48
      V4((high & 0xff) << 24 | ((low >> 32) & 0xff'ffff)),  // of a /56
      V4(low >> 24),                                        // of a /64
      V4(low),                                              // of a /96
  };
}

// Returns the IPv4 addresses that an IPv6 address may stand for.
EmbeddedAddresses EmbeddedV4Addresses(const IpAddress& address) {
  const IpAddress embedded = address.EmbeddedV4();
  if (!embedded.is_none()) return {embedded};
  if (!address.is_v6()) return {};
  const uint64_t high = address.high();
  const uint64_t low = address.low();
  // Teredo, 2001::/32: the client's address, inverted (RFC 4380 section 4).
  if (high >> 32 == 0x2001'0000) return {V4(~low)};
  // SIIT, ::ffff:0:0:0/96 (RFC 2765 section 2.1).
  if (high == 0 && low >> 32 == 0xffff'0000) return {V4(low)};
  if (high >> 16 == 0x0064'ff9b'0001) return LocalNat64Addresses(address);
  // ISATAP, of any prefix; one bit says whether the IPv4 address is unique (RFC
  // 5214 section 6.1).
  if ((low >> 32 & 0xfdff'ffff) == 0x0000'5efe) return {V4(low)};
  return {};
}

uint32_t KeyOf(const IpAddress& address, uint32_t) { return address.v4(); }
absl::uint128 KeyOf(const IpAddress& address, absl::uint128) {
  return absl::MakeUint128(address.high(), address.low());
}

}  // namespace

// The addresses of one prefix, both ends included.
template <typename Key>
struct IpPrefixList::Interval {
  Key first;
  Key last;
  int32_t rule;

  static Interval Of(const IpPrefix& prefix, int32_t rule) {
    const Key first = KeyOf(prefix.network(), Key());
    // A shift by all bits of a word is undefined: of /0 and /32 or /128.
    const Key ones = std::numeric_limits<Key>::max();
    const Key hosts =
        prefix.bits() == IpBits(prefix.kind()) ? Key(0) : ones >> prefix.bits();
    return {first, first | hosts, rule};
  }

  // Outer before inner; of equal ones the earlier rule last, so that it wins.
  friend bool operator<(const Interval& a, const Interval& b) {
    if (a.first != b.first) return a.first < b.first;
    if (a.last != b.last) return a.last > b.last;
    return a.rule > b.rule;
  }
};

// Sweeps over the intervals in order, with those that contain the current
// address on a stack: two prefixes are nested or disjoint.
template <typename Key>
IpPrefixList::Ranges<Key> IpPrefixList::Flatten(
    std::vector<Interval<Key>> intervals) {
  Ranges<Key> ranges;
  if (intervals.empty()) return ranges;
  std::sort(intervals.begin(), intervals.end());
  std::vector<Interval<Key>> open;
  const auto begin_range = [&ranges](Key first, int32_t rule) {
    if (!ranges.firsts.empty() && ranges.firsts.back() == first) {
      ranges.rules.back() = rule;
    } else {
      ranges.firsts.push_back(first);
      ranges.rules.push_back(rule);
    }
  };
  const auto close = [&] {
    const Key last = open.back().last;
    open.pop_back();
    if (last == std::numeric_limits<Key>::max()) return;
    begin_range(last + 1, open.empty() ? kNoRule : open.back().rule);
  };
  begin_range(Key(0), kNoRule);
  for (const Interval<Key>& interval : intervals) {
    while (!open.empty() && open.back().last < interval.first) close();
    open.push_back(interval);
    begin_range(interval.first, interval.rule);
  }
  while (!open.empty()) close();
  return ranges;
}

template <typename Key>
int32_t IpPrefixList::Ranges<Key>::Find(Key key) const {
  if (firsts.empty()) return kNoRule;
  return rules[FindRange<Key>(firsts, key)];
}

absl::StatusOr<IpPrefixList> IpPrefixList::Compile(
    absl::Span<const std::string> rules) {
  if (rules.empty()) {
    return absl::InvalidArgumentError(
        "an empty list of addresses; write [any] for all, or leave it out");
  }
  if (rules.size() > limits::kIpRulesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("more than ", limits::kIpRulesMax, " IP rules"));
  }
  IpPrefixList list;
  std::vector<Interval<uint32_t>> v4;
  std::vector<Interval<absl::uint128>> v6;
  for (const std::string& text : rules) {
    const auto rule = static_cast<int32_t>(list.texts_.size());
    list.texts_.push_back(text);
    if (text == "any") {
      list.any_ = rule;
      continue;
    }
    absl::StatusOr<IpPrefix> prefix = IpPrefix::Parse(text);
    if (!prefix.ok()) return prefix.status();
    if (prefix->kind() == IpKind::kV4) {
      v4.push_back(Interval<uint32_t>::Of(*prefix, rule));
    } else {
      v6.push_back(Interval<absl::uint128>::Of(*prefix, rule));
    }
  }
  list.v4_ = Flatten(std::move(v4));
  list.v6_ = Flatten(std::move(v6));
  return list;
}

const std::string* IpPrefixList::Find(const IpAddress& address) const {
  int32_t rule = kNoRule;
  switch (address.kind()) {
    case IpKind::kNone:
      return nullptr;
    case IpKind::kV4:
      rule = v4_.Find(KeyOf(address, uint32_t{}));
      break;
    case IpKind::kV6:
      rule = v6_.Find(KeyOf(address, absl::uint128()));
      break;
  }
  if (rule == kNoRule) rule = any_;
  return rule == kNoRule ? nullptr : &texts_[static_cast<size_t>(rule)];
}

const std::string* IpPrefixList::FindEmbedded(const IpAddress& address) const {
  for (const IpAddress& embedded : EmbeddedV4Addresses(address)) {
    const std::string* const rule = Find(embedded);
    if (rule != nullptr) return rule;
  }
  return nullptr;
}

absl::StatusOr<IpRules> IpRules::Compile(const IpRuleOptions& options) {
  IpRules rules;
  const auto compile = [](const auto& list, std::string_view where,
                          std::optional<IpPrefixList>& out) -> absl::Status {
    if (!list.has_value()) return absl::OkStatus();
    absl::StatusOr<IpPrefixList> compiled = IpPrefixList::Compile(*list);
    if (!compiled.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(where, ": ", compiled.status().message()));
    }
    out = *std::move(compiled);
    return absl::OkStatus();
  };
  absl::Status status = compile(options.allow, "ip.allow", rules.allow_);
  status.Update(compile(options.deny, "ip.deny", rules.deny_));
  if (!status.ok()) return status;
  rules.PrepareV4();
  return rules;
}

// Between two places where either list's rule changes, the outcome is one.
void IpRules::PrepareV4() {
  if (!allow_.has_value() && !deny_.has_value()) return;
  v4_firsts_ = {0};
  for (const auto* list : {&allow_, &deny_}) {
    if (!list->has_value()) continue;
    const auto firsts = (*list)->v4_firsts();
    v4_firsts_.insert(v4_firsts_.end(), firsts.begin(), firsts.end());
  }
  std::sort(v4_firsts_.begin(), v4_firsts_.end());
  v4_firsts_.erase(std::unique(v4_firsts_.begin(), v4_firsts_.end()),
                   v4_firsts_.end());
  few_v4_firsts_.fill(std::numeric_limits<uint32_t>::max());
  std::copy_n(v4_firsts_.begin(), std::min(kFew, v4_firsts_.size()),
              few_v4_firsts_.begin());
  for (const uint32_t first : v4_firsts_) {
    v4_outcomes_.push_back(Search(IpAddress::FromV4(first)));
  }
}

IpRules::Outcome IpRules::Search(const IpAddress& address) const {
  if (deny_.has_value()) {
    if (address.is_none()) return {};
    const std::string* const rule = deny_->FindEmbedding(address);
    if (rule != nullptr) return {.allowed = false, .rule = rule};
  }
  if (!allow_.has_value()) return {.allowed = true, .rule = nullptr};
  const std::string* const rule = allow_->Find(address);
  return {.allowed = rule != nullptr, .rule = rule};
}

}  // namespace tollgate
