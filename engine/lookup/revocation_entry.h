// What the revocation list (engine/lookup/revocation_list.h) is made of: the
// key of an entry, the terms of it, and the entry itself.
//
// When to use: inside the list only.
// Thread-safety: a key belongs to one thread. An entry is immutable but for
// `next`, whose writers and readers the list orders.
// Ownership: an entry holds its key and terms in one block of its own; views of
// them live as long as it. Cost: a key is two copies of a few dozen bytes on
// the stack; an entry one allocation. Errors: none.

#ifndef TOLLGATE_ENGINE_LOOKUP_REVOCATION_ENTRY_H_
#define TOLLGATE_ENGINE_LOOKUP_REVOCATION_ENTRY_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <vector>

#include "absl/base/attributes.h"
#include "absl/types/span.h"
#include "engine/base/clock.h"
#include "engine/base/limits.h"
#include "engine/model/revocation.h"

namespace tollgate {

// Kind, issuer and value in one string of bytes, from which all three can be
// told again: one byte of kind, two of the issuer's size, the issuer, the
// value. So two of them are equal only if all three parts are, whatever bytes
// are in them.
class RevocationKey {
 public:
  // REQUIRES: issuer.size() <= limits::kRevocationTextBytesMax.
  explicit RevocationKey(std::string_view issuer);
  RevocationKey(const RevocationKey&) = delete;
  RevocationKey& operator=(const RevocationKey&) = delete;

  // Returns the key of `kind` and `value`, valid until the next call.
  // REQUIRES: value.size() <= limits::kRevocationTextBytesMax.
  std::string_view Of(RevocationKind kind,
                      std::string_view value) ABSL_ATTRIBUTE_LIFETIME_BOUND;

  static RevocationKind KindOf(std::string_view key) {
    return static_cast<RevocationKind>(key[0]);
  }

 private:
  static constexpr size_t kPrefixBytes = 3;
  static_assert(limits::kRevocationTextBytesMax <= 0xffff,
                "a size fits into the two bytes of the prefix");

  size_t value_at_;
  char bytes_[kPrefixBytes + 2 * limits::kRevocationTextBytesMax];
};

// One revocation of a key: of what was issued in this second or before, until
// that one. All tokens, whenever issued, are those issued until the latest
// instant there is.
struct RevocationTerm {
  int64_t issued_until;
  int64_t expires_at;

  bool IsOver(UnixSeconds now) const {
    return IsRevocationOver(expires_at, now.value);
  }
};

// The terms of one key that say more than any other one alone: ascending in
// `issued_until`, hence descending in `expires_at`.
using RevocationTerms = std::vector<RevocationTerm>;

// Adds `term` to `terms`, and removes what says no more than it. Returns false,
// and changes nothing, if one of `terms` says as much.
bool AddTerm(RevocationTerms& terms, const RevocationTerm& term);

class RevocationEntry {
 public:
  // Returns an entry with copies of `key` and `terms`.
  static RevocationEntry* New(uint64_t hash, std::string_view key,
                              absl::Span<const RevocationTerm> terms);
  // An epoch domain's deleter.
  static void Delete(void* context, void* entry);

  RevocationEntry(const RevocationEntry&) = delete;
  RevocationEntry& operator=(const RevocationEntry&) = delete;

  uint64_t hash() const { return hash_; }
  std::string_view key() const ABSL_ATTRIBUTE_LIFETIME_BOUND {
    return {reinterpret_cast<const char*>(terms_end()), key_size_};
  }
  absl::Span<const RevocationTerm> terms() const ABSL_ATTRIBUTE_LIFETIME_BOUND {
    return {terms_begin(), term_count_};
  }
  size_t bytes() const;

  // Returns whether a token issued at `issued_at` is revoked. Takes the
  // logarithm of the number of terms, of which there is nearly always one.
  bool Covers(int64_t issued_at, UnixSeconds now) const;

  // The next entry of the same cell. Orders and partners: in the list.
  std::atomic<RevocationEntry*> next{nullptr};

 private:
  RevocationEntry(uint64_t hash, std::string_view key,
                  absl::Span<const RevocationTerm> terms);
  ~RevocationEntry() = default;

  const RevocationTerm* terms_begin() const {
    return reinterpret_cast<const RevocationTerm*>(this + 1);
  }
  const RevocationTerm* terms_end() const {
    return terms_begin() + term_count_;
  }

  const uint64_t hash_;
  const uint32_t key_size_;
  const uint32_t term_count_;
  // The terms follow, then the bytes of the key.
};
static_assert(sizeof(RevocationEntry) == 24,
              "with one term and thirty bytes of key, a line and a half");
static_assert(alignof(RevocationTerm) <= alignof(RevocationEntry),
              "the terms stand right behind the entry");
static_assert(std::is_trivially_destructible_v<RevocationTerm>,
              "an entry frees its block without looking at it");

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_LOOKUP_REVOCATION_ENTRY_H_
