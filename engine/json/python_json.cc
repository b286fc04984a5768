#include "engine/json/python_json.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "engine/json/shortest_decimal.h"

namespace tollgate {
namespace {

// Where repr() of a float begins to use an exponent.
constexpr int kPointMax = 16;
constexpr int kPointMin = -3;

// Takes one code point off the front of `text`, which is valid UTF-8.
uint32_t TakeCodePoint(std::string_view& text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  const size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  uint32_t code = size == 1 ? lead : lead & (0x7f >> size);
  for (size_t i = 1; i < size; ++i) code = code << 6 | (byte(i) & 0x3f);
  text.remove_prefix(size);
  return code;
}

void AppendUnit(uint32_t unit, std::string& out) {
  absl::StrAppendFormat(&out, "\\u%04x", unit);
}

void AppendCodePoint(uint32_t code, std::string& out) {
  constexpr std::string_view kNamed = "\"\\\n\r\t\f\b";
  constexpr std::string_view kNames = "\"\\nrtfb";
  if (code < 0x80) {
    const size_t named = kNamed.find(static_cast<char>(code));
    if (named != std::string_view::npos) {
      out.push_back('\\');
      out.push_back(kNames[named]);
      return;
    }
  }
  if (code >= 0x20 && code < 0x7f) {
    out.push_back(static_cast<char>(code));
  } else if (code < 0x10000) {
    AppendUnit(code, out);
  } else {
    AppendUnit(0xd800 + ((code - 0x10000) >> 10), out);
    AppendUnit(0xdc00 + ((code - 0x10000) & 0x3ff), out);
  }
}

void AppendText(std::string_view text, std::string& out) {
  out.push_back('"');
  while (!text.empty()) AppendCodePoint(TakeCodePoint(text), out);
  out.push_back('"');
}

void AppendFloat(double value, std::string& out) {
  if (std::signbit(value)) out.push_back('-');
  if (value == 0) {
    out.append("0.0");
    return;
  }
  const ShortestDecimal decimal(value);
  const std::string_view digits = decimal.digits();
  const auto size = static_cast<int>(digits.size());
  const int point = decimal.point();
  if (point > kPointMax || point < kPointMin) {
    out.push_back(digits.front());
    if (size > 1) absl::StrAppend(&out, ".", digits.substr(1));
    absl::StrAppendFormat(&out, "e%c%02d", point > 0 ? '+' : '-',
                          std::abs(point - 1));
  } else if (point <= 0) {
    absl::StrAppend(&out, "0.", std::string(static_cast<size_t>(-point), '0'),
                    digits);
  } else if (size <= point) {
    absl::StrAppend(&out, digits,
                    std::string(static_cast<size_t>(point - size), '0'), ".0");
  } else {
    absl::StrAppend(&out, digits.substr(0, static_cast<size_t>(point)), ".",
                    digits.substr(static_cast<size_t>(point)));
  }
}

void AppendArray(const JsonArray& array, std::string& out) {
  out.push_back('[');
  bool first = true;
  for (const JsonValue item : array) {
    if (!first) out.append(", ");
    first = false;
    AppendPythonJson(item, out);
  }
  out.push_back(']');
}

// UTF-8 has the order of code points.
void AppendObject(const JsonObject& object, std::string& out) {
  std::vector<JsonMember> members;
  for (const JsonMember member : object) members.push_back(member);
  std::sort(
      members.begin(), members.end(),
      [](const JsonMember& a, const JsonMember& b) { return a.name < b.name; });
  out.push_back('{');
  for (const JsonMember& member : members) {
    if (&member != members.data()) out.append(", ");
    AppendText(member.name, out);
    out.append(": ");
    AppendPythonJson(member.value, out);
  }
  out.push_back('}');
}

}  // namespace

void AppendPythonJson(const JsonValue& value, std::string& out) {
  switch (value.kind()) {
    case JsonKind::kNull:
      out.append("null");
      return;
    case JsonKind::kBool:
      out.append(*value.Bool() ? "true" : "false");
      return;
    case JsonKind::kInt64:
      absl::StrAppend(&out, *value.Int64());
      return;
    case JsonKind::kUint64:
      absl::StrAppend(&out, *value.Uint64());
      return;
    case JsonKind::kDouble:
      AppendFloat(*value.Number(), out);
      return;
    case JsonKind::kString:
      AppendText(*value.String(), out);
      return;
    case JsonKind::kArray:
      AppendArray(*value.Array(), out);
      return;
    case JsonKind::kObject:
      AppendObject(*value.Object(), out);
      return;
  }
}

}  // namespace tollgate
