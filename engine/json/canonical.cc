#include "engine/json/canonical.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "engine/json/shortest_decimal.h"

namespace tollgate {
namespace {

// Whole numbers up to this are doubles, and written as they are read.
constexpr int64_t kExactMax = int64_t{1} << 53;

// Where ECMAScript begins to use an exponent.
constexpr int kPointMax = 21;
constexpr int kPointMin = -5;

constexpr uint64_t Repeat(uint8_t byte) { return ~uint64_t{0} / 0xff * byte; }

// Marks the bytes that are zero; a mark above the lowest may be wrong.
uint64_t MarkZeros(uint64_t word) {
  return (word - Repeat(0x01)) & ~word & Repeat(0x80);
}

// Whether one of eight bytes has to be escaped: a control character, a
// quotation mark or a backslash.
bool HasEscaped(uint64_t word) {
  const uint64_t controls = (word - Repeat(0x20)) & ~word & Repeat(0x80);
  return (controls | MarkZeros(word ^ Repeat('"')) |
          MarkZeros(word ^ Repeat('\\'))) != 0;
}

bool IsEscaped(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

// Returns how many bytes at the front stand for themselves.
size_t PlainBytes(std::string_view text) {
  size_t size = 0;
  for (; size + sizeof(uint64_t) <= text.size(); size += sizeof(uint64_t)) {
    uint64_t word;
    std::memcpy(&word, text.data() + size, sizeof(word));
    if (HasEscaped(word)) break;
  }
  while (size < text.size() && !IsEscaped(text[size])) ++size;
  return size;
}

void AppendEscaped(char c, std::string& out) {
  switch (c) {
    case '"':
    case '\\':
      out.push_back('\\');
      out.push_back(c);
      return;
    case '\b':
      out.append("\\b");
      return;
    case '\t':
      out.append("\\t");
      return;
    case '\n':
      out.append("\\n");
      return;
    case '\f':
      out.append("\\f");
      return;
    case '\r':
      out.append("\\r");
      return;
    default:
      constexpr char kHex[] = "0123456789abcdef";
      out.append("\\u00");
      out.push_back(kHex[c >> 4]);
      out.push_back(kHex[c & 0xf]);
  }
}

void AppendInteger(int64_t value, std::string& out) {
  if (value < -kExactMax || value > kExactMax) {
    AppendCanonicalNumber(static_cast<double>(value), out);
  } else {
    absl::StrAppend(&out, value);
  }
}

void AppendArray(const JsonArray& array, std::string& out) {
  char separator = '[';
  for (const JsonValue item : array) {
    out.push_back(separator);
    AppendCanonical(item, out);
    separator = ',';
  }
  if (separator == '[') out.push_back('[');
  out.push_back(']');
}

void AppendObject(const JsonObject& object, std::string& out) {
  constexpr size_t kFewMembers = 32;
  absl::InlinedVector<JsonMember, kFewMembers> members;
  members.reserve(object.size());
  for (const JsonMember member : object) members.push_back(member);
  const auto before = [](const JsonMember& a, const JsonMember& b) {
    return BeforeInUtf16(a.name, b.name);
  };
  if (!std::is_sorted(members.begin(), members.end(), before)) {
    std::sort(members.begin(), members.end(), before);
  }
  out.push_back('{');
  for (const JsonMember& member : members) {
    if (&member != members.data()) out.push_back(',');
    AppendCanonicalString(member.name, out);
    out.push_back(':');
    AppendCanonical(member.value, out);
  }
  out.push_back('}');
}

}  // namespace

// UTF-8 has the order of code points, and so has UTF-16 but for one thing: the
// surrogates of what is beyond U+FFFF, which begins with 0xf0 or more in UTF-8,
// come before U+E000 to U+FFFF, which begin with 0xee or 0xef.
bool BeforeInUtf16(std::string_view a, std::string_view b) {
  const size_t size = std::min(a.size(), b.size());
  size_t at = 0;
  while (at < size && a[at] == b[at]) ++at;
  if (at == size) return a.size() < b.size();
  const auto one = static_cast<uint8_t>(a[at]);
  const auto other = static_cast<uint8_t>(b[at]);
  constexpr uint8_t kAboveSurrogates = 0xee;
  if (one >= kAboveSurrogates && other >= kAboveSurrogates) {
    constexpr uint8_t kSupplementary = 0xf0;
    const bool one_is = one >= kSupplementary;
    const bool other_is = other >= kSupplementary;
    if (one_is != other_is) return one_is;
  }
  return one < other;
}

void AppendCanonicalString(std::string_view text, std::string& out) {
  out.push_back('"');
  while (true) {
    const size_t plain = PlainBytes(text);
    out.append(text.data(), plain);
    if (plain == text.size()) break;
    AppendEscaped(text[plain], out);
    text.remove_prefix(plain + 1);
  }
  out.push_back('"');
}

// ECMA-262, Number::toString: `n` of the standard is the point.
void AppendCanonicalNumber(double value, std::string& out) {
  if (value == 0) {
    out.push_back('0');
    return;
  }
  if (value < 0) out.push_back('-');
  const ShortestDecimal decimal(value);
  const std::string_view digits = decimal.digits();
  const auto size = static_cast<int>(digits.size());
  const int point = decimal.point();
  if (point > kPointMax || point < kPointMin) {
    out.push_back(digits.front());
    if (size > 1) absl::StrAppend(&out, ".", digits.substr(1));
    absl::StrAppend(&out, point > 0 ? "e+" : "e-", std::abs(point - 1));
  } else if (point <= 0) {
    out.append("0.");
    out.append(static_cast<size_t>(-point), '0');
    out.append(digits);
  } else if (size <= point) {
    out.append(digits);
    out.append(static_cast<size_t>(point - size), '0');
  } else {
    absl::StrAppend(&out, digits.substr(0, static_cast<size_t>(point)), ".",
                    digits.substr(static_cast<size_t>(point)));
  }
}

void AppendCanonical(const JsonValue& value, std::string& out) {
  switch (value.kind()) {
    case JsonKind::kNull:
      out.append("null");
      return;
    case JsonKind::kBool:
      out.append(*value.Bool() ? "true" : "false");
      return;
    case JsonKind::kInt64:
      AppendInteger(*value.Int64(), out);
      return;
    case JsonKind::kUint64:
    case JsonKind::kDouble:
      AppendCanonicalNumber(*value.Number(), out);
      return;
    case JsonKind::kString:
      AppendCanonicalString(*value.String(), out);
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
