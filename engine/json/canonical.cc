#include "engine/json/canonical.h"

#include <emmintrin.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "absl/container/inlined_vector.h"
#include "engine/json/member_name.h"
#include "engine/json/shortest_decimal.h"

namespace tollgate {
namespace {

using internal::JsonNode;
using internal::MemberName;

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

// The same of sixteen.
bool HasEscaped(__m128i bytes) {
  const __m128i controls =
      _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
  const __m128i named =
      _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
                   _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
  return _mm_movemask_epi8(_mm_or_si128(controls, named)) != 0;
}

bool IsEscaped(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

uint64_t Load(const char* bytes) {
  uint64_t word;
  std::memcpy(&word, bytes, sizeof(word));
  return word;
}

// Text that grows at its end. Who writes keeps the place in a variable of their
// own, and asks for room before each value: so the compiler keeps it in a
// register.
class Out {
 public:
  explicit Out(std::string& text) : text_(text) {}
  Out(const Out&) = delete;
  Out& operator=(const Out&) = delete;

  char* begin() { return text_.data() + text_.size(); }

  // Returns `at`, or where it is after growing, with room for `bytes` behind.
  ABSL_ATTRIBUTE_ALWAYS_INLINE char* Room(char* at, size_t bytes) {
    const bool fits =
        static_cast<size_t>(text_.data() + text_.size() - at) >= bytes;
    return ABSL_PREDICT_TRUE(fits) ? at : Grow(at, bytes);
  }

  // What was written ends at `at`.
  void Finish(const char* at) {
    text_.resize(static_cast<size_t>(at - text_.data()));
  }

 private:
  ABSL_ATTRIBUTE_NOINLINE char* Grow(const char* at, size_t bytes) {
    const auto used = static_cast<size_t>(at - text_.data());
    text_.resize(std::max(2 * text_.size(), used + bytes));
    return text_.data() + used;
  }

  std::string& text_;
};

// Sign, digits, point, zeros or exponent, 25 bytes at most; brackets, commas
// and words too.
constexpr size_t kSmallMax = 32;

constexpr size_t kEscapeMax = 6;

char* Put(std::string_view text, char* at) {
  std::memcpy(at, text.data(), text.size());
  return at + text.size();
}

char* WriteEscape(char c, char* at) {
  constexpr std::string_view kNamed = "\"\\\b\t\n\f\r";
  constexpr std::string_view kNames = "\"\\btnfr";
  constexpr char kHex[] = "0123456789abcdef";
  const size_t named = kNamed.find(c);
  if (named == std::string_view::npos) {
    at = Put("\\u00", at);
    *at++ = kHex[c >> 4];
    *at++ = kHex[c & 0xf];
    return at;
  }
  *at++ = '\\';
  *at++ = kNames[named];
  return at;
}

// Copies two words that overlap, if nothing in them has to be escaped: the last
// `left` bytes of a text, as many as a word or two have.
template <typename Word>
bool CopyLast(const char* from, size_t left, char* at) {
  Word first, last;
  std::memcpy(&first, from, sizeof(Word));
  std::memcpy(&last, from + left - sizeof(Word), sizeof(Word));
  // Spaces stand for the bytes that a shorter word does not have.
  constexpr uint64_t kSpaces = sizeof(Word) == sizeof(uint64_t)
                                   ? 0
                                   : Repeat(' ') << 8 * sizeof(Word) % 64;
  if (HasEscaped(first | kSpaces) || HasEscaped(last | kSpaces)) return false;
  std::memcpy(at, &first, sizeof(Word));
  std::memcpy(at + left - sizeof(Word), &last, sizeof(Word));
  return true;
}

// Copies the last `left` bytes of a text, at most two words of them, if none
// has to be escaped.
bool CopyPlain(const char* from, size_t left, char* at) {
  if (left >= sizeof(uint64_t)) return CopyLast<uint64_t>(from, left, at);
  if (left >= sizeof(uint32_t)) return CopyLast<uint32_t>(from, left, at);
  if (left >= sizeof(uint16_t)) return CopyLast<uint16_t>(from, left, at);
  return left == 0 || CopyLast<uint8_t>(from, left, at);
}

// Writes what stands between the quotes. REQUIRES: room for kEscapeMax bytes a
// byte.
char* WriteText(std::string_view text, char* at) {
  constexpr size_t kChunk = sizeof(__m128i);
  const char* from = text.data();
  size_t left = text.size();
  while (true) {
    for (; left > kChunk; from += kChunk, at += kChunk, left -= kChunk) {
      const __m128i chunk =
          _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
      if (ABSL_PREDICT_FALSE(HasEscaped(chunk))) break;
      _mm_storeu_si128(reinterpret_cast<__m128i*>(at), chunk);
    }
    if (left <= kChunk && CopyPlain(from, left, at)) return at + left;
    // Byte by byte over what has to be escaped.
    for (size_t i = std::min(left, kChunk); i != 0; --i, ++from, --left) {
      if (IsEscaped(*from)) {
        at = WriteEscape(*from, at);
      } else {
        *at++ = *from;
      }
    }
  }
}

char* WriteQuoted(std::string_view text, char* at, Out& out) {
  at = out.Room(at, kEscapeMax * text.size() + kSmallMax);
  *at++ = '"';
  at = WriteText(text, at);
  *at++ = '"';
  return at;
}

// ECMA-262, Number::toString: `n` of the standard is the point.
char* WriteNumber(double value, char* at) {
  if (value == 0) return Put("0", at);
  if (value < 0) *at++ = '-';
  const ShortestDecimal decimal(value);
  const std::string_view digits = decimal.digits();
  const auto size = static_cast<int>(digits.size());
  const int point = decimal.point();
  const auto put_zeros = [&at](int count) {
    std::memset(at, '0', static_cast<size_t>(count));
    at += count;
  };
  if (point > kPointMax || point < kPointMin) {
    at = Put(digits.substr(0, 1), at);
    if (size > 1) *at++ = '.';
    at = Put(digits.substr(1), at);
    at = Put(point > 0 ? "e+" : "e-", at);
    constexpr int kExponentDigits = 3;
    return std::to_chars(at, at + kExponentDigits, std::abs(point - 1)).ptr;
  }
  if (point <= 0) {
    at = Put("0.", at);
    put_zeros(-point);
    return Put(digits, at);
  }
  if (size <= point) {
    at = Put(digits, at);
    put_zeros(point - size);
    return at;
  }
  at = Put(digits.substr(0, static_cast<size_t>(point)), at);
  *at++ = '.';
  return Put(digits.substr(static_cast<size_t>(point)), at);
}

char* WriteInteger(int64_t value, char* at) {
  if (value < -kExactMax || value > kExactMax) {
    return WriteNumber(static_cast<double>(value), at);
  }
  return std::to_chars(at, at + kSmallMax, value).ptr;
}

std::string_view TextOf(const JsonNode* node) {
  return {node->text, node->size};
}

// Writes nodes, which are in document order: a value's descendants are behind
// it. Whatever is written leaves room for a comma behind.
char* WriteNode(const JsonNode* node, char* at, Out& out);

char* WriteArray(const JsonNode* node, char* at, Out& out) {
  *at++ = '[';
  const JsonNode* item = node + 1;
  for (uint32_t i = 0; i < node->size; ++i, item += item->span) {
    if (i != 0) *at++ = ',';
    at = WriteNode(item, at, out);
  }
  at = out.Room(at, kSmallMax);
  *at++ = ']';
  return at;
}

// As BeforeInUtf16, which matters only where neither byte is one of ASCII.
inline bool IsBefore(const MemberName& a, const MemberName& b) {
  if (a.head != b.head && (a.head & b.head & Repeat(0x80)) == 0) {
    return a.head < b.head;
  }
  return BeforeInUtf16(a.text(), b.text());
}

// In an object, names and values take turns.
char* WriteObject(const JsonNode* node, char* at, Out& out) {
  constexpr size_t kFewMembers = 32;
  absl::InlinedVector<MemberName, kFewMembers> names;
  names.reserve(node->size);
  bool sorted = true;
  const JsonNode* name = node + 1;
  for (uint32_t i = 0; i < node->size; ++i) {
    names.emplace_back(name);
    sorted &= i == 0 || IsBefore(names[i - 1], names[i]);
    ++name;
    name += name->span;
  }
  if (!sorted) std::sort(names.begin(), names.end(), IsBefore);
  *at++ = '{';
  bool first = true;
  for (const MemberName& one : names) {
    if (!first) *at++ = ',';
    first = false;
    at = WriteQuoted(one.text(), at, out);
    *at++ = ':';
    at = WriteNode(one.node + 1, at, out);
  }
  at = out.Room(at, kSmallMax);
  *at++ = '}';
  return at;
}

char* WriteNode(const JsonNode* node, char* at, Out& out) {
  if (static_cast<JsonKind>(node->kind) == JsonKind::kString) {
    at = WriteQuoted(TextOf(node), at, out);
  }
  at = out.Room(at, 2 * kSmallMax);
  switch (static_cast<JsonKind>(node->kind)) {
    case JsonKind::kString:
      return at;
    case JsonKind::kNull:
      return Put("null", at);
    case JsonKind::kBool:
      return Put(node->truth ? "true" : "false", at);
    case JsonKind::kInt64:
      return WriteInteger(node->int64, at);
    case JsonKind::kUint64:
      return WriteNumber(static_cast<double>(node->uint64), at);
    case JsonKind::kDouble:
      return WriteNumber(node->number, at);
    case JsonKind::kArray:
      return WriteArray(node, at, out);
    case JsonKind::kObject:
      return WriteObject(node, at, out);
  }
  return at;
}

}  // namespace

// UTF-8 has the order of code points, and so has UTF-16 but for one thing: the
// surrogates of what is beyond U+FFFF, which begins with 0xf0 or more in UTF-8,
// come before U+E000 to U+FFFF, which begin with 0xee or 0xef.
bool BeforeInUtf16(std::string_view a, std::string_view b) {
  const size_t size = std::min(a.size(), b.size());
  constexpr size_t kWord = sizeof(uint64_t);
  size_t at = 0;
  while (at + kWord <= size && Load(&a[at]) == Load(&b[at])) at += kWord;
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
  Out writer(out);
  writer.Finish(WriteQuoted(text, writer.begin(), writer));
}

void AppendCanonicalNumber(double value, std::string& out) {
  Out writer(out);
  writer.Finish(WriteNumber(value, writer.Room(writer.begin(), kSmallMax)));
}

void AppendCanonical(const JsonValue& value, std::string& out) {
  Out writer(out);
  writer.Finish(WriteNode(internal::NodeOf(value), writer.begin(), writer));
}

}  // namespace tollgate
