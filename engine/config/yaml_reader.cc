#include "engine/config/yaml_reader.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <exception>
#include <sstream>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/base/limits.h"

namespace tollgate {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// Stops the parser from inside a callback; caught in ReadYaml.
struct Refusal {
  absl::Status status;
};

SourcePosition PositionOf(const YAML::Mark& mark) {
  return {mark.line + 1, mark.column + 1};
}

// Builds the tree from the parser's events.
//
// `open_` holds the collections being read, outermost first, by value: a
// finished one is moved into its parent. A key waits in `pending_key` until its
// value is complete.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view text, std::string_view file)
      : text_(text), file_(file) {}

  // Returns the tree; of an empty text, kNull at its start.
  YamlNode TakeRoot() {
    if (!has_root_) root_.position = {1, 1};
    return std::move(root_);
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    // Also ends texts such as ",", of which yaml-cpp makes documents for ever.
    if (++documents_ > 1) Refuse(mark, "more than one document");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    RefuseAnchor(mark, anchor);
    Add(mark, YamlNode::Kind::kNull, "");
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    Refuse(mark, "aliases (`*name`) are not allowed; write the value out");
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag,
                YAML::anchor_t anchor, const std::string& value) override {
    RefuseAnchor(mark, anchor);
    if (tag == "?") return Add(mark, YamlNode::Kind::kPlain, value);
    // "!" stands for a quoted or block scalar, but also for a bare `!`.
    if (tag != "!" || !IsQuotedAt(mark)) RefuseTag(mark);
    if (value.find('\0') != std::string::npos) Refuse(mark, "NUL in a string");
    Add(mark, YamlNode::Kind::kQuoted, value);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
                       YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Open(mark, tag, anchor, YamlNode::Kind::kSequence);
  }
  void OnSequenceEnd() override { Close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag,
                  YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    Open(mark, tag, anchor, YamlNode::Kind::kMapping);
  }
  void OnMapEnd() override { Close(); }

 private:
  struct Collection {
    YamlNode node;
    absl::flat_hash_set<std::string> keys;
    YamlMember pending_key;
    bool has_pending_key = false;
  };

  [[noreturn]] void Refuse(const YAML::Mark& mark, std::string_view message) {
    throw Refusal{ErrorAt(file_, PositionOf(mark), message)};
  }

  [[noreturn]] void RefuseTag(const YAML::Mark& mark) {
    Refuse(mark, "tags (`!name`) are not allowed");
  }

  void RefuseAnchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0) Refuse(mark, "anchors (`&name`) are not allowed");
  }

  bool IsQuotedAt(const YAML::Mark& mark) const {
    const auto at = static_cast<size_t>(mark.pos);
    return at < text_.size() && absl::StrContains("\"'|>", text_[at]);
  }

  YamlNode MakeNode(const YAML::Mark& mark, YamlNode::Kind kind) {
    if (++nodes_ > limits::kConfigNodesMax) {
      Refuse(mark,
             absl::StrCat("more than ", limits::kConfigNodesMax, " values"));
    }
    YamlNode node;
    node.kind = kind;
    node.position = PositionOf(mark);
    return node;
  }

  bool ExpectsKey() const {
    return !open_.empty() &&
           open_.back().node.kind == YamlNode::Kind::kMapping &&
           !open_.back().has_pending_key;
  }

  void Add(const YAML::Mark& mark, YamlNode::Kind kind,
           const std::string& text) {
    if (ExpectsKey()) return AddKey(mark, kind, text);
    YamlNode node = MakeNode(mark, kind);
    node.text = text;
    Place(std::move(node));
  }

  void AddKey(const YAML::Mark& mark, YamlNode::Kind kind,
              const std::string& text) {
    Collection& mapping = open_.back();
    const bool is_string = kind == YamlNode::Kind::kQuoted ||
                           (kind == YamlNode::Kind::kPlain &&
                            ResolvePlain(text) == PlainType::kString);
    if (!is_string) {
      Refuse(mark, absl::StrCat("a key must be a string; write it as \"",
                                Excerpt(text), "\""));
    }
    if (text == "<<" && kind == YamlNode::Kind::kPlain) {
      Refuse(mark, "merge keys (`<<`) are not allowed");
    }
    if (!mapping.keys.insert(text).second) {
      Refuse(mark, absl::StrCat("duplicate key `", Excerpt(text), "`"));
    }
    mapping.pending_key.key = text;
    mapping.pending_key.key_position = PositionOf(mark);
    mapping.has_pending_key = true;
  }

  void Open(const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor, YamlNode::Kind kind) {
    RefuseAnchor(mark, anchor);
    if (tag != "?") RefuseTag(mark);
    if (ExpectsKey()) Refuse(mark, "a key must be a string");
    if (open_.size() >= limits::kConfigNestingMax) {
      Refuse(mark, absl::StrCat("nested deeper than ",
                                limits::kConfigNestingMax, " levels"));
    }
    open_.push_back({MakeNode(mark, kind), {}, {}, false});
  }

  void Close() {
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    Place(std::move(node));
  }

  // Gives a complete node to the innermost open collection.
  void Place(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      has_root_ = true;
      return;
    }
    Collection& parent = open_.back();
    if (parent.node.kind == YamlNode::Kind::kSequence) {
      parent.node.items.push_back(std::move(node));
      return;
    }
    parent.pending_key.value = std::move(node);
    parent.node.members.push_back(std::move(parent.pending_key));
    parent.pending_key = {};
    parent.has_pending_key = false;
  }

  const std::string_view text_;
  const std::string_view file_;
  std::vector<Collection> open_;
  YamlNode root_;
  bool has_root_ = false;
  int documents_ = 0;
  size_t nodes_ = 0;
};

