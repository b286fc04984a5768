#include "engine/json/reader.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/json/member_names.h"
#include "engine/json/plain_json.h"
#include "simdjson.h"

namespace tollgate {
namespace {

using internal::FindTwice;
using internal::JsonNode;
using internal::NameFilter;
using internal::PlainJsonRoom;
using simdjson::dom::element;
using simdjson::dom::element_type;

// Nodes are counted in 29 bits, and a document has fewer nodes than bytes.
constexpr size_t kBytesCeiling = size_t{1} << 28;

// What a reader prepares for; longer documents make it grow.
constexpr size_t kBytesAtFirst = 512;

// Of a member name that an error shows.
constexpr size_t kNameShownMax = 40;

std::string_view Explain(simdjson::error_code error) {
  switch (error) {
    case simdjson::EMPTY:
      return "empty, where a JSON document is expected";
    case simdjson::UTF8_ERROR:
      return "not UTF-8";
    case simdjson::DEPTH_ERROR:
      return "JSON is nested too deeply";
    case simdjson::STRING_ERROR:
      return "not JSON: bad escape in a string, or a lone surrogate";
    case simdjson::UNESCAPED_CHARS:
      return "not JSON: control character in a string";
    case simdjson::UNCLOSED_STRING:
      return "not JSON: a string does not end";
    case simdjson::NUMBER_ERROR:
      return "not JSON: bad number, or one out of range";
    case simdjson::MEMALLOC:
      return "out of memory";
    default:
      return "not JSON";
  }
}

// Names in errors are readable, short and one line. A longer one is not shown:
// it may be a key that stands in the wrong place.
std::string ShowName(std::string_view name) {
  if (name.size() <= kNameShownMax) return absl::Utf8SafeCHexEscape(name);
  return absl::StrCat("(of ", name.size(), " bytes)");
}

void Overwrite(char* data, size_t size) {
  std::fill_n(static_cast<volatile char*>(data), size, '\0');
}

// Turns simdjson's document into nodes, and finds members of one name.
class NodeBuilder {
 public:
  // REQUIRES: room for as many nodes as the document has bytes; it has no more
  // values than those.
  explicit NodeBuilder(JsonNode* nodes) : at_(nodes) {}

  // Recurses as deep as the document, which simdjson has bounded. Returns
  // false, and twice() is set, when a name is there twice.
  bool Append(const element& value) {
    switch (value.type()) {
      case element_type::ARRAY:
        return AppendArray(value.get_array().value_unsafe());
      case element_type::OBJECT:
        return AppendObject(value.get_object().value_unsafe());
      default:
        AppendScalar(value);
        return true;
    }
  }

  std::string_view twice() const { return twice_; }

 private:
  JsonNode& Add(JsonKind kind) {
    JsonNode& node = *at_++;
    node.int64 = 0;
    node.size = 0;
    node.span = 1;
    node.kind = static_cast<uint32_t>(kind);
    return node;
  }

  const JsonNode* AppendText(std::string_view text) {
    JsonNode& node = Add(JsonKind::kString);
    node.text = text.data();
    node.size = static_cast<uint32_t>(text.size());
    return &node;
  }

  void AppendScalar(const element& value) {
    switch (value.type()) {
      case element_type::BOOL:
        Add(JsonKind::kBool).truth = value.get_bool().value_unsafe();
        break;
      case element_type::INT64:
        Add(JsonKind::kInt64).int64 = value.get_int64().value_unsafe();
        break;
      case element_type::UINT64:
        Add(JsonKind::kUint64).uint64 = value.get_uint64().value_unsafe();
        break;
      case element_type::DOUBLE:
        Add(JsonKind::kDouble).number = value.get_double().value_unsafe();
        break;
      case element_type::STRING:
        AppendText(value.get_string().value_unsafe());
        break;
      default:
        Add(JsonKind::kNull);
    }
  }

  void Close(JsonNode& node, uint32_t size) {
    node.size = size;
    node.span = static_cast<uint32_t>(at_ - &node);
  }

  bool AppendArray(const simdjson::dom::array& array) {
    JsonNode& node = Add(JsonKind::kArray);
    uint32_t size = 0;
    for (const element item : array) {
      if (!Append(item)) return false;
      ++size;
    }
    Close(node, size);
    return true;
  }

  bool AppendObject(const simdjson::dom::object& object) {
    JsonNode& node = Add(JsonKind::kObject);
    NameFilter names;
    uint32_t size = 0;
    for (const auto member : object) {
      names.Add(AppendText(member.key));
      if (!Append(member.value)) return false;
      ++size;
    }
    Close(node, size);
    if (!names.maybe_twice()) return true;
    const JsonNode* const twice = FindTwice(&node);
    if (twice != nullptr) twice_ = {twice->text, twice->size};
    return twice == nullptr;
  }

