#include "tools/tollgate/whole_input.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "engine/config/file_bytes.h"

namespace tollgate::cli {
namespace {

absl::StatusOr<std::string> ReadStandardInput(size_t bytes_max) {
  std::string bytes;
  char buffer[64 * 1024];
  while (bytes.size() <= bytes_max) {
    const ssize_t size = read(STDIN_FILENO, buffer, sizeof(buffer));
    if (size == 0) return bytes;
    if (size > 0) {
      bytes.append(buffer, static_cast<size_t>(size));
    } else if (errno != EINTR) {
      return absl::UnavailableError(
          absl::StrCat("standard input: ", std::strerror(errno)));
    }
  }
  return absl::InvalidArgumentError(
      absl::StrCat("standard input: longer than ", bytes_max, " bytes"));
}

}  // namespace

absl::StatusOr<std::string> ReadWholeInput(
    const std::optional<std::string>& path, size_t bytes_max) {
  return path.value_or("-") == "-" ? ReadStandardInput(bytes_max)
                                   : ReadFile(*path, bytes_max);
}

}  // namespace tollgate::cli
