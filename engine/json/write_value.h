// Writes what was read: a JSON value out of a document, as a document.
//
// Thread-safety: pure. Cost: control path; recursion as deep as the reader lets
// documents be. Errors: none. Numbers are written as they were understood, and
// strings escaped where they must be; white space is not kept.

#ifndef TOLLGATE_ENGINE_JSON_WRITE_VALUE_H_
#define TOLLGATE_ENGINE_JSON_WRITE_VALUE_H_

#include <string>

#include "engine/json/reader.h"
#include "engine/json/writer.h"

namespace tollgate {

void WriteValue(const JsonValue& value, JsonWriter& json);

// Returns `value` as a document of its own.
std::string JsonText(const JsonValue& value);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_JSON_WRITE_VALUE_H_
