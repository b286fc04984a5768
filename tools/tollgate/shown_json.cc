#include "tools/tollgate/shown_json.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/json/write_value.h"

namespace tollgate::cli {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Controls, format characters, spaces beside U+0020, separators, fillers,
// variation selectors, tags, private use and noncharacters at the end of a
// plane (Unicode 15: Cc, Cf, Zs, Zl, Zp, Co, and what shows as nothing).
constexpr Range kInvisible[] = {
    {0x0000, 0x001F},   {0x007F, 0x00A0},   {0x00AD, 0x00AD},
    {0x034F, 0x034F},   {0x0600, 0x0605},   {0x061C, 0x061C},
    {0x06DD, 0x06DD},   {0x070F, 0x070F},   {0x0890, 0x0891},
    {0x08E2, 0x08E2},   {0x115F, 0x1160},   {0x1680, 0x1680},
    {0x17B4, 0x17B5},   {0x180B, 0x180F},   {0x2000, 0x200F},
    {0x2028, 0x202F},   {0x205F, 0x206F},   {0x2800, 0x2800},
    {0x3000, 0x3000},   {0x3164, 0x3164},   {0xE000, 0xF8FF},
    {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},   {0xFFA0, 0xFFA0},
    {0xFFF0, 0xFFFF},   {0x110BD, 0x110BD}, {0x110CD, 0x110CD},
    {0x13430, 0x1343F}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A},
    {0xE0000, 0x10FFFF}};

bool IsInvisible(char32_t c) {
  const Range* const after = std::upper_bound(
      std::begin(kInvisible), std::end(kInvisible), c,
      [](char32_t value, const Range& range) { return value < range.first; });
  return after != std::begin(kInvisible) && c <= (after - 1)->last;
}

// Takes one character from the front of `text`, which is valid UTF-8 and not
// empty.
char32_t TakeCharacter(std::string_view& text) {
  const auto byte = [&text](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  const size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  char32_t c = size == 1 ? lead : lead & (0x7Fu >> size);
  for (size_t i = 1; i < size; ++i) c = c << 6 | (byte(i) & 0x3F);
  text.remove_prefix(size);
  return c;
}

void AppendEscape(char32_t c, std::string& out) {
  const auto append = [&out](uint32_t unit) {
    absl::StrAppend(&out, "\\u", absl::Hex(unit, absl::kZeroPad4));
  };
  if (c < 0x10000) return append(c);
  append(0xD800 + ((c - 0x10000) >> 10));
  append(0xDC00 + ((c - 0x10000) & 0x3FF));
}

class Printer {
 public:
  explicit Printer(JsonLayout layout)
      : indented_(layout == JsonLayout::kIndented) {}

  void Print(const JsonValue& value) {
    switch (value.kind()) {
      case JsonKind::kObject:
        return PrintObject(*value.Object());
      case JsonKind::kArray:
        return PrintArray(*value.Array());
      case JsonKind::kString:
        out_ += ShownText(*value.String());
        return;
      case JsonKind::kNull:
      case JsonKind::kBool:
      case JsonKind::kInt64:
      case JsonKind::kUint64:
      case JsonKind::kDouble:
        out_ += JsonText(value);
        return;
    }
  }

  std::string Take() { return std::move(out_); }

 private:
  void PrintObject(const JsonObject& object) {
    Open('{');
    for (const JsonMember member : object) {
      BeginItem();
      absl::StrAppend(&out_, ShownText(member.name), indented_ ? ": " : ":");
      Print(member.value);
    }
    Close('}', object.size());
  }

  void PrintArray(const JsonArray& array) {
    Open('[');
    for (const JsonValue item : array) {
      BeginItem();
      Print(item);
    }
    Close(']', array.size());
  }

  void Open(char bracket) {
    out_ += bracket;
    ++depth_;
  }

  void BeginItem() {
    if (out_.back() != '{' && out_.back() != '[') out_ += ',';
    BreakLine();
  }

  void Close(char bracket, size_t items) {
    --depth_;
    if (items != 0) BreakLine();
    out_ += bracket;
  }

  void BreakLine() {
    if (indented_) absl::StrAppend(&out_, "\n", std::string(2 * depth_, ' '));
  }

  const bool indented_;
  size_t depth_ = 0;
  std::string out_;
};

}  // namespace

std::string ShownJson(const JsonValue& value, JsonLayout layout) {
  Printer printer(layout);
  printer.Print(value);
  return printer.Take();
}

std::string ShownText(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const std::string_view before = text;
    const char32_t c = TakeCharacter(text);
    if (IsInvisible(c)) {
      AppendEscape(c, out);
    } else if (c == '"' || c == '\\') {
      absl::StrAppend(&out, "\\", before.substr(0, 1));
    } else {
      out += before.substr(0, before.size() - text.size());
    }
  }
  return out += '"';
}

}  // namespace tollgate::cli
