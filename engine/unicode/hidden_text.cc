#include "engine/unicode/hidden_text.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <cstdint>
#include <cstring>

#include "absl/algorithm/container.h"
#include "absl/strings/str_format.h"

namespace tollgate {
namespace {

constexpr UChar32 kEmojiSelector = 0xfe0f;
constexpr UChar32 kJoiner = 0x200d;
// Drawn as nothing, though they are symbols and letters: Braille without dots,
// the null notehead, a filler of Khitan.
constexpr UChar32 kBlanks[] = {0x2800, 0x1d159, 0x16fe4};

// Returns how many of the bytes in front are printable ASCII, by whole vectors:
// there may be some more.
size_t PlainVectors(std::string_view text) {
  using Bytes = uint8_t __attribute__((vector_size(32)));
  size_t at = 0;
  for (; text.size() - at >= sizeof(Bytes); at += sizeof(Bytes)) {
    Bytes bytes;
    std::memcpy(&bytes, text.data() + at, sizeof(bytes));
    const auto others = (bytes < ' ') | (bytes > '~');  // all ones where one is
    uint64_t words[sizeof(others) / sizeof(uint64_t)];
    std::memcpy(words, &others, sizeof(others));
    if ((words[0] | words[1] | words[2] | words[3]) != 0) break;
  }
  return at;
}

bool IsHidden(UChar32 code) {
  switch (u_charType(code)) {
    case U_CONTROL_CHAR:
    case U_LINE_SEPARATOR:
    case U_PARAGRAPH_SEPARATOR:
      return true;
    case U_FORMAT_CHAR:
      return !u_hasBinaryProperty(code, UCHAR_PREPENDED_CONCATENATION_MARK);
    default:
      return U_IS_UNICODE_NONCHAR(code) ||
             absl::c_linear_search(kBlanks, code) ||
             u_hasBinaryProperty(code, UCHAR_DEFAULT_IGNORABLE_CODE_POINT);
  }
}

bool IsLineBreak(UChar32 code) {
  return code == '\t' || code == '\n' || code == '\r';
}

bool IsPictograph(UChar32 code) {
  return u_hasBinaryProperty(code, UCHAR_EXTENDED_PICTOGRAPHIC);
}

// The code points of a text, one after another.
class Walk {
 public:
  explicit Walk(std::string_view text) : text_(text) {}

  bool AtEnd() const { return at_ == text_.size(); }

  // REQUIRES: not at the end. What is not UTF-8 is negative.
  UChar32 Next() {
    if (static_cast<unsigned char>(text_[at_]) < 0x80) return text_[at_++];
    UChar32 code = 0;
    int32_t at = static_cast<int32_t>(at_);
    U8_NEXT(text_.data(), at, static_cast<int32_t>(text_.size()), code);
    at_ = static_cast<size_t>(at);
    return code;
  }

  UChar32 Peek() const { return AtEnd() ? 0 : Walk(*this).Next(); }

  // Passes over printable ASCII.
  void SkipPlain() {
    const size_t begin = at_;
    at_ += PlainVectors(text_.substr(at_));
    while (at_ < text_.size() && text_[at_] >= 0x20 && text_[at_] < 0x7f) {
      ++at_;
    }
    if (at_ != begin) before = text_[at_ - 1];
  }

  std::string_view rest() const { return text_.substr(at_); }

  // What stands before the next code point; 0: nothing.
  UChar32 before = 0;

 private:
  std::string_view text_;
  size_t at_ = 0;
};

// Whether `code`, which is hidden by itself, makes one picture of its
// neighbours.
bool IsPartOfEmoji(const Walk& walk, UChar32 code) {
  if (code == kEmojiSelector) {
    return walk.before != 0 && u_hasBinaryProperty(walk.before, UCHAR_EMOJI);
  }
  return code == kJoiner && IsPictograph(walk.Peek()) &&
         (walk.before == kEmojiSelector || IsPictograph(walk.before) ||
          u_hasBinaryProperty(walk.before, UCHAR_EMOJI_MODIFIER));
}

}  // namespace

bool HasHiddenText(std::string_view text, TextLines lines,
                   absl::Span<const char32_t> allowed) {
  Walk walk(text);
  for (walk.SkipPlain(); !walk.AtEnd(); walk.SkipPlain()) {
    const UChar32 code = walk.Next();
    if (code < 0) return true;
    const bool fits = lines == TextLines::kSeveral && IsLineBreak(code);
    if (!fits && IsHidden(code) && !IsPartOfEmoji(walk, code) &&
        !absl::c_linear_search(allowed, static_cast<char32_t>(code))) {
      return true;
    }
    walk.before = code;
  }
  return false;
}

bool HasEdgeSpace(std::string_view text) {
  bool first = true, space = false;
  for (Walk walk(text); !walk.AtEnd(); first = false) {
    space = u_isUWhiteSpace(walk.Next());
    if (first && space) return true;
  }
  return space;
}

// A name is the text that a colon follows.
bool HasOnlySeenEscapes(std::string_view json) {
  constexpr std::string_view kBreaks = "tnr";
  size_t at = json.find('\\');
  while (at != std::string_view::npos) {
    bool breaks = false;
    for (; at < json.size() && json[at] != '"'; ++at) {
      if (json[at] != '\\') continue;
      if (++at == json.size()) return false;
      const bool is_break = kBreaks.find(json[at]) != std::string_view::npos;
      if (!is_break && json[at] != '"' && json[at] != '\\') return false;
      breaks |= is_break;
    }
    if (breaks && at + 1 < json.size() && json[at + 1] == ':') return false;
    at = json.find('\\', at);
  }
  return true;
}

std::string WithHiddenShown(std::string_view text) {
  std::string out;
  for (Walk walk(text); !walk.AtEnd();) {
    const std::string_view rest = walk.rest();
    const UChar32 code = walk.Next();
    if (code < 0 || IsHidden(code)) {
      absl::StrAppendFormat(&out, "<U+%04X>", code < 0 ? 0xfffd : code);
    } else {
      out.append(rest.substr(0, rest.size() - walk.rest().size()));
    }
  }
  return out;
}

}  // namespace tollgate
