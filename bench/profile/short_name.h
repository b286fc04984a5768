// C++ names, short enough for a box in a picture.
//
// Thread-safety: a function without state. Errors: none.

#ifndef TOLLGATE_BENCH_PROFILE_SHORT_NAME_H_
#define TOLLGATE_BENCH_PROFILE_SHORT_NAME_H_

#include <string>
#include <string_view>

namespace tollgate::bench {

// Shortens a demangled C++ name to what fits into a box: without the result's
// type, template arguments, parameters, and the namespaces that are ours or
// nobody's. Returns any other name as it is.
std::string ShortName(std::string_view name);

}  // namespace tollgate::bench

#endif  // TOLLGATE_BENCH_PROFILE_SHORT_NAME_H_
