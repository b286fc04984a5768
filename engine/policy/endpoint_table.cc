#include "engine/policy/endpoint_table.h"

#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/base/limits.h"

namespace tollgate {
namespace {

absl::StatusOr<EndpointTable::Requirement> CompileEntry(
    const EndpointRequirementOptions& entry, ScopeTable& scopes) {
  absl::StatusOr<EndpointPattern> pattern =
      EndpointPattern::Compile(entry.match);
  if (!pattern.ok()) return pattern.status();
  if (entry.scopes.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", entry.match,
                     "\": an empty list of scopes asks for nothing; "
                     "leave the entry out"));
  }
  absl::StatusOr<const ScopeSet*> set = scopes.Intern(entry.scopes);
  if (!set.ok()) return set.status();
  return EndpointTable::Requirement{*std::move(pattern), *set};
}

}  // namespace

absl::StatusOr<EndpointTable> EndpointTable::Compile(
    absl::Span<const EndpointRequirementOptions> entries, ScopeTable& scopes) {
  if (entries.size() > limits::kEndpointPatternsMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("endpoints: more than ", limits::kEndpointPatternsMax));
  }
  EndpointTable table;
  table.requirements_.reserve(entries.size());
  for (const EndpointRequirementOptions& entry : entries) {
    absl::StatusOr<Requirement> requirement = CompileEntry(entry, scopes);
    if (!requirement.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("endpoints: ", requirement.status().message()));
    }
    table.requirements_.push_back(*std::move(requirement));
  }
  return table;
}

size_t EndpointTable::CollectRequired(const Method& method,
                                      const CanonicalPath& path,
                                      absl::Span<const ScopeSet*> out) const {
  size_t count = 0;
  for (const Requirement& requirement : requirements_) {
    if (count == out.size()) break;
    if (requirement.pattern.MatchesAnyReading(method, path)) {
      out[count++] = requirement.scopes;
    }
  }
  return count;
}

std::string EndpointTable::RequiredScopes(const Method& method,
                                          const CanonicalPath& path) const {
  std::set<std::string_view> names;
  for (const Requirement& requirement : requirements_) {
    if (!requirement.pattern.MatchesAnyReading(method, path)) continue;
    for (const std::string& name : requirement.scopes->names()) {
      names.insert(name);
    }
  }
  return absl::StrJoin(names, " ");
}

}  // namespace tollgate
