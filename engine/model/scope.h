// Scopes: interned names, so that a request compares bits and never strings.
//
// A ScopeTable gives every scope name of the engine a bit (append-only, for the
// engine's life), and every combination of scopes that a key or a policy grants
// one immutable ScopeSet whose address stays valid as long as the table. The
// control path interns; the hot path only reads ScopeSets and masks.
//
// Thread-safety: ScopeMask is a value, ScopeSet immutable; ScopeTable's
// functions may be called from any thread and take a mutex: control path only.
// Cost: Contains is eight words; no allocation. Errors: absl::Status with the
// offending name.

#ifndef TOLLGATE_ENGINE_MODEL_SCOPE_H_
#define TOLLGATE_ENGINE_MODEL_SCOPE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "absl/base/attributes.h"
#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "engine/base/cacheline.h"
#include "engine/base/limits.h"

namespace tollgate {

// Returns whether `name` is a scope-token of RFC 6749 section 3.3 (printable
// ASCII but for space, '"' and '\') of at most limits::kScopeBytesMax bytes.
bool IsScopeToken(std::string_view name);

// A set of scope bits.
class alignas(kCacheLineBytes) ScopeMask {
 public:
  // REQUIRES: bit < limits::kScopesMax.
  constexpr void Set(size_t bit) {
    words_[bit / 64] |= uint64_t{1} << (bit % 64);
  }
  [[nodiscard]] constexpr bool Test(size_t bit) const {
    return ((words_[bit / 64] >> (bit % 64)) & 1) != 0;
  }

  // Returns whether every bit of `other` is set here; of no bits, all are.
  [[nodiscard]] constexpr bool ContainsAll(const ScopeMask& other) const {
    uint64_t missing = 0;
    for (size_t i = 0; i < words_.size(); ++i) {
      missing |= other.words_[i] & ~words_[i];
    }
    return missing == 0;
  }

  [[nodiscard]] constexpr bool empty() const { return *this == ScopeMask(); }

  constexpr ScopeMask& operator|=(const ScopeMask& other) {
    for (size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
    return *this;
  }
  constexpr ScopeMask& operator&=(const ScopeMask& other) {
    for (size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
    return *this;
  }

  friend constexpr bool operator==(const ScopeMask&,
                                   const ScopeMask&) = default;

 private:
  std::array<uint64_t, limits::kScopesMax / 64> words_ = {};
};

static_assert(sizeof(ScopeMask) == kCacheLineBytes,
              "checking scopes touches one line of the grant");
static_assert(std::is_trivially_copyable_v<ScopeMask>);

// An immutable combination of scopes; compare by address within one table.
class ScopeSet {
 public:
  ScopeSet(const ScopeSet&) = delete;
  ScopeSet& operator=(const ScopeSet&) = delete;

  const ScopeMask& mask() const ABSL_ATTRIBUTE_LIFETIME_BOUND { return mask_; }

  // The names in byte order, each once.
  absl::Span<const std::string> names() const ABSL_ATTRIBUTE_LIFETIME_BOUND {
    return names_;
  }

  // The names joined by single spaces, as in the `scope` of RFC 6749.
  std::string_view display() const ABSL_ATTRIBUTE_LIFETIME_BOUND {
    return display_;
  }

 private:
  friend class ScopeTable;
  ScopeSet(const ScopeMask& mask, std::vector<std::string> names);

  const ScopeMask mask_;
  const std::vector<std::string> names_;
  const std::string display_;
};

class ScopeTable {
 public:
  ScopeTable() = default;
  ScopeTable(const ScopeTable&) = delete;
  ScopeTable& operator=(const ScopeTable&) = delete;

  // Returns the set of `names`; order and repetition do not matter, and equal
  // sets are the same object. Interns names that are new. Errors:
  // InvalidArgument for what is not a scope token, ResourceExhausted beyond
  // limits::kScopesPerGrantMax names or limits::kScopesMax in all; nothing is
  // interned then.
  absl::StatusOr<const ScopeSet*> Intern(absl::Span<const std::string> names)
      ABSL_ATTRIBUTE_LIFETIME_BOUND ABSL_LOCKS_EXCLUDED(mutex_);

  // Intern for names that a stranger chose: leaves room for those that
  // configurations and keys bring later. Beyond limits::kForeignScopesMax, the
  // set of those of `names` that are known; only what is known can be asked
  // for.
  absl::StatusOr<const ScopeSet*> InternForeign(
      absl::Span<const std::string> names) ABSL_ATTRIBUTE_LIFETIME_BOUND
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Returns the set whose names are the bits of `mask`, for messages such as
  // "needs tools:call". REQUIRES: every bit of `mask` came from this table.
  const ScopeSet* InternMask(const ScopeMask& mask)
      ABSL_ATTRIBUTE_LIFETIME_BOUND ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // How many there may be in all for others to be added.
  struct Room {
    size_t names;
    size_t sets;
  };

  absl::StatusOr<const ScopeSet*> InternWithin(
      Room room, absl::Span<const std::string> names)
      ABSL_LOCKS_EXCLUDED(mutex_);
  std::vector<std::string> Known(absl::Span<const std::string> names)
      ABSL_LOCKS_EXCLUDED(mutex_);
  const ScopeSet* InternSorted(std::vector<std::string> names)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  std::map<std::string, size_t, std::less<>> bits_ ABSL_GUARDED_BY(mutex_);
  std::map<std::vector<std::string>, std::unique_ptr<const ScopeSet>> sets_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_MODEL_SCOPE_H_
