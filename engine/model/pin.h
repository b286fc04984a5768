// What a tool definition is, as far as approving it goes, and its approval.
//
// Thread-safety, ownership: plain values.

#ifndef TOLLGATE_ENGINE_MODEL_PIN_H_
#define TOLLGATE_ENGINE_MODEL_PIN_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"

namespace tollgate {

using DefinitionDigest = std::array<uint8_t, 32>;  // SHA-256

// What to do about definitions that nobody approved.
enum class PinMode : uint8_t {
  kRequire = 0,  // refuse
  kFirstUse,     // approve the first definition of a tool, and refuse others
  kOff,          // whatever a publisher signs is good
};

// Returns "require", "first_use" or "off".
constexpr std::string_view PinModeName(PinMode mode) {
  switch (mode) {
    case PinMode::kRequire:
      return "require";
    case PinMode::kFirstUse:
      return "first_use";
    case PinMode::kOff:
      return "off";
  }
  return "require";
}

// A proved definition, to be compared with its pin; views whoever proved it.
struct DefinitionFacts {
  std::string_view publisher;
  std::string_view tool;
  std::string_view version;
  const DefinitionDigest& digest;
  absl::Span<const std::string> capabilities;
};

// The one definition of a publisher's tool that was approved.
struct Pin {
  std::string publisher;
  std::string tool;
  std::string version;
  DefinitionDigest digest = {};
  // Not known for pins that only say what the digest is.
  std::optional<std::vector<std::string>> capabilities;

  friend bool operator==(const Pin&, const Pin&) = default;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_MODEL_PIN_H_
