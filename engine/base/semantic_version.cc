#include "engine/base/semantic_version.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace tollgate {
namespace {

bool IsDigit(char c) {
  return absl::ascii_isdigit(static_cast<unsigned char>(c));
}

bool IsNumber(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsDigit);
}

bool HasLeadingZero(std::string_view number) {
  return number.size() > 1 && number.front() == '0';
}

bool IsIdentifier(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-';
  });
}

// Takes the text before the next `separator`, which goes too; all of it if
// there is none.
std::string_view Take(std::string_view& text, char separator) {
  const size_t end = std::min(text.find(separator), text.size());
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return taken;
}

// Whether `text` is identifiers with dots between them.
bool AreIdentifiers(std::string_view text, bool leading_zeros) {
  if (text.empty() || text.back() == '.') return false;
  while (!text.empty()) {
    const std::string_view one = Take(text, '.');
    if (!IsIdentifier(one)) return false;
    if (!leading_zeros && IsNumber(one) && HasLeadingZero(one)) return false;
  }
  return true;
}

// Negative, zero or positive. Numbers without leading zeros: the longer is the
// greater.
int CompareNumbers(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  return a.compare(b);
}

int CompareIdentifiers(std::string_view a, std::string_view b) {
  const bool a_number = IsNumber(a);
  const bool b_number = IsNumber(b);
  if (a_number && b_number) return CompareNumbers(a, b);
  if (a_number != b_number) return a_number ? -1 : 1;
  return a.compare(b);
}

int ComparePreReleases(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) {
    return static_cast<int>(a.empty()) - static_cast<int>(b.empty());
  }
  while (!a.empty() && !b.empty()) {
    const int order = CompareIdentifiers(Take(a, '.'), Take(b, '.'));
    if (order != 0) return order;
  }
  return static_cast<int>(b.empty()) - static_cast<int>(a.empty());
}

}  // namespace

std::optional<SemanticVersion> SemanticVersion::Parse(std::string_view text) {
  SemanticVersion version;
  const size_t plus = text.find('+');
  if (plus != std::string_view::npos) {
    if (!AreIdentifiers(text.substr(plus + 1), true)) return std::nullopt;
    text = text.substr(0, plus);
  }
  const size_t dash = text.find('-');
  if (dash != std::string_view::npos) {
    version.pre_release_ = text.substr(dash + 1);
    if (!AreIdentifiers(version.pre_release_, false)) return std::nullopt;
    text = text.substr(0, dash);
  }
  if (!text.empty() && text.back() == '.') return std::nullopt;
  for (std::string_view& part : version.core_) {
    part = Take(text, '.');
    if (!IsNumber(part) || HasLeadingZero(part)) return std::nullopt;
  }
  if (!text.empty()) return std::nullopt;
  return version;
}

bool SemanticVersion::Precedes(const SemanticVersion& other) const {
  for (size_t i = 0; i < core_.size(); ++i) {
    const int order = CompareNumbers(core_[i], other.core_[i]);
    if (order != 0) return order < 0;
  }
  return ComparePreReleases(pre_release_, other.pre_release_) < 0;
}

}  // namespace tollgate
