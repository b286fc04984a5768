// Writes a JSON document another way: what reads it must find the same in it.

#ifndef TOLLGATE_TESTS_FUZZ_REENCODE_H_
#define TOLLGATE_TESTS_FUZZ_REENCODE_H_

#include <string>

#include "engine/json/reader.h"

namespace tollgate {

// Returns a document equal to `value` with its members in reverse, white space
// where it may stand, and every ASCII character of a string escaped.
std::string Reencode(const JsonValue& value);

}  // namespace tollgate

#endif  // TOLLGATE_TESTS_FUZZ_REENCODE_H_
