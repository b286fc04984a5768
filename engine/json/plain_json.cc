#include "engine/json/plain_json.h"

#include <bit>
#include <cstdint>
#include <cstring>

#ifdef __AVX2__
#include <immintrin.h>
#endif

#include "absl/base/attributes.h"
#include "absl/base/optimization.h"
#include "engine/base/percent_escape.h"
#include "engine/json/member_names.h"
#include "simdjson.h"

namespace tollgate::internal {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Returns the code unit that four hexadecimal digits are, or a negative one.
// Looks behind a digit only when it is one.
int CodeUnit(const char* digits) {
  int unit = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = HexDigit(digits[i]);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

char* AppendUtf8(uint32_t code_point, char* out) {
  const auto append = [&out](uint32_t byte) {
    *out++ = static_cast<char>(byte);
  };
  if (code_point < 0x80) {
    append(code_point);
  } else if (code_point < 0x800) {
    append(0xc0 | code_point >> 6);
    append(0x80 | (code_point & 0x3f));
  } else if (code_point < 0x10000) {
    append(0xe0 | code_point >> 12);
    append(0x80 | (code_point >> 6 & 0x3f));
    append(0x80 | (code_point & 0x3f));
  } else {
    append(0xf0 | code_point >> 18);
    append(0x80 | (code_point >> 12 & 0x3f));
    append(0x80 | (code_point >> 6 & 0x3f));
    append(0x80 | (code_point & 0x3f));
  }
  return out;
}

// What stands for itself or a control character behind a backslash; else 0.
char SimpleEscape(char c) {
  switch (c) {
    case '"':
    case '\\':
    case '/':
      return c;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return 0;
  }
}

#define TOLLGATE_INLINE ABSL_ATTRIBUTE_ALWAYS_INLINE inline

// Bytes whose stops are told by the bits of one word.
constexpr size_t kStopBytes = 64;

// A stop is what a string does not have as itself: a quote, a backslash, a
// control character, which the zeros behind the text are too.
#ifdef __AVX2__
TOLLGATE_INLINE uint32_t StopsOf(__m256i bytes) {
  const __m256i control =
      _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(0x1f)), bytes);
  const __m256i structural =
      _mm256_or_si256(_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('"')),
                      _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\\')));
  return static_cast<uint32_t>(
      _mm256_movemask_epi8(_mm256_or_si256(control, structural)));
}

// Marks the stops of all words that begin before `end`, and returns whether all
// bytes before them are ASCII.
bool MarkStops(const char* text, const char* end, uint64_t* words) {
  __m256i all = _mm256_setzero_si256();
  for (; text <= end; text += kStopBytes) {
    const auto* const halves = reinterpret_cast<const __m256i*>(text);
    const __m256i low = _mm256_loadu_si256(halves);
    const __m256i high = _mm256_loadu_si256(halves + 1);
    *words++ = StopsOf(low) | uint64_t{StopsOf(high)} << 32;
    all = _mm256_or_si256(all, _mm256_or_si256(low, high));
  }
  return _mm256_movemask_epi8(all) == 0;
}
#else
bool MarkStops(const char* text, const char* end, uint64_t* words) {
  unsigned char all = 0;
  for (; text <= end; text += kStopBytes) {
    uint64_t word = 0;
    for (size_t i = 0; i < kStopBytes; ++i) {
      const auto byte = static_cast<unsigned char>(text[i]);
      const bool stop = byte == '"' || byte == '\\' || byte < 0x20;
      word |= uint64_t{stop} << i;
      all |= byte;
    }
    *words++ = word;
  }
  return all < 0x80;
}
#endif  // __AVX2__

// The stops in their order. Where a string ends follows from one bit after the
// other, and not from where the one before it was found to end: reading does
// not wait for each string's bytes.
class Stops {
 public:
  Stops(const char* text, const uint64_t* words)
      : base_(text), words_(words), word_(*words) {}

  TOLLGATE_INLINE const char* Next() {
    while (ABSL_PREDICT_FALSE(word_ == 0)) {
      word_ = *++words_;
      base_ += kStopBytes;
    }
    const char* const next = base_ + std::countr_zero(word_);
    word_ &= word_ - 1;
    return next;
  }

