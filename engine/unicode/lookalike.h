// Names that look like each other: one is taken for the other, by people and by
// models.
//
//   if (LookalikeKeysOf(a) shares a key with LookalikeKeysOf(b)) ...
//
// Two names look alike when they differ in case, in compatibility forms, in
// characters that are not seen, or in characters that are confusable: the
// skeletons of UTS #39 section 4, by ICU's table of confusables, of the name as
// it is and of the name folded, each folded again. So "weather", "Weather",
// "wеather" with a Cyrillic е and "weather" with a zero-width space are one,
// and so are "l", "1" and "I".
//
// Thread-safety: pure. Ownership: values. Cost: microseconds; control path.
// Errors: a name that ICU can not read has a key of its own bytes.

#ifndef TOLLGATE_ENGINE_UNICODE_LOOKALIKE_H_
#define TOLLGATE_ENGINE_UNICODE_LOOKALIKE_H_

#include <array>
#include <string>
#include <string_view>

namespace tollgate {

std::array<std::string, 2> LookalikeKeysOf(std::string_view name);

// Returns the name without differences of case and compatibility
// (NFKC_Casefold of UAX #44): what parsers that do not mind case take for one.
std::string FoldedName(std::string_view name);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_UNICODE_LOOKALIKE_H_
