// Typed reading of a YAML tree: each reader takes a node, says what is wrong
// with it, or returns its value.
//
// Readers do not return errors; they tell the ReadContext, which keeps the one
// that stands first in the text, and return a harmless value. The caller looks
// at context.status() once, at the end, and drops what was read unless it is
// OK. So reading a section is a list of fields.
//
// Thread-safety: none; one thread reads one document. Control path only.

#ifndef TOLLGATE_ENGINE_CONFIG_FIELD_READER_H_
#define TOLLGATE_ENGINE_CONFIG_FIELD_READER_H_

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "engine/config/source_text.h"
#include "engine/config/yaml_reader.h"

namespace tollgate {

// Where the value of each field stands, by its path: "store.sqlite",
// "policies.standard.ip.allow[0]".
using PositionTable = absl::flat_hash_map<std::string, SourcePosition>;

class ReadContext {
 public:
  explicit ReadContext(std::string_view file) : file_(file) {}

  // Notes that something is wrong at `position`.
  void Fail(SourcePosition position, std::string_view message);

  // Notes that something is not there. Told only if nothing else is wrong: it
  // may well be there under a misspelt name.
  void FailMissing(SourcePosition position, std::string_view message);

  // OK, or the error that stands first in the text.
  const absl::Status& status() const { return status_; }

  void Record(std::string path, SourcePosition position) {
    positions_.emplace(std::move(path), position);
  }
  // Returns the position recorded for `path`, or nowhere.
  SourcePosition PositionOf(std::string_view path) const;
  PositionTable TakePositions() { return std::move(positions_); }

 private:
  const std::string file_;
  absl::Status status_;
  SourcePosition failed_at_;
  bool only_missing_ = true;  // status_ comes from FailMissing, or is OK
  PositionTable positions_;
};

// A node with its path, which is recorded when the Field is made.
class Field {
 public:
  Field(ReadContext& context, const YamlNode& node, std::string path);

  const YamlNode& node() const { return *node_; }
  const std::string& path() const { return path_; }
  ReadContext& context() const { return *context_; }

  Field Child(std::string_view key, const YamlNode& node) const;
  Field Item(size_t index) const;  // REQUIRES: the node is a sequence

  void Fail(std::string_view message) const {
    context_->Fail(node_->position, message);
  }
  void FailMissing(std::string_view message) const {
    context_->FailMissing(node_->position, message);
  }
  // Fails with "expected <what>, found <what it is>".
  void FailType(std::string_view expected) const;

 private:
  ReadContext* context_;
  const YamlNode* node_;
  std::string path_;
};

// The members of a mapping. Unknown keys fail when it is made, with a hint.
class Fields {
 public:
  Fields(const Field& field, std::initializer_list<std::string_view> known);

  // Calls `read(Field)` if the key is there.
  template <typename Read>
  void Optional(std::string_view key, Read&& read) const {
    if (const YamlNode* node = Find(key)) read(field_.Child(key, *node));
  }

  // The same; fails if the key is not there.
  template <typename Read>
  void Required(std::string_view key, Read&& read) const {
    if (field_.node().kind != YamlNode::Kind::kMapping) return;
    if (!Has(key)) FailMissing(key);
    Optional(key, read);
  }

  // Fails if neither of two keys is there.
  void RequireEither(std::string_view a, std::string_view b,
                     std::string_view message) const;

  bool Has(std::string_view key) const { return Find(key) != nullptr; }

 private:
  const YamlNode* Find(std::string_view key) const;
  void FailMissing(std::string_view key) const;

  Field field_;
};

// Returns whether `field` is of the kind; fails if it is not.
bool IsMapping(const Field& field);
bool IsSequence(const Field& field);

// A string: quoted, or plain if nothing but a string. Without control
// characters.
std::string ReadString(const Field& field);

// A decimal integer without sign, leading zeros, underscores or quotes.
struct IntegerRange {
  uint64_t least = 0;
  uint64_t most = 0;
};
uint64_t ReadInteger(const Field& field, IntegerRange range);

// `true` or `false`, and no other spelling.
bool ReadFlag(const Field& field);

// A duration such as 90s, in microseconds; at least 1 ms, or none at all where
// that is allowed.
enum class ZeroDuration : bool { kRefused, kAllowed };
uint64_t ReadDuration(const Field& field,
                      ZeroDuration zero = ZeroDuration::kRefused);

// A list of strings. An empty one fails unless `may_be_empty`.
enum class EmptyList : bool { kRefused, kAllowed };
std::vector<std::string> ReadStrings(const Field& field, EmptyList empty);

// Fails on an empty list: "what it restricts" must be said. Returns whether
// `field` is a list with items.
bool IsNonEmptySequence(const Field& field);

// `entries` and `max_age` of a cache of proofs; what is not there stays.
void ReadCache(const Field& field, uint64_t& entries, uint64_t& max_age_us);

// Fails with what the words are, of which `word` may be a misspelt one.
void FailWord(const Field& field, std::string_view word,
              const std::vector<std::string_view>& known);

// Reads one of `values` by its name.
template <typename Value, size_t kCount>
Value ReadWord(const Field& field, const std::array<Value, kCount>& values,
               std::string_view (*name_of)(Value)) {
  const std::string word = ReadString(field);
  std::vector<std::string_view> names;
  for (const Value value : values) {
    if (name_of(value) == word) return value;
    names.push_back(name_of(value));
  }
  FailWord(field, word, names);
  return values.front();
}

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CONFIG_FIELD_READER_H_