  JsonNode* at_;
  std::string_view twice_;
};

}  // namespace

absl::StatusOr<bool> JsonValue::Bool() const {
  if (kind() != JsonKind::kBool) return Error("must be true or false");
  return node_->truth;
}

absl::StatusOr<int64_t> JsonValue::Int64() const {
  if (kind() == JsonKind::kUint64) return Error("is out of range");
  if (kind() != JsonKind::kInt64) return Error("must be an integer");
  return node_->int64;
}

absl::StatusOr<uint64_t> JsonValue::Uint64() const {
  if (kind() == JsonKind::kUint64) return node_->uint64;
  if (kind() != JsonKind::kInt64) return Error("must be an integer");
  if (node_->int64 < 0) return Error("must not be negative");
  return static_cast<uint64_t>(node_->int64);
}

absl::StatusOr<double> JsonValue::Number() const {
  switch (kind()) {
    case JsonKind::kInt64:
      return static_cast<double>(node_->int64);
    case JsonKind::kUint64:
      return static_cast<double>(node_->uint64);
    case JsonKind::kDouble:
      return node_->number;
    default:
      return Error("must be a number");
  }
}

absl::StatusOr<std::string_view> JsonValue::String() const {
  if (kind() != JsonKind::kString) return Error("must be a string");
  return text();
}

absl::StatusOr<JsonArray> JsonValue::Array() const {
  if (kind() != JsonKind::kArray) return Error("must be a list");
  return JsonArray(*this);
}

absl::StatusOr<JsonObject> JsonValue::Object() const {
  if (kind() != JsonKind::kObject) return Error("must be an object");
  return JsonObject(*this);
}

// Walks down from the document, at each level into the child that holds the
// value: slow, and only for errors.
std::string JsonValue::Path() const {
  std::string path;
  JsonValue at(root_, root_);
  while (at.node_ != node_) {
    const bool in_object = at.kind() == JsonKind::kObject;
    JsonValue child = at.FirstChild();
    for (size_t i = 0;; ++i) {
      const JsonValue name = child;
      if (in_object) child = child.Sibling();
      if (node_ < child.node_ + child.node_->span) {
        const std::string_view dot = path.empty() ? "" : ".";
        absl::StrAppend(&path, in_object
                                   ? absl::StrCat(dot, ShowName(name.text()))
                                   : absl::StrCat("[", i, "]"));
        break;
      }
      child = child.Sibling();
    }
    at = child;
  }
  return path;
}

absl::Status JsonValue::Error(std::string_view what) const {
  const std::string path = Path();
  return absl::InvalidArgumentError(
      path.empty() ? std::string(what) : absl::StrCat(path, ": ", what));
}

std::optional<JsonValue> JsonObject::Find(std::string_view name) const {
  for (const JsonMember member : *this) {
    if (member.name == name) return member.value;
  }
  return std::nullopt;
}

absl::StatusOr<JsonValue> JsonObject::Get(std::string_view name) const {
  const std::optional<JsonValue> found = Find(name);
  if (found.has_value()) return *found;
  return value_.Error(absl::StrCat("\"", name, "\" is missing"));
}

namespace {

// So many digits may be too many for 64 bits.
constexpr size_t kBigDigits = 19;

// Returns the bytes of the string at the front of `text`, with its quotes.
size_t StringBytes(std::string_view text) {
  size_t at = 1;
  while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2 : 1;
  return std::min(at + 1, text.size());
}

// Returns the document with an exponent of zero behind every whole number of
// many digits, by which the same number becomes a double. What is not JSON
// stays so: digits that nothing may follow, e0 may not follow.
std::string WithExponents(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    size_t size = 1;
    bool big = false;
    if (text.front() == '"') {
      size = StringBytes(text);
    } else if (absl::ascii_isdigit(static_cast<unsigned char>(text.front()))) {
      size = std::min(text.find_first_not_of("0123456789"), text.size());
      const size_t end =
          std::min(text.find_first_not_of("0123456789+-.eE"), text.size());
      big = size >= kBigDigits && size == end;
      size = end;
    }
    absl::StrAppend(&out, text.substr(0, size), big ? "e0" : "");
    text.remove_prefix(size);
  }
  return out;
}

}  // namespace

// Everything that a document is read into.
struct JsonReader::Parser {
  static constexpr size_t kPaddingBytes = 64;
  static_assert(kPaddingBytes >= internal::kPlainJsonPadding &&
                kPaddingBytes >= simdjson::SIMDJSON_PADDING);

  void Reserve(size_t size) {
    if (text != nullptr && size <= size_max) return;
    const size_t room = std::max(size, kBytesAtFirst);
    text.reset(new char[room + kPaddingBytes]);
    unescaped.reset(new char[PlainJsonRoom::Unescaped(room)]);
    nodes.reset(new JsonNode[room]);
    stops.reset(new uint64_t[PlainJsonRoom::Stops(room)]);
    size_max = room;
  }