// Throws what yaml-cpp throws, and Refusal.
void ParseInto(std::string_view text, TreeBuilder& builder) {
  std::istringstream stream{std::string(text)};
  YAML::Parser parser(stream);
  while (parser.HandleNextDocument(builder)) {
  }
}

bool IsDigits(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return false;
  }
  return true;
}

// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
bool IsDecimal(std::string_view text) {
  const auto drop_sign = [](std::string_view s) {
    if (!s.empty() && (s[0] == '-' || s[0] == '+')) s.remove_prefix(1);
    return s;
  };
  text = drop_sign(text);
  const size_t exponent = text.find_first_of("eE");
  if (exponent != std::string_view::npos) {
    if (!IsDigits(drop_sign(text.substr(exponent + 1)))) return false;
    text = text.substr(0, exponent);
  }
  const size_t point = text.find('.');
  if (point == std::string_view::npos) return IsDigits(text);
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction = text.substr(point + 1);
  return whole.empty()
             ? IsDigits(fraction)
             : IsDigits(whole) && (fraction.empty() || IsDigits(fraction));
}

bool IsPrefixedInteger(std::string_view text) {
  const bool hex = absl::StartsWith(text, "0x");
  if ((!hex && !absl::StartsWith(text, "0o")) || text.size() < 3) return false;
  return text.substr(2).find_first_not_of(hex ? "0123456789abcdefABCDEF"
                                              : "01234567") ==
         std::string_view::npos;
}

bool IsSpecialFloat(std::string_view text) {
  if (text == ".nan" || text == ".NaN" || text == ".NAN") return true;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    text.remove_prefix(1);
  }
  return text == ".inf" || text == ".Inf" || text == ".INF";
}

}  // namespace

PlainType ResolvePlain(std::string_view text) {
  for (const std::string_view word : {"", "~", "null", "Null", "NULL"}) {
    if (text == word) return PlainType::kNull;
  }
  for (const std::string_view word :
       {"true", "True", "TRUE", "false", "False", "FALSE"}) {
    if (text == word) return PlainType::kBool;
  }
  return IsDecimal(text) || IsPrefixedInteger(text) || IsSpecialFloat(text)
             ? PlainType::kNumber
             : PlainType::kString;
}

absl::StatusOr<YamlNode> ReadYaml(std::string_view text,
                                  std::string_view file) {
  if (absl::Status status = CheckSourceText(text, file); !status.ok()) {
    return status;
  }
  absl::ConsumePrefix(&text, kByteOrderMark);
  TreeBuilder builder(text, file);
  // The one place where exceptions end: yaml-cpp reports errors by them.
  try {
    ParseInto(text, builder);
  } catch (const Refusal& refusal) {
    return refusal.status;
  } catch (const YAML::Exception& e) {
    return ErrorAt(file, PositionOf(e.mark), Excerpt(e.msg));
  } catch (const std::exception& e) {
    return ErrorAt(file, {}, absl::StrCat("cannot parse: ", Excerpt(e.what())));
  }
  return builder.TakeRoot();
}

}  // namespace tollgate
