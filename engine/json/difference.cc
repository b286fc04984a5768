#include "engine/json/difference.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "engine/json/canonical.h"

namespace tollgate {
namespace {

std::string CanonicalText(const JsonValue& value) {
  std::string text;
  AppendCanonical(value, text);
  return text;
}

// One step of a JSON Pointer.
std::string Escaped(std::string_view name) {
  return absl::StrReplaceAll(name, {{"~", "~0"}, {"/", "~1"}});
}

struct InUtf16Order {
  bool operator()(std::string_view a, std::string_view b) const {
    return BeforeInUtf16(a, b);
  }
};

class Comparison {
 public:
  void Compare(const std::string& path, const JsonValue& before,
               const JsonValue& after) {
    if (before.kind() == JsonKind::kObject &&
        after.kind() == JsonKind::kObject) {
      CompareObjects(path, *before.Object(), *after.Object());
    } else if (before.kind() == JsonKind::kArray &&
               after.kind() == JsonKind::kArray) {
      CompareArrays(path, *before.Array(), *after.Array());
    } else {
      std::string old_text = CanonicalText(before);
      std::string new_text = CanonicalText(after);
      if (old_text == new_text) return;
      found.push_back({path, std::move(old_text), std::move(new_text)});
    }
  }

  std::vector<JsonDifference> found;

 private:
  // A member, or an item, of either document.
  using Pair = std::pair<std::optional<JsonValue>, std::optional<JsonValue>>;

  void ComparePair(const std::string& path, const Pair& pair) {
    const auto& [before, after] = pair;
    if (before.has_value() && after.has_value()) {
      Compare(path, *before, *after);
    } else if (before.has_value()) {
      found.push_back({path, CanonicalText(*before), std::nullopt});
    } else {
      found.push_back({path, std::nullopt, CanonicalText(*after)});
    }
  }

  void CompareObjects(const std::string& path, const JsonObject& before,
                      const JsonObject& after) {
    std::map<std::string_view, Pair, InUtf16Order> members;
    for (const JsonMember member : before) {
      members[member.name].first = member.value;
    }
    for (const JsonMember member : after) {
      members[member.name].second = member.value;
    }
    for (const auto& [name, pair] : members) {
      ComparePair(absl::StrCat(path, "/", Escaped(name)), pair);
    }
  }

  void CompareArrays(const std::string& path, const JsonArray& before,
                     const JsonArray& after) {
    std::vector<Pair> items(std::max(before.size(), after.size()));
    size_t i = 0;
    for (const JsonValue item : before) items[i++].first = item;
    i = 0;
    for (const JsonValue item : after) items[i++].second = item;
    for (i = 0; i < items.size(); ++i) {
      ComparePair(absl::StrCat(path, "/", i), items[i]);
    }
  }
};

}  // namespace

std::vector<JsonDifference> DifferencesOf(const JsonValue& before,
                                          const JsonValue& after) {
  Comparison comparison;
  comparison.Compare("", before, after);
  return std::move(comparison.found);
}

}  // namespace tollgate