  // Returns the next one that is not before `from`.
  TOLLGATE_INLINE const char* NextFrom(const char* from) {
    const char* next = Next();
    while (ABSL_PREDICT_FALSE(next < from)) next = Next();
    return next;
  }

 private:
  const char* base_;
  const uint64_t* words_;
  uint64_t word_;
};

// Where reading is: a value, so that it stays in registers. At no text: what
// was read is not plain.
struct Cursor {
  const char* at;
  JsonNode* next;  // the next node to be written
  Stops stops;

  explicit operator bool() const { return at != nullptr; }

  // The same behind one more node.
  TOLLGATE_INLINE Cursor Behind(const char* behind) const {
    return {behind, next + 1, stops};
  }
  TOLLGATE_INLINE Cursor NotPlain() const { return {nullptr, next, stops}; }
};

TOLLGATE_INLINE const char* SkipBlanks(const char* at) {
  while (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t') ++at;
  return at;
}

// Skips a character, and blanks around it; false: it is another.
TOLLGATE_INLINE bool Skip(char expected, const char*& at) {
  const char* const found = SkipBlanks(at);
  at = found;
  if (*found != expected) return false;
  at = SkipBlanks(found + 1);
  return true;
}

TOLLGATE_INLINE void Write(JsonNode* node, JsonKind kind, uint32_t size,
                           uint32_t span) {
  node->size = size;
  node->span = span;
  node->kind = static_cast<uint32_t>(kind);
}

TOLLGATE_INLINE void WriteText(JsonNode* node, const char* begin,
                               const char* end) {
  node->text = begin;
  Write(node, JsonKind::kString, static_cast<uint32_t>(end - begin), 1);
}

// Appends the character of one or two escaped code units (RFC 8259 section 7),
// and returns what is behind them; null: they are none.
const char* AppendUnicode(const char* at, char*& out) {
  const int unit = CodeUnit(at);
  if (unit < 0) return nullptr;
  at += 4;
  auto code_point = static_cast<uint32_t>(unit);
  if (unit >= 0xd800 && unit < 0xe000) {
    if (unit >= 0xdc00 || at[0] != '\\' || at[1] != 'u') return nullptr;
    const int low = CodeUnit(at + 2);
    if (low < 0xdc00 || low >= 0xe000) return nullptr;
    at += 6;
    code_point = 0x10000 + ((code_point - 0xd800) << 10) +
                 (static_cast<uint32_t>(low) - 0xdc00);
  }
  out = AppendUtf8(code_point, out);
  return at;
}

// The same of any escape. REQUIRES: at a backslash.
const char* AppendEscape(const char* at, char*& out) {
  if (at[1] == 'u') return AppendUnicode(at + 2, out);
  const char simple = SimpleEscape(at[1]);
  if (simple == 0) return nullptr;
  *out++ = simple;
  return at + 2;
}

// Writes a string without its escapes, by which it never gets longer. Its text
// begins at `begin`, its first escape is at `stop`.
ABSL_ATTRIBUTE_NOINLINE Cursor ReadEscapedString(Cursor cursor,
                                                 const char* begin,
                                                 const char* stop,
                                                 char*& unescaped) {
  Stops stops = cursor.stops;
  char* out = unescaped;
  const auto append = [&out](const char* from, const char* to) {
    std::memcpy(out, from, static_cast<size_t>(to - from));
    out += to - from;
  };
  append(begin, stop);
  while (*stop == '\\') {
    const char* const behind = AppendEscape(stop, out);
    if (behind == nullptr) return cursor.NotPlain();
    stop = stops.NextFrom(behind);
    append(behind, stop);
  }
  if (*stop != '"') return cursor.NotPlain();
  WriteText(cursor.next, unescaped, out);
  unescaped = out;
  return {stop + 1, cursor.next + 1, stops};
}

// REQUIRES: at a quote.
TOLLGATE_INLINE Cursor ReadString(Cursor cursor, char*& unescaped) {
  const char* const begin = cursor.stops.NextFrom(cursor.at) + 1;
  const char* const stop = cursor.stops.Next();
  if (ABSL_PREDICT_FALSE(*stop != '"')) {
    return ReadEscapedString(cursor, begin, stop, unescaped);
  }
  WriteText(cursor.next, begin, stop);
  return cursor.Behind(stop + 1);
}

// Returns whether the eight bytes are digits.
TOLLGATE_INLINE bool AreDigits(uint64_t bytes) {
  constexpr uint64_t kOnes = ~uint64_t{0} / 0xff;
  return ((bytes & 0xf0 * kOnes) |
          (((bytes + 0x06 * kOnes) & 0xf0 * kOnes) >> 4)) == 0x33 * kOnes;
}

// Returns the number that eight digits are, the first one in the lowest byte:
// neighbours are joined to pairs, fours, and the eight.
TOLLGATE_INLINE uint64_t EightDigits(uint64_t bytes) {
  bytes = ((bytes & 0x0f0f0f0f0f0f0f0f) * (1 + (10 << 8))) >> 8;
  bytes = ((bytes & 0x00ff00ff00ff00ff) * (1 + (100 << 16))) >> 16;
  return ((bytes & 0x0000ffff0000ffff) * (1 + (uint64_t{10000} << 32))) >> 32;
}

// Reads digits on behind `value`, which wraps when they are too many.
TOLLGATE_INLINE const char* ReadDigits(const char* at, uint64_t& value) {
  uint64_t bytes;
  for (std::memcpy(&bytes, at, 8); AreDigits(bytes);
       std::memcpy(&bytes, at += 8, 8)) {
    value = value * 100'000'000 + EightDigits(bytes);
  }
  for (; IsDigit(*at); ++at) {
    value = value * 10 + static_cast<uint64_t>(*at - '0');
  }
  return at;
}

// So many digits fit into 64 bits, with a sign.
constexpr ptrdiff_t kDigitsMax = 18;

// Reads the digits behind a point. Both the number without its point and the
// power of ten that it is divided by are doubles, so that the quotient is the
// double that is nearest (Clinger, 1990); else it is not plain.
ABSL_ATTRIBUTE_NOINLINE const char* ReadFraction(const char* point,
                                                 ptrdiff_t digits,
                                                 uint64_t value,
                                                 double& number) {
  constexpr double kPowers[kDigitsMax + 1] = {
      1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
      1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};
  constexpr uint64_t kExactMax = uint64_t{1} << 53;
  const char* const first = point + 1;
  const char* const end = ReadDigits(first, value);
  const ptrdiff_t behind = end - first;
  if (behind == 0 || digits + behind > kDigitsMax || value > kExactMax) {
    return nullptr;
  }
  number = static_cast<double>(value) / kPowers[behind];
  return end;
}

// What must not follow a number or a word, an exponent among it, is not what
// may follow a value.
TOLLGATE_INLINE Cursor ReadNumber(Cursor cursor) {
  const bool negative = *cursor.at == '-';
  const char* const first = cursor.at + (negative ? 1 : 0);
  uint64_t value = 0;
  const char* at = ReadDigits(first, value);
  const ptrdiff_t digits = at - first;
  if (digits == 0 || digits > kDigitsMax) return cursor.NotPlain();
  if (*first == '0' && digits > 1) return cursor.NotPlain();
  if (*at == '.') {
    double number = 0;
    at = ReadFraction(at, digits, value, number);
    if (at == nullptr) return cursor.NotPlain();
    cursor.next->number = negative ? -number : number;
    Write(cursor.next, JsonKind::kDouble, 0, 1);
    return cursor.Behind(at);
  }
  const auto magnitude = static_cast<int64_t>(value);
  cursor.next->int64 = negative ? -magnitude : magnitude;
  Write(cursor.next, JsonKind::kInt64, 0, 1);
  return cursor.Behind(at);
}

template <size_t kSize>
TOLLGATE_INLINE Cursor ReadWord(const char (&word)[kSize], JsonKind kind,
                                Cursor cursor) {
  if (std::memcmp(cursor.at, word, kSize - 1) != 0) return cursor.NotPlain();
  cursor.next->int64 = 0;
  if (kind == JsonKind::kBool) cursor.next->truth = word[0] == 't';
  Write(cursor.next, kind, 0, 1);
  return cursor.Behind(cursor.at + kSize - 1);
}

// How deep an array or object may still nest others that are not empty.
using Depth = size_t;

// Move the cursor behind an array or object. `unescaped` is where the next
// string with escapes will be, here and below.
void ReadObject(Cursor& memory, Depth depth, char*& unescaped);
void ReadArray(Cursor& memory, Depth depth, char*& unescaped);

// Calls one of them with a copy of the cursor, which itself is in registers.
template <typename Read>
TOLLGATE_INLINE Cursor Through(Read read, Cursor cursor, Depth depth,
                               char*& unescaped) {
  Cursor memory = cursor;
  read(memory, depth, unescaped);
  return memory;
}

TOLLGATE_INLINE Cursor ReadValue(Cursor cursor, Depth depth, char*& unescaped) {
  switch (*cursor.at) {
    case '"':
      return ReadString(cursor, unescaped);
    case '{':
      return Through(ReadObject, cursor, depth, unescaped);
    case '[':
      return Through(ReadArray, cursor, depth, unescaped);
    case 't':
      return ReadWord("true", JsonKind::kBool, cursor);
    case 'f':
      return ReadWord("false", JsonKind::kBool, cursor);
    case 'n':
      return ReadWord("null", JsonKind::kNull, cursor);
    default:
      return ReadNumber(cursor);
  }
}

// Ends an array or object of `size` items or members, whose nodes are those
// from `node`.
TOLLGATE_INLINE Cursor Close(Cursor cursor, JsonNode* node, JsonKind kind,
                             uint32_t size) {
  node->int64 = 0;
  Write(node, kind, size, static_cast<uint32_t>(cursor.next - node));
  ++cursor.at;
  return cursor;
}

TOLLGATE_INLINE Cursor ReadMembers(Cursor cursor, Depth depth,
                                   char*& unescaped) {
  JsonNode* const object = cursor.next;
  NameFilter names;
  uint32_t size = 0;
  cursor = cursor.Behind(SkipBlanks(cursor.at + 1));
  if (*cursor.at != '}') {
    if (depth == 0) return cursor.NotPlain();
    do {
      if (*cursor.at != '"') return cursor.NotPlain();
      const JsonNode* const name = cursor.next;
      cursor = ReadString(cursor, unescaped);
      if (!cursor || !Skip(':', cursor.at)) return cursor.NotPlain();
      names.Add(name);
      ++size;
      cursor = ReadValue(cursor, depth - 1, unescaped);
      if (!cursor) return cursor.NotPlain();
    } while (Skip(',', cursor.at));
  }
  if (*cursor.at != '}') return cursor.NotPlain();
  cursor = Close(cursor, object, JsonKind::kObject, size);
  const bool twice = names.maybe_twice() && FindTwice(object) != nullptr;
  return twice ? cursor.NotPlain() : cursor;
}

TOLLGATE_INLINE Cursor ReadItems(Cursor cursor, Depth depth, char*& unescaped) {
  JsonNode* const array = cursor.next;
  uint32_t size = 0;
  cursor = cursor.Behind(SkipBlanks(cursor.at + 1));
  if (*cursor.at != ']') {
    if (depth == 0) return cursor.NotPlain();
    do {
      cursor = ReadValue(cursor, depth - 1, unescaped);
      if (!cursor) return cursor.NotPlain();
      ++size;
    } while (Skip(',', cursor.at));
  }
  if (*cursor.at != ']') return cursor.NotPlain();
  return Close(cursor, array, JsonKind::kArray, size);
}

void ReadObject(Cursor& memory, Depth depth, char*& unescaped) {
  memory = ReadMembers(memory, depth, unescaped);
}

void ReadArray(Cursor& memory, Depth depth, char*& unescaped) {
  memory = ReadItems(memory, depth, unescaped);
}

}  // namespace

bool ReadPlainJson(const char* text, size_t size, size_t depth_max,
                   const PlainJsonRoom& room) {
  const bool ascii = MarkStops(text, text + size, room.stops);
  if (!ascii && !simdjson::validate_utf8(text, size)) return false;
  if (depth_max == 0) return false;
  char* unescaped = room.unescaped;
  const Cursor end =
      ReadValue({SkipBlanks(text), room.nodes, Stops(text, room.stops)},
                depth_max - 1, unescaped);
  return end && SkipBlanks(end.at) == text + size;
}

}  // namespace tollgate::internal
