// policy: pins. A definition that its publisher signed is not yet one that was
// approved: publishers change definitions behind an approval (the rug pull of
// MCP), sign old ones, and name theirs like those of others.
//
//   const PinTable pins(all);
//   Reason reason = pins.Judge(facts, PinMode::kRequire);
//
// kOk: the definition is the one that was approved, byte for byte of its
// canonical form. Else, the first of these that holds:
//   kPublisherChanged   the tool is approved of other publishers only
//   kVersionRollback    its version is lower (Semantic Versioning 2.0.0)
//   kCapabilityAdded    it claims a capability that was not approved
//   kDefinitionChanged  the same version, and something else
//   kVersionNotApproved another version
//   kLookalikeName      no such tool is approved, but one that looks like it
//   kNotPinned          no such tool is approved
// Versions that are not semantic ones are equal or another, never lower.
//
// Thread-safety: immutable. Ownership: owns the pins. Cost: for approved
// definitions one look-up of some 20 ns and no allocation; else microseconds.
// Errors: the Reason.

#ifndef TOLLGATE_ENGINE_POLICY_PINS_H_
#define TOLLGATE_ENGINE_POLICY_PINS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/attributes.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "engine/model/pin.h"
#include "engine/model/reason.h"

namespace tollgate {

class PinTable {
 public:
  // REQUIRES: one pin at most for each tool of a publisher.
  explicit PinTable(std::vector<Pin> pins);

  // Another number for each table that this process ever made, and never 0: two
  // judgements under one number are of the same pins.
  uint64_t serial() const { return serial_; }

  // Under kFirstUse, kNotPinned says that the definition may be approved now.
  Reason Judge(const DefinitionFacts& facts, PinMode mode) const;

  // Returns the pin of a publisher's tool, or null.
  const Pin* Find(std::string_view publisher,
                  std::string_view tool) const ABSL_ATTRIBUTE_LIFETIME_BOUND;

  const std::vector<Pin>& pins() const ABSL_ATTRIBUTE_LIFETIME_BOUND {
    return pins_;
  }

 private:
  bool LooksLikeAnother(std::string_view tool) const;

  const uint64_t serial_;
  std::vector<Pin> pins_;
  absl::flat_hash_map<std::string_view, std::vector<const Pin*>> by_tool_;
  absl::flat_hash_set<std::string> lookalike_keys_;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_POLICY_PINS_H_
