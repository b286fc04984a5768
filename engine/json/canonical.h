// The canonical form of JSON: RFC 8785 (JCS), the bytes that signed documents
// are signed and digested by.
//
// One document, one form: no white space, members in the order of their names'
// UTF-16 code units, numbers as ECMAScript writes the double that they are,
// strings with no escape that is not needed. Canonical text read and written
// again is the same text.
//
//   JsonReader reader({.big_integers = true});
//   auto document = reader.Parse(text);
//   AppendCanonical(*document, bytes);
//
// What can not be canonical is refused by JsonReader, before: members of one
// name, lone surrogates, invalid UTF-8, numbers out of a double's range. A
// whole number beyond 2^53 is read as the double nearest to it (section
// 3.2.2.3): texts that differ behind that precision have one form, and who
// wants the numbers asks the form and not the text.
//
// Thread-safety: pure. Ownership: copies into `out`. Cost: less than a
// nanosecond a byte; allocates as `out` grows, and for objects of more than 32
// members. Recursion is as deep as the reader lets documents be. Errors: none.

#ifndef TOLLGATE_ENGINE_JSON_CANONICAL_H_
#define TOLLGATE_ENGINE_JSON_CANONICAL_H_

#include <string>
#include <string_view>

#include "engine/json/reader.h"

namespace tollgate {

// Appends the canonical form of `value`.
void AppendCanonical(const JsonValue& value, std::string& out);

// The parts of it, for what is put together from several documents.
void AppendCanonicalString(std::string_view text, std::string& out);
void AppendCanonicalNumber(double value, std::string& out);

// Whether `a` comes before `b` in the order of UTF-16 code units; both are
// UTF-8.
bool BeforeInUtf16(std::string_view a, std::string_view b);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_JSON_CANONICAL_H_
