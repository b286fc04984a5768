#include "engine/lookup/revocation_entry.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>

namespace tollgate {
namespace {

// Returns whether whatever `other` revokes, `term` does, and for as long.
bool SaysAsMuchAs(const RevocationTerm& term, const RevocationTerm& other) {
  return term.issued_until >= other.issued_until &&
         term.expires_at >= other.expires_at;
}

size_t BytesOf(size_t key_size, size_t term_count) {
  return sizeof(RevocationEntry) + term_count * sizeof(RevocationTerm) +
         key_size;
}

}  // namespace

RevocationKey::RevocationKey(std::string_view issuer)
    : value_at_(kPrefixBytes + issuer.size()) {
  bytes_[1] = static_cast<char>(issuer.size() & 0xff);
  bytes_[2] = static_cast<char>(issuer.size() >> 8);
  std::copy(issuer.begin(), issuer.end(), bytes_ + kPrefixBytes);
}

std::string_view RevocationKey::Of(RevocationKind kind,
                                   std::string_view value) {
  bytes_[0] = static_cast<char>(kind);
  std::copy(value.begin(), value.end(), bytes_ + value_at_);
  return {bytes_, value_at_ + value.size()};
}

bool AddTerm(RevocationTerms& terms, const RevocationTerm& term) {
  for (const RevocationTerm& other : terms) {
    if (SaysAsMuchAs(other, term)) return false;
  }
  std::erase_if(terms, [&](const RevocationTerm& other) {
    return SaysAsMuchAs(term, other);
  });
  const auto place = std::find_if(
      terms.begin(), terms.end(), [&](const RevocationTerm& other) {
        return other.issued_until > term.issued_until;
      });
  terms.insert(place, term);
  return true;
}

RevocationEntry::RevocationEntry(uint64_t hash, std::string_view key,
                                 absl::Span<const RevocationTerm> terms)
    : hash_(hash),
      key_size_(static_cast<uint32_t>(key.size())),
      term_count_(static_cast<uint32_t>(terms.size())) {
  auto* const place = const_cast<RevocationTerm*>(terms_begin());
  std::uninitialized_copy(terms.begin(), terms.end(), place);
  std::memcpy(static_cast<void*>(place + terms.size()), key.data(), key.size());
}

RevocationEntry* RevocationEntry::New(uint64_t hash, std::string_view key,
                                      absl::Span<const RevocationTerm> terms) {
  void* const block = ::operator new(BytesOf(key.size(), terms.size()));
  return new (block) RevocationEntry(hash, key, terms);
}

void RevocationEntry::Delete(void* /*context*/, void* entry) {
  static_cast<RevocationEntry*>(entry)->~RevocationEntry();
  ::operator delete(entry);
}

size_t RevocationEntry::bytes() const {
  return BytesOf(key_size_, term_count_);
}

// The first term that reaches the token is, of those that do, the one that
// lasts longest.
bool RevocationEntry::Covers(int64_t issued_at, UnixSeconds now) const {
  const RevocationTerm* term =
      std::lower_bound(terms_begin(), terms_end(), issued_at,
                       [](const RevocationTerm& candidate, int64_t instant) {
                         return candidate.issued_until < instant;
                       });
  return term != terms_end() && !term->IsOver(now);
}

}  // namespace tollgate
