#include "tools/tollgate/exit_status.h"

#include <unistd.h>

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace tollgate::cli {

void PrintMessage(std::string_view what) {
  const std::string line =
      absl::StrCat("tollgate: ", absl::Utf8SafeCHexEscape(what), "\n");
  // There is nowhere left to tell that stderr can not be written.
  [[maybe_unused]] const ssize_t written =
      write(STDERR_FILENO, line.data(), line.size());
}

ExitStatus Fail(ExitStatus status, std::string_view what) {
  PrintMessage(what);
  return status;
}

ExitStatus Fail(ExitStatus status, const absl::Status& error) {
  return Fail(status, error.message());
}

}  // namespace tollgate::cli
