// What stands in a text and is not seen by who reads it: instructions to a
// model between the lines of a description, a name that is another.
//
// Hidden are, by their properties in the Unicode database (ICU's):
//   * control characters; but in text of several lines TAB, LF and CR;
//   * format characters (Cf), bidi controls among them, but for those that are
//     signs of their own (Prepended_Concatenation_Mark);
//   * Default_Ignorable_Code_Point: zero-width ones, tags, variation selectors,
//     fillers; line and paragraph separators; the blank of braille.
//   * noncharacters, which no text is to have (RFC 7493 section 2.1).
// Not hidden: U+FE0F behind a character that has an emoji form, and U+200D
// between two pictographs, which make them one. There is one for each at most,
// so no message fits in.
//
// Thread-safety: pure. Ownership: none. Cost: a fraction of a nanosecond a byte
// of ASCII, some 20 for what is not. Errors: none; the text is valid UTF-8.
// Sources: UAX #44; UTS #51 (emoji); UTR #36 section 2.10.

#ifndef TOLLGATE_ENGINE_UNICODE_HIDDEN_TEXT_H_
#define TOLLGATE_ENGINE_UNICODE_HIDDEN_TEXT_H_

#include <string>
#include <string_view>

#include "absl/types/span.h"

namespace tollgate {

enum class TextLines { kOne, kSeveral };

// Returns whether something hidden stands in `text`, other than `allowed`.
bool HasHiddenText(std::string_view text, TextLines lines,
                   absl::Span<const char32_t> allowed);

// Returns whether `text` begins or ends with white space of any kind.
bool HasEdgeSpace(std::string_view text);

// Returns whether all that JSON in canonical form (RFC 8785) escapes is seen:
// quotes and backslashes, and, in no name of a member, TAB, LF and CR. Then
// what is hidden in its texts is what HasHiddenText(json, kOne) finds, all at
// once: other controls, which it has escaped, are not there.
bool HasOnlySeenEscapes(std::string_view json);

// Returns `text` with everything hidden, line breaks included, written out as
// <U+200B>.
std::string WithHiddenShown(std::string_view text);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_UNICODE_HIDDEN_TEXT_H_
