// Certificate policies: the extensions, and the part of path validation that
// processes them (RFC 5280 sections 4.2.1.4, 4.2.1.5, 4.2.1.11, 4.2.1.14 and
// 6.1).
//
// Any policy is acceptable and none is required at the start; so what is left
// to find out is whether a path that must have a policy, because a certificate
// in it says so, has one that is valid all the way. The tree of section 6.1 is
// kept as its deepest level only: what is above decides nothing.
//
// Thread-safety: values. Cost: the square of the policies of one certificate,
// at most limits::kCertificatePoliciesMax.

#ifndef TOLLGATE_ENGINE_CRYPTO_CERTIFICATE_POLICIES_H_
#define TOLLGATE_ENGINE_CRYPTO_CERTIFICATE_POLICIES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/crypto/der.h"

namespace tollgate {

// An object identifier, as the contents of its element.
using PolicyId = std::string;

// What the extensions of one certificate say.
struct CertificatePolicies {
  bool present = false;  // the certificate policies extension
  bool any = false;      // anyPolicy is among them
  std::vector<PolicyId> ids;
  // From the issuer's to the subject's domain.
  std::vector<std::pair<PolicyId, PolicyId>> mappings;
  std::optional<uint64_t> require_explicit;
  std::optional<uint64_t> inhibit_mapping;
  std::optional<uint64_t> inhibit_any;

  // Read the value of one extension, all of `value`.
  [[nodiscard]] bool ReadPolicies(DerReader value);
  [[nodiscard]] bool ReadMappings(DerReader value);
  [[nodiscard]] bool ReadConstraints(DerReader value);
  [[nodiscard]] bool ReadInhibitAny(DerReader value);
};

// Follows a path from the certificate that the anchor issued to the end entity.
class PolicyProcessor {
 public:
  // `certificates` is the number of those in the path, without the anchor.
  explicit PolicyProcessor(size_t certificates);

  // Takes the next certificate; false when the path is invalid with it.
  struct Step {
    const CertificatePolicies& policies;
    bool self_issued;
    bool last;
  };
  [[nodiscard]] bool Take(const Step& step);

 private:
  // A node of the tree's deepest level; `any` is anyPolicy's.
  struct Node {
    PolicyId policy;
    std::vector<PolicyId> expected;
  };
  struct Level {
    bool any = false;
    std::vector<Node> nodes;

    bool empty() const { return !any && nodes.empty(); }
  };

  void Descend(const Step& step);
  void DescendAny(Level& next) const;
  bool ApplyMappings(const CertificatePolicies& policies);
  void Map(const PolicyId& from, const PolicyId& to, bool first);
  void CountDown(const Step& step);
  bool Finish(const CertificatePolicies& policies);

  Level level_;
  uint64_t explicit_in_;  // certificates until a policy is required
  uint64_t inhibit_mapping_in_;
  uint64_t inhibit_any_in_;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CRYPTO_CERTIFICATE_POLICIES_H_
