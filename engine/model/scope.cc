#include "engine/model/scope.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace tollgate {
namespace {

// %x21 / %x23-5B / %x5D-7E
bool IsScopeChar(char c) {
  return c > ' ' && c < '\x7f' && c != '"' && c != '\\';
}

absl::Status CheckNames(absl::Span<const std::string> names) {
  for (const std::string& name : names) {
    if (IsScopeToken(name)) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", absl::CHexEscape(std::string_view(name).substr(0, 64)),
        "\" is not a scope; write 1 to ", limits::kScopeBytesMax,
        " printable ASCII characters without space, quote and backslash"));
  }
  return absl::OkStatus();
}

}  // namespace

bool IsScopeToken(std::string_view name) {
  return !name.empty() && name.size() <= limits::kScopeBytesMax &&
         std::all_of(name.begin(), name.end(), IsScopeChar);
}

ScopeSet::ScopeSet(const ScopeMask& mask, std::vector<std::string> names)
    : mask_(mask),
      names_(std::move(names)),
      display_(absl::StrJoin(names_, " ")) {}

absl::StatusOr<const ScopeSet*> ScopeTable::Intern(
    absl::Span<const std::string> names) {
  return InternWithin({limits::kScopesMax, limits::kScopeSetsMax}, names);
}

absl::StatusOr<const ScopeSet*> ScopeTable::InternForeign(
    absl::Span<const std::string> names) {
  constexpr Room kRoom = {limits::kForeignScopesMax,
                          limits::kForeignScopeSetsMax};
  auto set = InternWithin(kRoom, names);
  return set.ok() ? set : InternWithin(kRoom, Known(names));
}

absl::StatusOr<const ScopeSet*> ScopeTable::InternWithin(
    Room room, absl::Span<const std::string> names) {
  const absl::Status valid = CheckNames(names);
  if (!valid.ok()) return valid;
  std::vector<std::string> sorted(names.begin(), names.end());
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  if (sorted.size() > limits::kScopesPerGrantMax) {
    return absl::ResourceExhaustedError(
        absl::StrCat(sorted.size(), " scopes in one grant; at most ",
                     limits::kScopesPerGrantMax, " are possible"));
  }

  absl::MutexLock lock(&mutex_);
  const size_t added = static_cast<size_t>(std::count_if(
      sorted.begin(), sorted.end(),
      [this](const std::string& name) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return bits_.find(name) == bits_.end();
      }));
  if (added > 0 && bits_.size() + added > room.names) {
    return absl::ResourceExhaustedError(
        absl::StrCat("more than ", room.names, " different scopes"));
  }
  if (sets_.size() >= room.sets && !sets_.contains(sorted)) {
    return absl::ResourceExhaustedError(
        absl::StrCat("more than ", room.sets, " sets of scopes"));
  }
  return InternSorted(std::move(sorted));
}

std::vector<std::string> ScopeTable::Known(
    absl::Span<const std::string> names) {
  std::vector<std::string> known;
  absl::MutexLock lock(&mutex_);
  for (const std::string& name : names) {
    if (bits_.contains(name)) known.push_back(name);
  }
  return known;
}

const ScopeSet* ScopeTable::InternMask(const ScopeMask& mask) {
  absl::MutexLock lock(&mutex_);
  std::vector<std::string> sorted;
  for (const auto& [name, bit] : bits_) {
    if (mask.Test(bit)) sorted.push_back(name);
  }
  return InternSorted(std::move(sorted));
}

const ScopeSet* ScopeTable::InternSorted(std::vector<std::string> names) {
  const auto found = sets_.find(names);
  if (found != sets_.end()) return found->second.get();
  ScopeMask mask;
  for (const std::string& name : names) {
    // A new name gets the next bit; one that is known keeps its own.
    mask.Set(bits_.try_emplace(name, bits_.size()).first->second);
  }
  // The constructor is private to this class: std::make_unique cannot reach it.
  auto set = std::unique_ptr<const ScopeSet>(new ScopeSet(mask, names));
  return sets_.emplace(std::move(names), std::move(set)).first->second.get();
}

}  // namespace tollgate