  JsonValue root() const { return {nodes.get(), nodes.get()}; }

  size_t size_max = 0;  // of a document
  size_t used = 0;      // by the longest one since the last Wipe
  std::unique_ptr<char[]> text;
  std::unique_ptr<char[]> unescaped;
  std::unique_ptr<JsonNode[]> nodes;
  std::unique_ptr<uint64_t[]> stops;
  simdjson::dom::parser library{kBytesCeiling};
  size_t library_used = 0;  // as above, of those that it read
};

JsonReader::JsonReader(const Options& options)
    : options_{std::min(options.bytes_max, kBytesCeiling), options.depth_max,
               options.big_integers},
      parser_(std::make_unique<Parser>()) {}

JsonReader::~JsonReader() = default;

char* JsonReader::Room(size_t size) {
  parser_->Reserve(size);
  return parser_->text.get();
}

absl::Status JsonReader::Load(std::string_view text) {
  if (text.size() > options_.bytes_max) {
    return absl::InvalidArgumentError(
        absl::StrCat("longer than ", options_.bytes_max, " bytes"));
  }
  std::copy(text.begin(), text.end(), Room(text.size()));
  return absl::OkStatus();
}

absl::StatusOr<JsonValue> JsonReader::Parse(std::string_view text) {
  const absl::Status loaded = Load(text);
  if (!loaded.ok()) return loaded;
  if (ReadPlain(text.size())) return parser_->root();
  return ReadAny(text.size());
}

absl::StatusOr<JsonObject> JsonReader::ParseObject(std::string_view text) {
  const absl::Status loaded = Load(text);
  if (!loaded.ok()) return loaded;
  return ParseObjectInRoom(text.size());
}

absl::StatusOr<JsonObject> JsonReader::ParseObjectInRoom(size_t size) {
  const bool plain = ReadPlain(size);
  const JsonValue root = parser_->root();
  if (plain && root.kind() == JsonKind::kObject) return JsonObject(root);
  const absl::StatusOr<JsonValue> document = plain ? root : ReadAny(size);
  if (!document.ok()) return document.status();
  return document->Object();
}

bool JsonReader::ReadPlain(size_t size) {
  char* const text = parser_->text.get();
  parser_->used = std::max(parser_->used, size);
  std::memset(text + size, 0, Parser::kPaddingBytes);
  return internal::ReadPlainJson(text, size, options_.depth_max,
                                 {.nodes = parser_->nodes.get(),
                                  .unescaped = parser_->unescaped.get(),
                                  .stops = parser_->stops.get()});
}

// What is not plain is a document or not, and if it is not, this says why.
absl::StatusOr<JsonValue> JsonReader::ReadAny(size_t size) {
  auto document = ReadByLibrary(size);
  if (document.ok() || !options_.big_integers) return document;
  // It may be good but for its big numbers; most are not even that.
  const std::string again = WithExponents({parser_->text.get(), size});
  if (again.size() == size) return document;
  std::copy(again.begin(), again.end(), Room(again.size()));
  return ReadByLibrary(again.size());
}

absl::StatusOr<JsonValue> JsonReader::ReadByLibrary(size_t size) {
  const char* const text = parser_->text.get();
  if (std::memchr(text, '\0', size) != nullptr) {
    return absl::InvalidArgumentError("not JSON: a NUL byte");
  }
  simdjson::dom::parser& library = parser_->library;
  parser_->library_used = std::max(parser_->library_used, size);
  if (library.capacity() < size || library.max_depth() != options_.depth_max) {
    const auto error =
        library.allocate(std::max(size, kBytesAtFirst), options_.depth_max);
    if (error) return absl::InvalidArgumentError(Explain(error));
  }
  const auto document = library.parse(text, size, false);
  if (document.error()) {
    return absl::InvalidArgumentError(Explain(document.error()));
  }
  NodeBuilder builder(parser_->nodes.get());
  if (!builder.Append(document.value_unsafe())) {
    return absl::InvalidArgumentError(absl::StrCat(
        "member \"", ShowName(builder.twice()), "\" stands twice"));
  }
  return parser_->root();
}

// simdjson unescapes strings into string_buf: at most five bytes for three of
// the document (a short string has a length and a NUL besides), and it writes
// whole vectors.
void JsonReader::Wipe() {
  Parser& parser = *parser_;
  const size_t used = std::exchange(parser.used, 0);
  Overwrite(parser.text.get(), used);
  Overwrite(parser.unescaped.get(), used);
  Overwrite(reinterpret_cast<char*>(parser.nodes.get()),
            used * sizeof(JsonNode));
  if (auto* strings = parser.library.doc.string_buf.get()) {
    const size_t size = std::min(std::exchange(parser.library_used, 0),
                                 parser.library.capacity());
    Overwrite(reinterpret_cast<char*>(strings), size * 5 / 3);
  }
}

}  // namespace tollgate
