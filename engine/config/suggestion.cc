#include "engine/config/suggestion.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace tollgate {
namespace {

constexpr size_t kWordBytesMax = 64;
using Row = std::array<size_t, kWordBytesMax + 1>;

}  // namespace

// Optimal string alignment: three rows of the usual table.
size_t EditDistance(std::string_view a, std::string_view b) {
  a = a.substr(0, kWordBytesMax);
  b = b.substr(0, kWordBytesMax);
  Row two_above = {};
  Row above = {};
  for (size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    Row row = {};
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
      const bool swapped =
          i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], two_above[j - 2] + 1);
    }
    two_above = above;
    above = row;
  }
  return above[b.size()];
}

std::string DidYouMean(std::string_view word,
                       absl::Span<const std::string_view> known) {
  if (word.size() > kWordBytesMax) return "";
  const std::string lower = absl::AsciiStrToLower(word);
  std::string_view best;
  size_t best_distance = kWordBytesMax + 1;
  for (const std::string_view candidate : known) {
    const size_t distance =
        EditDistance(lower, absl::AsciiStrToLower(candidate));
    if (distance >= best_distance) continue;
    best = candidate;
    best_distance = distance;
  }
  const size_t longer = std::max(word.size(), best.size());
  if (best.empty() || best_distance > std::max<size_t>(1, longer / 3)) {
    return "";
  }
  return absl::StrCat("; did you mean `", best, "`?");
}

}  // namespace tollgate
