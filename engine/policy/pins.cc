#include "engine/policy/pins.h"

#include <atomic>
#include <utility>

#include "absl/algorithm/container.h"
#include "engine/base/semantic_version.h"
#include "engine/unicode/lookalike.h"

namespace tollgate {
namespace {

bool IsLower(std::string_view version, std::string_view than) {
  const auto a = SemanticVersion::Parse(version);
  const auto b = SemanticVersion::Parse(than);
  return a.has_value() && b.has_value() && a->Precedes(*b);
}

bool HasNewCapability(const DefinitionFacts& facts, const Pin& pin) {
  return pin.capabilities.has_value() &&
         absl::c_any_of(facts.capabilities, [&](const std::string& one) {
           return !absl::c_linear_search(*pin.capabilities, one);
         });
}

Reason Compare(const DefinitionFacts& facts, const Pin& pin) {
  const bool same_version = facts.version == pin.version;
  if (same_version && facts.digest == pin.digest) return Reason::kOk;
  if (IsLower(facts.version, pin.version)) return Reason::kVersionRollback;
  if (HasNewCapability(facts, pin)) return Reason::kCapabilityAdded;
  return same_version ? Reason::kDefinitionChanged
                      : Reason::kVersionNotApproved;
}

uint64_t NextSerial() {
  static std::atomic<uint64_t> last = 0;
  // Relaxed: only its being another number counts.
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace

PinTable::PinTable(std::vector<Pin> pins)
    : serial_(NextSerial()), pins_(std::move(pins)) {
  for (const Pin& pin : pins_) {
    by_tool_[pin.tool].push_back(&pin);
    for (std::string& key : LookalikeKeysOf(pin.tool)) {
      lookalike_keys_.insert(std::move(key));
    }
  }
}

const Pin* PinTable::Find(std::string_view publisher,
                          std::string_view tool) const {
  const auto found = by_tool_.find(tool);
  if (found == by_tool_.end()) return nullptr;
  for (const Pin* pin : found->second) {
    if (pin->publisher == publisher) return pin;
  }
  return nullptr;
}

bool PinTable::LooksLikeAnother(std::string_view tool) const {
  return absl::c_any_of(LookalikeKeysOf(tool), [&](const std::string& key) {
    return lookalike_keys_.contains(key);
  });
}

Reason PinTable::Judge(const DefinitionFacts& facts, PinMode mode) const {
  if (mode == PinMode::kOff) return Reason::kOk;
  const Pin* const pin = Find(facts.publisher, facts.tool);
  if (pin != nullptr) return Compare(facts, *pin);
  if (by_tool_.contains(facts.tool)) return Reason::kPublisherChanged;
  return LooksLikeAnother(facts.tool) ? Reason::kLookalikeName
                                      : Reason::kNotPinned;
}

}  // namespace tollgate
