// What endpoints ask for, whoever calls: the top-level `endpoints` of the
// configuration.
//
// Every entry that may be meant by a request asks for its scopes: a caller
// needs all scopes of all entries that match, in any reading of the path (see
// endpoint_pattern.h). An endpoint that no entry matches asks for none.
//
// Thread-safety: immutable. Ownership: scope sets belong to the ScopeTable,
// which must outlive this; other results view this. Cost: entries are tried one
// by one, 1 to 5 ns each; FirstUnmet allocates nothing
// (BM_EndpointTable_FirstUnmet). Errors: Compile returns InvalidArgument that
// names the entry.

#ifndef TOLLGATE_ENGINE_POLICY_ENDPOINT_TABLE_H_
#define TOLLGATE_ENGINE_POLICY_ENDPOINT_TABLE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/base/attributes.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/model/scope.h"
#include "engine/policy/endpoint_pattern.h"
#include "engine/policy/method.h"
#include "engine/policy/path.h"
#include "engine/policy/policy_options.h"

namespace tollgate {

class EndpointTable {
 public:
  struct Requirement {
    EndpointPattern pattern;
    const ScopeSet* scopes;
  };

  // Asks for nothing.
  EndpointTable() = default;

  static absl::StatusOr<EndpointTable> Compile(
      absl::Span<const EndpointRequirementOptions> entries, ScopeTable& scopes);

  // Returns the first entry that `granted` does not satisfy, or null when the
  // caller may go on. REQUIRES: path.valid().
  [[nodiscard]] const Requirement* FirstUnmet(
      const Method& method, const CanonicalPath& path,
      const ScopeMask& granted) const ABSL_ATTRIBUTE_LIFETIME_BOUND {
    for (const Requirement& requirement : requirements_) {
      // The cheap questions come first.
      if (requirement.pattern.MayMatch(method, path) &&
          !granted.ContainsAll(requirement.scopes->mask()) &&
          requirement.pattern.MatchesAnyReading(method, path)) {
        return &requirement;
      }
    }
    return nullptr;
  }

  // Returns all that a request needs, by name and joined by spaces, as the
  // `scope` of a challenge (RFC 6750 section 3) has it. Allocates: for answers
  // that refuse.
  std::string RequiredScopes(const Method& method,
                             const CanonicalPath& path) const;

  // Fills `out` with what all matching entries ask for, as far as it reaches;
  // returns how many there are. For refusals on the hot path.
  size_t CollectRequired(const Method& method, const CanonicalPath& path,
                         absl::Span<const ScopeSet*> out) const;

  bool empty() const { return requirements_.empty(); }

 private:
  std::vector<Requirement> requirements_;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_POLICY_ENDPOINT_TABLE_H_
