// How a command ends: part of the command line's contract.

#ifndef TOLLGATE_TOOLS_TOLLGATE_EXIT_STATUS_H_
#define TOLLGATE_TOOLS_TOLLGATE_EXIT_STATUS_H_

#include <string_view>

#include "absl/status/status.h"

namespace tollgate::cli {

enum class ExitStatus : int {
  kDone = 0,           // or allowed
  kDenied = 1,         // or invalid, in commands about a single item
  kUsage = 2,          // the command line itself
  kConfiguration = 3,  // the configuration, or a file that it names
  kIo = 4,             // input, output or the store
};

// Writes "tollgate: <what>" and a line break to stderr, as one line whatever
// is in it.
void PrintMessage(std::string_view what);

// Does that, and returns `status`.
ExitStatus Fail(ExitStatus status, std::string_view what);
ExitStatus Fail(ExitStatus status, const absl::Status& error);

}  // namespace tollgate::cli

#endif  // TOLLGATE_TOOLS_TOLLGATE_EXIT_STATUS_H_
