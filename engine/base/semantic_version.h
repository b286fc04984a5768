// Semantic versions: Semantic Versioning 2.0.0 (semver.org), read strictly and
// compared by precedence (section 11).
//
//   const auto a = SemanticVersion::Parse("1.4.0-rc.1");
//   if (a.has_value() && a->Precedes(*b)) ...
//
// Thread-safety: values. Ownership: views the text. Cost: one pass; numbers of
// any length compare without overflow. Errors: nullopt for whatever is no
// semantic version, such as "1.0" or "v1.0.0".

#ifndef TOLLGATE_ENGINE_BASE_SEMANTIC_VERSION_H_
#define TOLLGATE_ENGINE_BASE_SEMANTIC_VERSION_H_

#include <array>
#include <optional>
#include <string_view>

#include "absl/base/attributes.h"

namespace tollgate {

class SemanticVersion {
 public:
  static std::optional<SemanticVersion> Parse(
      std::string_view text ABSL_ATTRIBUTE_LIFETIME_BOUND);

  // Whether this version is of lower precedence than `other`. What differs in
  // build metadata only precedes neither way.
  bool Precedes(const SemanticVersion& other) const;

 private:
  std::array<std::string_view, 3> core_;  // major, minor, patch
  std::string_view pre_release_;          // identifiers with dots; empty: none
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_BASE_SEMANTIC_VERSION_H_
