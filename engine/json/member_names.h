// Whether a name stands twice among the members of an object.
//
//   NameFilter filter;
//   ... filter.Add(name) for each member of `object` ...
//   if (filter.maybe_twice()) twice = FindTwice(object);
//
// Thread-safety: a filter belongs to one thread; FindTwice is pure. Ownership:
// views nodes. Cost: some fifteen instructions a name; of objects in which one
// may stand twice, which in those of more than a dozen members is most, a
// comparison of each with each for a few, hashing for some, sorting for many,
// so that no document takes time in the square of its size. Allocates for
// objects of more than 64 members.

#ifndef TOLLGATE_ENGINE_JSON_MEMBER_NAMES_H_
#define TOLLGATE_ENGINE_JSON_MEMBER_NAMES_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "absl/container/inlined_vector.h"
#include "engine/json/member_name.h"
#include "engine/json/reader.h"

namespace tollgate::internal {

// Returns a hash of the name's size, and of the bytes at both its ends.
// REQUIRES: eight bytes can be read from its beginning.
inline uint64_t HashOfName(const JsonNode* name) {
  const size_t size = name->size;
  const bool whole = size >= sizeof(uint64_t);
  uint64_t head, tail;
  std::memcpy(&head, name->text, sizeof(head));
  std::memcpy(&tail, whole ? name->text + size - sizeof(tail) : name->text,
              sizeof(tail));
  const uint64_t mask = whole ? ~uint64_t{0} : (uint64_t{1} << 8 * size) - 1;
  constexpr uint64_t kOdd = 0x9e3779b97f4a7c15;
  return (((head & mask) * kOdd ^ (tail & mask)) * kOdd + size) >> 40;
}

// Remembers two bits of each hash.
class NameFilter {
 public:
  void Add(const JsonNode* name) {
    const uint64_t hash = HashOfName(name);
    const uint64_t one = uint64_t{1} << (hash % 64);
    const uint64_t other = uint64_t{1} << (hash / 64 % 64);
    maybe_twice_ |= (ones_ & one) != 0 && (others_ & other) != 0;
    ones_ |= one;
    others_ |= other;
  }

  // False: no two names were the same.
  bool maybe_twice() const { return maybe_twice_; }

 private:
  uint64_t ones_ = 0;
  uint64_t others_ = 0;
  bool maybe_twice_ = false;
};

// Up to so many names are compared each with each; up to so many more find each
// other by a hash, which an attacker may make useless but not slow; yet more
// are sorted.
inline constexpr size_t kFewNames = 16;
inline constexpr size_t kHashedNames = 64;
using MemberNames = absl::InlinedVector<MemberName, kHashedNames>;

inline const JsonNode* FindTwiceAmongFew(const MemberNames& names) {
  for (size_t i = 1; i < names.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (names[i] == names[j]) return names[i].node;
    }
  }
  return nullptr;
}

inline const JsonNode* FindTwiceByHash(const MemberNames& names) {
  constexpr size_t kSlots = 2 * kHashedNames;
  uint8_t slots[kSlots] = {};  // the number of a name, from 1; 0: free
  for (size_t i = 0; i < names.size(); ++i) {
    size_t at = (HashOfName(names[i].node) >> 12) % kSlots;
    for (; slots[at] != 0; at = (at + 1) % kSlots) {
      if (names[i] == names[slots[at] - 1]) return names[i].node;
    }
    slots[at] = static_cast<uint8_t>(i + 1);
  }
  return nullptr;
}

inline const JsonNode* FindTwiceBySorting(MemberNames& names) {
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  return twice == names.end() ? nullptr : twice->node;
}

// Returns a name that the members of `object` have twice, or null.
// REQUIRES: eight bytes can be read from the beginning of each.
inline const JsonNode* FindTwice(const JsonNode* object) {
  MemberNames names;
  bool ascending = true;  // as in a canonical document
  const JsonNode* name = object + 1;
  for (size_t i = 0; i < object->size; ++i) {
    const MemberName& added = names.emplace_back(name);
    ascending &= i == 0 || *(&added - 1) < added;
    name += 1 + name[1].span;
  }
  if (ascending) return nullptr;
  if (names.size() > kHashedNames) return FindTwiceBySorting(names);
  return names.size() > kFewNames ? FindTwiceByHash(names)
                                  : FindTwiceAmongFew(names);
}

}  // namespace tollgate::internal

#endif  // TOLLGATE_ENGINE_JSON_MEMBER_NAMES_H_
