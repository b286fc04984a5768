#include "engine/definition_changes.h"

#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "engine/base/limits.h"
#include "engine/json/reader.h"

namespace tollgate {
namespace {

constexpr std::string_view kCapabilities = "capabilities";
constexpr std::string_view kCapabilitiesPath = "/capabilities";

JsonReader NewReader() {
  return JsonReader(
      {.bytes_max = limits::kToolDocumentBytesMax, .big_integers = true});
}

// The capabilities, if all there is are texts; else they are compared as
// whatever they are.
std::optional<std::vector<std::string>> CapabilitiesOf(
    const JsonObject& definition) {
  std::vector<std::string> capabilities;
  const auto value = definition.Find(kCapabilities);
  if (!value.has_value()) return capabilities;
  const auto list = value->Array();
  if (!list.ok()) return std::nullopt;
  for (const JsonValue item : *list) {
    const auto text = item.String();
    if (!text.ok()) return std::nullopt;
    capabilities.emplace_back(*text);
  }
  return capabilities;
}

// Those of `of` that `other` has not.
std::vector<std::string> Beyond(const std::vector<std::string>& of,
                                const std::vector<std::string>& other) {
  std::vector<std::string> beyond;
  for (const std::string& one : of) {
    if (!absl::c_linear_search(other, one)) beyond.push_back(one);
  }
  return beyond;
}

bool IsOfCapabilities(const JsonDifference& difference) {
  return difference.path == kCapabilitiesPath ||
         absl::StartsWith(difference.path, "/capabilities/");
}

}  // namespace

absl::StatusOr<DefinitionChanges> CompareDefinitions(std::string_view before,
                                                     std::string_view after) {
  JsonReader old_reader = NewReader();
  JsonReader new_reader = NewReader();
  const auto old_value = old_reader.Parse(before);
  if (!old_value.ok()) return old_value.status();
  const auto new_value = new_reader.Parse(after);
  if (!new_value.ok()) return new_value.status();
  const auto old_object = old_value->Object();
  if (!old_object.ok()) return old_object.status();
  const auto new_object = new_value->Object();
  if (!new_object.ok()) return new_object.status();
  DefinitionChanges changes;
  changes.members = DifferencesOf(*old_value, *new_value);
  const auto had = CapabilitiesOf(*old_object);
  const auto has = CapabilitiesOf(*new_object);
  if (!had.has_value() || !has.has_value()) return changes;
  changes.capabilities_added = Beyond(*has, *had);
  changes.capabilities_removed = Beyond(*had, *has);
  // A list in another order is a change of the list.
  if (!changes.capabilities_added.empty() ||
      !changes.capabilities_removed.empty()) {
    std::erase_if(changes.members, IsOfCapabilities);
  }
  return changes;
}

}  // namespace tollgate
