#include "tools/tollgate/exit_status.h"

#include <unistd.h>

#include <algorithm>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace tollgate::cli {

namespace {

// Returns `text` on one line, without what a terminal would obey. Quotes and
// backslashes stay: names within are escaped where they are put in.
std::string OnOneLine(std::string_view text) {
  constexpr std::string_view kStay = "\"'\\";
  std::string line;
  while (!text.empty()) {
    const size_t size = std::min(text.find_first_of(kStay), text.size());
    absl::StrAppend(&line, absl::Utf8SafeCHexEscape(text.substr(0, size)));
    text.remove_prefix(size);
    const size_t kept = std::min(text.find_first_not_of(kStay), text.size());
    absl::StrAppend(&line, text.substr(0, kept));
    text.remove_prefix(kept);
  }
  return line;
}

}  // namespace

void PrintMessage(std::string_view what) {
  const std::string line = absl::StrCat("tollgate: ", OnOneLine(what), "\n");
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
