// Reads one JSON document strictly, for the control path: RFC 8259, and
// nothing that two parsers could read differently.
//
// Refused, beside what is not JSON: members of one name twice at any level,
// invalid UTF-8 and lone surrogates, a byte order mark, anything after the
// document, nesting or size beyond the limits, numbers that a 64-bit integer
// or a double can not hold (see Options). Member names compare byte by byte.
//
//   JsonReader reader({.bytes_max = limits::kInputLineBytesMax});
//   absl::StatusOr<JsonObject> object = reader.ParseObject(line);
//   absl::StatusOr<JsonValue> path = object->Get("path");
//   absl::StatusOr<std::string_view> text = path->String();
//
// Thread-safety: one reader belongs to one thread.
// Ownership: what Parse returns views the reader, and is gone at the next
// Parse, Wipe or the reader's end; the bytes parsed may go at once.
// Cost: some bytes of memory for each byte of the document, kept for the next
// one; about a nanosecond a byte. No recursion beyond depth_max.
// Errors: InvalidArgument, in one line. Those of accessors begin with the path
// of the value: "headers.X-API-Key: must be a string". No error quotes a value.

#ifndef TOLLGATE_ENGINE_JSON_READER_H_
#define TOLLGATE_ENGINE_JSON_READER_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/base/attributes.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/base/limits.h"

namespace tollgate {

enum class JsonKind : uint8_t {
  kNull,
  kBool,
  kInt64,   // every whole number that fits
  kUint64,  // whole numbers beyond
  kDouble,  // numbers written with a fraction or an exponent
  kString,
  kArray,
  kObject,
};

class JsonArray;
class JsonObject;
class JsonValue;

namespace internal {

// One value in document order, its descendants right behind it; in an object,
// names (as strings) and values take turns.
struct JsonNode {
  union {
    bool truth;
    int64_t int64;
    uint64_t uint64;
    double number;
    const char* text;
  };
  uint32_t size;  // bytes of a string, items of an array, members of an object
  uint32_t span : 29;  // nodes of the value, itself included
  uint32_t kind : 3;   // a JsonKind
};

static_assert(sizeof(JsonNode) == 16, "a document of many numbers stays small");

// Returns the node of a value, for what walks whole documents.
const JsonNode* NodeOf(const JsonValue& value);

}  // namespace internal

// A view of one value.
class JsonValue {
 public:
  JsonKind kind() const { return static_cast<JsonKind>(node_->kind); }
  bool is_null() const { return kind() == JsonKind::kNull; }

  // Return the value, or an error that says what it must be.
  absl::StatusOr<bool> Bool() const;
  absl::StatusOr<int64_t> Int64() const;  // 1.0 is not an integer
  absl::StatusOr<uint64_t> Uint64() const;
  absl::StatusOr<double> Number() const;  // any number; finite
  absl::StatusOr<std::string_view> String() const;
  absl::StatusOr<JsonArray> Array() const;
  absl::StatusOr<JsonObject> Object() const;

  // The text of a string; of anything else a view of nothing, whose data() is
  // null. For hot paths, on which nobody reads an error.
  std::string_view TextOrNull() const {
    return kind() == JsonKind::kString ? text() : std::string_view();
  }

  // Likewise: a whole number that Int64 returns; of anything else null.
  const int64_t* Int64OrNull() const {
    return kind() == JsonKind::kInt64 ? &node_->int64 : nullptr;
  }

  // Returns where the value stands: "headers.Accept[1]", "" for the document.
  std::string Path() const;

  // Returns an error about this value: its path and `what`.
  absl::Status Error(std::string_view what) const;

 private:
  friend class JsonArray;
  friend class JsonObject;
  friend class JsonReader;
  friend const internal::JsonNode* internal::NodeOf(const JsonValue& value);

  using Node = internal::JsonNode;

  JsonValue(const Node* root, const Node* node) : root_(root), node_(node) {}

  JsonValue Sibling() const { return {root_, node_ + node_->span}; }
  JsonValue FirstChild() const { return {root_, node_ + 1}; }
  // Of a name: its value, since a name has no descendants.
  JsonValue Behind() const { return {root_, node_ + 1}; }
  std::string_view text() const { return {node_->text, node_->size}; }

