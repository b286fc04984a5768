// Reads the one document of a command that takes one: from a file, or from
// standard input to its end.
//
// Control path. Errors: those of the file; InvalidArgument when it is too long.

#ifndef TOLLGATE_TOOLS_TOLLGATE_WHOLE_INPUT_H_
#define TOLLGATE_TOOLS_TOLLGATE_WHOLE_INPUT_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/base/attributes.h"
#include "absl/status/statusor.h"

namespace tollgate::cli {

// `path` absent, or "-": standard input.
absl::StatusOr<std::string> ReadWholeInput(
    const std::optional<std::string>& path, size_t bytes_max);

// Views `text` without the line break that ends it in a file.
inline std::string_view WithoutLineBreak(
    std::string_view text ABSL_ATTRIBUTE_LIFETIME_BOUND) {
  if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  return text;
}

}  // namespace tollgate::cli

#endif  // TOLLGATE_TOOLS_TOLLGATE_WHOLE_INPUT_H_
