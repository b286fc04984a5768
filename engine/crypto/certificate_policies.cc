#include "engine/crypto/certificate_policies.h"

#include <algorithm>
#include <string_view>

#include "absl/algorithm/container.h"
#include "engine/base/limits.h"

namespace tollgate {
namespace {

constexpr std::string_view kAnyPolicy{"\x55\x1d\x20\x00", 4};  // 2.5.29.32.0

void Lower(uint64_t& count, const std::optional<uint64_t>& to) {
  if (to.has_value()) count = std::min(count, *to);
}

}  // namespace

bool CertificatePolicies::ReadPolicies(DerReader value) {
  DerReader list;
  if (!value.ReadOnly(DerTag::kSequence, list) || list.empty()) {
    return false;
  }
  present = true;
  while (!list.empty()) {
    DerReader information;
    std::string_view id;
    if (!list.Read(DerTag::kSequence, information) ||
        !information.Read(DerTag::kObjectIdentifier, id)) {
      return false;
    }
    if (id == kAnyPolicy ? any : absl::c_linear_search(ids, id)) return false;
    if (id == kAnyPolicy) {
      any = true;
    } else if (ids.size() < limits::kCertificatePoliciesMax) {
      ids.emplace_back(id);
    } else {
      return false;
    }
    std::string_view qualifiers;  // for people; section 4.2.1.4
    if (!information.empty() &&
        (!information.Read(DerTag::kSequence, qualifiers) ||
         !information.empty())) {
      return false;
    }
  }
  return true;
}

bool CertificatePolicies::ReadMappings(DerReader value) {
  DerReader list;
  if (!value.ReadOnly(DerTag::kSequence, list) || list.empty()) {
    return false;
  }
  while (!list.empty()) {
    DerReader pair;
    std::string_view from, to;
    if (!list.Read(DerTag::kSequence, pair) ||
        !pair.Read(DerTag::kObjectIdentifier, from) ||
        !pair.Read(DerTag::kObjectIdentifier, to) || !pair.empty() ||
        mappings.size() == limits::kCertificatePoliciesMax) {
      return false;
    }
    mappings.emplace_back(from, to);
  }
  return true;
}

bool CertificatePolicies::ReadConstraints(DerReader value) {
  DerReader fields;
  if (!value.ReadOnly(DerTag::kSequence, fields) || fields.empty()) {
    return false;
  }
  const auto read = [&fields](uint8_t number, std::optional<uint64_t>& field) {
    if (!fields.NextIs(ContextTag(number))) return true;
    field.emplace();
    return fields.ReadUnsigned(ContextTag(number), *field);
  };
  return read(0, require_explicit) && read(1, inhibit_mapping) &&
         fields.empty();
}

bool CertificatePolicies::ReadInhibitAny(DerReader value) {
  inhibit_any.emplace();
  return value.ReadUnsigned(DerTag::kInteger, *inhibit_any) && value.empty();
}

PolicyProcessor::PolicyProcessor(size_t certificates)
    : explicit_in_(certificates + 1),
      inhibit_mapping_in_(certificates + 1),
      inhibit_any_in_(certificates + 1) {
  level_.any = true;
}

// Section 6.1.3, (d) to (f); then 6.1.4, or 6.1.5 for the last.
bool PolicyProcessor::Take(const Step& step) {
  if (step.policies.present) {
    Descend(step);
  } else {
    level_ = {};
  }
  if (explicit_in_ == 0 && level_.empty()) return false;
  if (step.last) return Finish(step.policies);
  if (!ApplyMappings(step.policies)) return false;
  CountDown(step);
  return true;
}

// (d): what the certificate asserts and the level above expects.
void PolicyProcessor::Descend(const Step& step) {
  Level next;
  for (const PolicyId& id : step.policies.ids) {
    const bool expected = absl::c_any_of(level_.nodes, [&](const Node& node) {
      return absl::c_linear_search(node.expected, id);
    });
    if (expected || level_.any) next.nodes.push_back({id, {id}});
  }
  const bool any_counts =
      inhibit_any_in_ > 0 || (!step.last && step.self_issued);
  if (step.policies.any && any_counts) DescendAny(next);
  level_ = std::move(next);
}

// (d)(2): anyPolicy stands for whatever is expected and not asserted.
void PolicyProcessor::DescendAny(Level& next) const {
  for (const Node& node : level_.nodes) {
    for (const PolicyId& id : node.expected) {
      const bool there = absl::c_any_of(
          next.nodes, [&](const Node& other) { return other.policy == id; });
      if (!there) next.nodes.push_back({id, {id}});
    }
  }
  next.any = level_.any;
}

// 6.1.4 (a) and (b).
bool PolicyProcessor::ApplyMappings(const CertificatePolicies& policies) {
  std::vector<PolicyId> mapped;
  for (const auto& [from, to] : policies.mappings) {
    if (from == kAnyPolicy || to == kAnyPolicy) return false;
    const bool first = !absl::c_linear_search(mapped, from);
    if (first) mapped.push_back(from);
    if (inhibit_mapping_in_ > 0) Map(from, to, first);
  }
  if (inhibit_mapping_in_ == 0) {
    std::erase_if(level_.nodes, [&](const Node& node) {
      return absl::c_linear_search(mapped, node.policy);
    });
  }
  return true;
}

// The first mapping of a policy replaces what is expected, others add to it.
void PolicyProcessor::Map(const PolicyId& from, const PolicyId& to,
                          bool first) {
  auto node = absl::c_find_if(
      level_.nodes, [&](const Node& other) { return other.policy == from; });
  if (node == level_.nodes.end()) {
    if (!level_.any) return;
    node = level_.nodes.insert(node, {from, {}});
  }
  if (first) node->expected.clear();
  node->expected.push_back(to);
}

// 6.1.4 (h) to (j).
void PolicyProcessor::CountDown(const Step& step) {
  if (!step.self_issued) {
    for (uint64_t* const count :
         {&explicit_in_, &inhibit_mapping_in_, &inhibit_any_in_}) {
      if (*count > 0) --*count;
    }
  }
  Lower(explicit_in_, step.policies.require_explicit);
  Lower(inhibit_mapping_in_, step.policies.inhibit_mapping);
  Lower(inhibit_any_in_, step.policies.inhibit_any);
}

// 6.1.5 (a), (b) and (g): every policy is acceptable.
bool PolicyProcessor::Finish(const CertificatePolicies& policies) {
  if (explicit_in_ > 0) --explicit_in_;
  if (policies.require_explicit == 0u) explicit_in_ = 0;
  return explicit_in_ > 0 || !level_.empty();
}

}  // namespace tollgate
