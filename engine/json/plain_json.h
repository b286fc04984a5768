// Reads JSON as most of it is, in one pass: what tokens, requests and tool
// definitions consist of. For reader.cc, which asks simdjson about the rest.
//
// Plain is a document whose numbers have at most 18 digits and no exponent,
// those with a fraction fewer, and in which nothing is wrong. Of anything else
// it is only said that it is not plain: whether it is JSON at all, and what is
// wrong with it, is the library's to say. So this accepts nothing that simdjson
// and the check for members of one name do not, which fuzzing compares, and has
// no errors to explain.
//
// Thread-safety: pure. Ownership: writes nodes that view the text and, where
// strings have escapes, what they were rewritten to. Cost: a third of a
// nanosecond a byte of claims; recursion as deep as `depth_max`.

#ifndef TOLLGATE_ENGINE_JSON_PLAIN_JSON_H_
#define TOLLGATE_ENGINE_JSON_PLAIN_JSON_H_

#include <cstddef>
#include <cstdint>

#include "engine/json/reader.h"

namespace tollgate::internal {

// Zero bytes that have to stand behind a text.
inline constexpr size_t kPlainJsonPadding = 64;

// What a text of `size` bytes is read into.
struct PlainJsonRoom {
  static constexpr size_t Unescaped(size_t size) { return size + 8; }
  static constexpr size_t Stops(size_t size) { return size / 64 + 1; }

  JsonNode* nodes;  // `size`
  char* unescaped;  // Unescaped(size): names are hashed by eight bytes
  uint64_t* stops;  // Stops(size); of no use afterwards
};

// Returns whether the text is plain, and has become nodes. Nesting counts as
// simdjson counts it, by which an empty array or object adds none.
// REQUIRES: kPlainJsonPadding zeros behind the `size` bytes of `text`.
[[nodiscard]] bool ReadPlainJson(const char* text, size_t size,
                                 size_t depth_max, const PlainJsonRoom& room);

}  // namespace tollgate::internal

#endif  // TOLLGATE_ENGINE_JSON_PLAIN_JSON_H_
