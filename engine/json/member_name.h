// The name of a member as it is compared with others of its object: mostly by
// its first eight bytes, as one number.
//
// Thread-safety: a value. Ownership: views the node. Cost: of a comparison, an
// instruction or two when the first bytes differ.

#ifndef TOLLGATE_ENGINE_JSON_MEMBER_NAME_H_
#define TOLLGATE_ENGINE_JSON_MEMBER_NAME_H_

#include <cstdint>
#include <string_view>

#include "engine/base/first_word.h"
#include "engine/json/reader.h"

namespace tollgate::internal {

struct MemberName {
  uint64_t head;  // the first bytes, the first of them highest, then zeros
  const JsonNode* node;

  explicit MemberName(const JsonNode* name)
      : head(__builtin_bswap64(FirstWord({name->text, name->size}))),
        node(name) {}

  std::string_view text() const { return {node->text, node->size}; }

  friend bool operator==(const MemberName& a, const MemberName& b) {
    return a.head == b.head && a.text() == b.text();
  }
  // By bytes: heads that differ differ in their order.
  friend bool operator<(const MemberName& a, const MemberName& b) {
    return a.head != b.head ? a.head < b.head : a.text() < b.text();
  }
};

}  // namespace tollgate::internal

#endif  // TOLLGATE_ENGINE_JSON_MEMBER_NAME_H_