  const Node* root_;
  const Node* node_;
};

inline const internal::JsonNode* internal::NodeOf(const JsonValue& value) {
  return value.node_;
}

// for (const JsonValue item : array) ...
class JsonArray {
 public:
  class Iterator {
   public:
    JsonValue operator*() const { return at_; }
    Iterator& operator++() {
      at_ = at_.Sibling();
      return *this;
    }
    bool operator==(const Iterator& other) const {
      return at_.node_ == other.at_.node_;
    }

   private:
    friend class JsonArray;
    explicit Iterator(JsonValue at) : at_(at) {}
    JsonValue at_;
  };

  size_t size() const { return value_.node_->size; }
  Iterator begin() const { return Iterator(value_.FirstChild()); }
  Iterator end() const { return Iterator(value_.Sibling()); }

 private:
  friend class JsonValue;
  explicit JsonArray(JsonValue value) : value_(value) {}
  JsonValue value_;
};

struct JsonMember {
  std::string_view name;
  JsonValue value;

  // Compares the name with a literal, whose size the compiler knows.
  template <size_t kSize>
  bool Is(const char (&literal)[kSize]) const {
    return name.size() == kSize - 1 &&
           std::memcmp(name.data(), literal, kSize - 1) == 0;
  }
};

// for (const JsonMember member : object) ...
class JsonObject {
 public:
  class Iterator {
   public:
    JsonMember operator*() const { return {name_.text(), name_.Behind()}; }
    Iterator& operator++() {
      name_ = name_.Behind().Sibling();
      return *this;
    }
    bool operator==(const Iterator& other) const {
      return name_.node_ == other.name_.node_;
    }

   private:
    friend class JsonObject;
    explicit Iterator(JsonValue name) : name_(name) {}
    JsonValue name_;
  };

  size_t size() const { return value_.node_->size; }
  Iterator begin() const { return Iterator(value_.FirstChild()); }
  Iterator end() const { return Iterator(value_.Sibling()); }

  std::optional<JsonValue> Find(std::string_view name) const;

  // Returns the member, or an error that says that it is missing.
  absl::StatusOr<JsonValue> Get(std::string_view name) const;

 private:
  friend class JsonReader;
  friend class JsonValue;
  explicit JsonObject(JsonValue value) : value_(value) {}
  JsonValue value_;
};

class JsonReader {
 public:
  struct Options {
    size_t bytes_max = limits::kInputLineBytesMax;
    size_t depth_max = limits::kJsonDepthMax;  // of arrays and objects
    // Whole numbers beyond 64 bits are read as doubles, not refused.
    bool big_integers = false;
  };

  explicit JsonReader(const Options& options);
  ~JsonReader();
  JsonReader(const JsonReader&) = delete;
  JsonReader& operator=(const JsonReader&) = delete;

  // Reads a document of any kind.
  absl::StatusOr<JsonValue> Parse(std::string_view text)
      ABSL_ATTRIBUTE_LIFETIME_BOUND;

  // Reads a document that is an object.
  absl::StatusOr<JsonObject> ParseObject(std::string_view text)
      ABSL_ATTRIBUTE_LIFETIME_BOUND;

  // Returns room for a document of up to `size` bytes, until the next call of
  // anything but ParseObjectInRoom, and reads the `size` bytes that were
  // written there, which stay: for who would have to put them somewhere anyway.
  // REQUIRES: `size` is within the room, and within bytes_max.
  char* Room(size_t size) ABSL_ATTRIBUTE_LIFETIME_BOUND;
  absl::StatusOr<JsonObject> ParseObjectInRoom(size_t size)
      ABSL_ATTRIBUTE_LIFETIME_BOUND;

  // Overwrites every copy of what was read, for documents with secrets. Not for
  // readers of big_integers, which make more copies.
  void Wipe();

 private:
  struct Parser;  // of simdjson, which reader.cc knows

  absl::Status Load(std::string_view text);
  bool ReadPlain(size_t size);
  absl::StatusOr<JsonValue> ReadAny(size_t size);
  absl::StatusOr<JsonValue> ReadByLibrary(size_t size);

  const Options options_;
  std::unique_ptr<Parser> parser_;
};

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_JSON_READER_H_
