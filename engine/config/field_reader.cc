#include "engine/config/field_reader.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/base/duration.h"
#include "engine/base/limits.h"
#include "engine/config/suggestion.h"

namespace tollgate {
namespace {

std::string DescribePlain(const std::string& text) {
  switch (ResolvePlain(text)) {
    case PlainType::kNull:
      return "nothing";
    case PlainType::kBool:
      return absl::StrCat("the boolean `", text, "`");
    case PlainType::kNumber:
      return absl::StrCat("the number `", Excerpt(text), "`");
    case PlainType::kString:
      break;
  }
  return absl::StrCat("`", Excerpt(text), "`");
}

std::string Describe(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return "nothing";
    case YamlNode::Kind::kPlain:
      return DescribePlain(node.text);
    case YamlNode::Kind::kQuoted:
      return absl::StrCat("the string \"", Excerpt(node.text), "\"");
    case YamlNode::Kind::kSequence:
      return "a list";
    case YamlNode::Kind::kMapping:
      return "a mapping";
  }
  return "something else";
}

bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
}

bool IsPlainDecimal(std::string_view text) {
  if (text.empty() || (text.size() > 1 && text[0] == '0')) return false;
  return text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

void ReadContext::Fail(SourcePosition position, std::string_view message) {
  if (!only_missing_ && failed_at_ <= position) return;
  status_ = ErrorAt(file_, position, message);
  failed_at_ = position;
  only_missing_ = false;
}

void ReadContext::FailMissing(SourcePosition position,
                              std::string_view message) {
  if (!status_.ok()) return;
  status_ = ErrorAt(file_, position, message);
}

SourcePosition ReadContext::PositionOf(std::string_view path) const {
  const auto found = positions_.find(path);
  return found == positions_.end() ? SourcePosition{} : found->second;
}

Field::Field(ReadContext& context, const YamlNode& node, std::string path)
    : context_(&context), node_(&node), path_(std::move(path)) {
  context_->Record(path_, node_->position);
}

Field Field::Child(std::string_view key, const YamlNode& node) const {
  return Field(
      *context_, node,
      path_.empty() ? std::string(key) : absl::StrCat(path_, ".", key));
}

Field Field::Item(size_t index) const {
  return Field(*context_, node_->items[index],
               absl::StrCat(path_, "[", index, "]"));
}

void Field::FailType(std::string_view expected) const {
  Fail(absl::StrCat("expected ", expected, ", found ", Describe(*node_)));
}

Fields::Fields(const Field& field,
               std::initializer_list<std::string_view> known)
    : field_(field) {
  if (!IsMapping(field)) return;
  for (const YamlMember& member : field.node().members) {
    if (std::find(known.begin(), known.end(), member.key) != known.end()) {
      continue;
    }
    field.context().Fail(member.key_position,
                         absl::StrCat("unknown key `", Excerpt(member.key), "`",
                                      DidYouMean(member.key, known)));
  }
}

const YamlNode* Fields::Find(std::string_view key) const {
  for (const YamlMember& member : field_.node().members) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

void Fields::FailMissing(std::string_view key) const {
  field_.FailMissing(absl::StrCat("missing `", key, "`"));
}

void Fields::RequireEither(std::string_view a, std::string_view b,
                           std::string_view message) const {
  if (field_.node().kind != YamlNode::Kind::kMapping) return;
  if (!Has(a) && !Has(b)) field_.FailMissing(message);
}

bool IsMapping(const Field& field) {
  if (field.node().kind == YamlNode::Kind::kMapping) return true;
  field.FailType("a mapping");
  return false;
}

bool IsSequence(const Field& field) {
  if (field.node().kind == YamlNode::Kind::kSequence) return true;
  const YamlNode& node = field.node();
  const bool is_text = node.kind == YamlNode::Kind::kPlain ||
                       node.kind == YamlNode::Kind::kQuoted;
  field.FailType(is_text
                     ? absl::StrCat("a list such as [", Excerpt(node.text), "]")
                     : "a list");
  return false;
}

bool IsNonEmptySequence(const Field& field) {
  if (!IsSequence(field)) return false;
  if (!field.node().items.empty()) return true;
  field.Fail(
      "an empty list says neither everything nor nothing; leave it out, or "
      "list what is meant");
  return false;
}

std::string ReadString(const Field& field) {
  const YamlNode& node = field.node();
  const bool is_string = node.kind == YamlNode::Kind::kQuoted ||
                         (node.kind == YamlNode::Kind::kPlain &&
                          ResolvePlain(node.text) == PlainType::kString);
  if (!is_string) {
    const bool unquoted = node.kind == YamlNode::Kind::kPlain;
    field.FailType(unquoted ? "a string (in quotes, if it is meant to be one)"
                            : "a string");
    return "";
  }
  if (HasControl(node.text)) {
    field.Fail("line breaks and control characters are not allowed here");
    return "";
  }
  return node.text;
}

uint64_t ReadInteger(const Field& field, IntegerRange range) {
  const YamlNode& node = field.node();
  if (node.kind == YamlNode::Kind::kQuoted && IsPlainDecimal(node.text)) {
    field.Fail("expected a number, found a string; leave the quotes out");
    return range.least;
  }
  if (node.kind != YamlNode::Kind::kPlain || !IsPlainDecimal(node.text)) {
    field.FailType("a decimal number (digits only, no leading zero)");
    return range.least;
  }
  uint64_t value = 0;
  const char* end = node.text.data() + node.text.size();
  const auto [stop, error] = std::from_chars(node.text.data(), end, value);
  if (error != std::errc() || stop != end || value < range.least ||
      value > range.most) {
    field.Fail(absl::StrCat(Excerpt(node.text), " is out of range (",
                            range.least, " to ", range.most, ")"));
    return range.least;
  }
  return value;
}

bool ReadFlag(const Field& field) {
  const YamlNode& node = field.node();
  const bool plain = node.kind == YamlNode::Kind::kPlain;
  if (!plain || (node.text != "true" && node.text != "false")) {
    field.FailType("true or false");
  }
  return plain && node.text == "true";
}

uint64_t ReadDuration(const Field& field, ZeroDuration zero) {
  const YamlNode& node = field.node();
  if (node.kind != YamlNode::Kind::kPlain &&
      node.kind != YamlNode::Kind::kQuoted) {
    field.FailType("a duration such as 30s");
    return 1;
  }
  const absl::StatusOr<int64_t> micros = ParseDurationMicros(node.text);
  if (!micros.ok()) {
    field.Fail(micros.status().message());
    return 1;
  }
  if (*micros < 0 || (*micros == 0 && zero == ZeroDuration::kRefused)) {
    field.Fail("a duration of zero is not allowed here");
    return 1;
  }
  return static_cast<uint64_t>(*micros);
}

std::vector<std::string> ReadStrings(const Field& field, EmptyList empty) {
  std::vector<std::string> strings;
  const bool usable = empty == EmptyList::kAllowed ? IsSequence(field)
                                                   : IsNonEmptySequence(field);
  if (!usable) return strings;
  for (size_t i = 0; i < field.node().items.size(); ++i) {
    strings.push_back(ReadString(field.Item(i)));
  }
  return strings;
}

void ReadCache(const Field& field, uint64_t& entries, uint64_t& max_age_us) {
  const Fields fields(field, {"entries", "max_age"});
  fields.Optional("entries", [&](const Field& f) {
    entries = ReadInteger(f, {0, limits::kCacheEntriesMax});
  });
  fields.Optional("max_age",
                  [&](const Field& f) { max_age_us = ReadDuration(f); });
}

void FailWord(const Field& field, std::string_view word,
              const std::vector<std::string_view>& known) {
  field.Fail(absl::StrCat("`", Excerpt(word), "` is not known here",
                          DidYouMean(word, known)));
}

}  // namespace tollgate
