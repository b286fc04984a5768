// Reads untrusted YAML 1.2 (and so JSON) into a plain tree with positions.
//
// Strict where YAML is generous: anchors, aliases, tags, merge keys, several
// documents, keys that are not strings, duplicate keys, and more nesting or
// more nodes than limits.h allows are errors. So nothing in the tree was
// written elsewhere than where it stands, and its size is bounded by the text.
//
// Use it for configuration; not per request. Thread-safety: pure functions.
// Errors: InvalidArgument, "file:line:column: message". No exception escapes.

#ifndef TOLLGATE_ENGINE_CONFIG_YAML_READER_H_
#define TOLLGATE_ENGINE_CONFIG_YAML_READER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/config/source_text.h"

namespace tollgate {

struct YamlMember;

struct YamlNode {
  enum class Kind : uint8_t {
    kNull,      // nothing, ~ or null
    kPlain,     // a scalar without quotes: what it means is its reader's
    kQuoted,    // always a string
    kSequence,  // items
    kMapping,   // members, in order, keys distinct
  };

  Kind kind = Kind::kNull;
  SourcePosition position;
  std::string text;
  std::vector<YamlNode> items;
  std::vector<YamlMember> members;
};

struct YamlMember {
  std::string key;
  SourcePosition key_position;
  YamlNode value;
};

// Parses exactly one document. `file` names it in errors.
absl::StatusOr<YamlNode> ReadYaml(std::string_view text, std::string_view file);

// Tells what a plain scalar is by the core schema of YAML 1.2 (section
// 10.3.2): `no` and `1_000` are strings, `010` is a number.
enum class PlainType : uint8_t { kString, kNull, kBool, kNumber };
PlainType ResolvePlain(std::string_view text);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_CONFIG_YAML_READER_H_
