// JSON as Python writes it: json.dumps(value, sort_keys=True) of CPython 3, for
// documents that were signed over those bytes.
//
// Members in the order of their names' code points; ", " and ": " between;
// everything but printable ASCII escaped, in surrogate pairs where there must
// be; whole numbers as they are, and what had a fraction or an exponent as
// repr() of a float: 1.0, 1e-05, 1e+16.
//
// Thread-safety: pure. Ownership: copies into `out`. Cost: some nanoseconds a
// byte. Errors: none. What Python would read otherwise than JsonReader (NaN,
// whole numbers beyond 64 bits) JsonReader refuses.

#ifndef TOLLGATE_ENGINE_JSON_PYTHON_JSON_H_
#define TOLLGATE_ENGINE_JSON_PYTHON_JSON_H_

#include <string>

#include "engine/json/reader.h"

namespace tollgate {

void AppendPythonJson(const JsonValue& value, std::string& out);

}  // namespace tollgate

#endif  // TOLLGATE_ENGINE_JSON_PYTHON_JSON_H_
